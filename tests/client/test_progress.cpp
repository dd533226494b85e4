#include "client/progress.hpp"
#include "tests/catch.hpp"

namespace ndisk::client {
namespace {

constexpr std::size_t kWide = 200;

TEST_CASE("progress: sizes are shown in powers of 1000") {
  CHECK(shown_size(0) == "0 B");
  CHECK(shown_size(999) == "999 B");
  CHECK(shown_size(1000) == "1.0 kB");
  CHECK(shown_size(999'949) == "999.9 kB");
  CHECK(shown_size(999'950) == "1.0 MB");
  CHECK(shown_size(12'300'000'000) == "12.3 GB");
}

TEST_CASE("progress: durations have hours only when there are any") {
  CHECK(shown_duration(0) == "0:00");
  CHECK(shown_duration(61) == "1:01");
  CHECK(shown_duration(3723) == "1:02:03");
}

TEST_CASE("progress: the line has bytes, share, rate, ETA and files") {
  const ProgressNumbers numbers{.files_done = 3,
                                .files_found = 12,
                                .all_found = true,
                                .bytes_done = 1'200'000'000,
                                .bytes_found = 3'400'000'000,
                                .bytes_per_second = 110'000'000};
  CHECK(render_progress(numbers, kWide) == "1.2 GB/3.4 GB 35% 110.0 MB/s ETA 0:20 files 3/12");
}

TEST_CASE("progress: a total that is not known yet is left out") {
  const ProgressNumbers numbers{.files_found = 3, .bytes_done = 5, .bytes_found = 9, .bytes_per_second = 1'000'000};
  CHECK(render_progress(numbers, kWide) == "5 B 1.0 MB/s files 0/3+");
}

TEST_CASE("progress: before anything moved there is neither rate nor ETA") {
  CHECK(render_progress({.files_found = 1, .all_found = true, .bytes_found = 10}, kWide) == "0 B/10 B 0% files 0/1");
}

TEST_CASE("progress: what is resumed is named") {
  const auto line = render_progress({.files_found = 1, .note = "resuming big.bin from 1.0 GB"}, kWide);
  CHECK(line.ends_with(" resuming big.bin from 1.0 GB"));
}

TEST_CASE("progress: the line never passes the terminal's edge nor splits a character") {
  const auto line = render_progress({.files_found = 1, .note = "resuming ääää"}, 26);
  CHECK(line == "0 B files 0/1+ resuming ä");
}

TEST_CASE("progress: nothing to move at all is all of it") {
  CHECK(render_progress({.all_found = true}, kWide) == "0 B/0 B 100% files 0/0");
}

}  // namespace
}  // namespace ndisk::client
