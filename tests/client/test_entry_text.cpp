#include "client/entry_text.hpp"
#include "tests/catch.hpp"

namespace ndisk::client {
namespace {

wire::Entry file(const std::string& path) {
  wire::Entry entry;
  entry.set_path(path);
  entry.set_kind(wire::FILE);
  entry.set_size(12);
  entry.mutable_attributes()->set_mode(0640);
  entry.mutable_attributes()->set_mtime_ns(981'173'106'123'456'789);
  return entry;
}

wire::Entry folder(const std::string& path) {
  wire::Entry entry;
  entry.set_path(path);
  entry.set_kind(wire::FOLDER);
  entry.mutable_attributes()->set_mode(0750);
  entry.mutable_attributes()->set_mtime_ns(-1);
  return entry;
}

TEST_CASE("entry text: a file is its name, a folder ends in a slash") {
  CHECK(plain_line(file("song.mp3")) == "song.mp3");
  CHECK(plain_line(folder("music")) == "music/");
}

TEST_CASE("entry text: names are escaped") { CHECK(plain_line(file("a\nb\\c\xff")) == R"(a\nb\\c\xFF)"); }

TEST_CASE("entry text: the long line has mode, bytes, UTC time and name") {
  CHECK(long_line(file("song.mp3")) == "-rw-r----- 12 2001-02-03T04:05:06Z song.mp3");
}

TEST_CASE("entry text: the long line of a folder has its mode and time, and no size") {
  CHECK(long_line(folder("music")) == "drwxr-x--- - 1969-12-31T23:59:59Z music/");
}

TEST_CASE("entry text: a link is shown with an l") {
  auto link = file("a");
  link.set_kind(wire::LINK);
  CHECK(long_line(link).starts_with("lrw-r----- 12 "));
  CHECK(plain_line(link) == "a");
}

TEST_CASE("entry text: each permission bit has its letter") {
  CHECK(shown_mode(0, wire::FILE) == "----------");
  CHECK(shown_mode(0777, wire::FILE) == "-rwxrwxrwx");
  CHECK(shown_mode(0421, wire::FILE) == "-r---w---x");
}

TEST_CASE("entry text: times before 1970 are rounded down") {
  CHECK(shown_time(0) == "1970-01-01T00:00:00Z");
  CHECK(shown_time(-1) == "1969-12-31T23:59:59Z");
}

TEST_CASE("entry text: an exact time has its nanoseconds, rounded down before 1970 too") {
  CHECK(shown_exact_time(981'173'106'000'000'005) == "2001-02-03T04:05:06.000000005Z");
  CHECK(shown_exact_time(-1) == "1969-12-31T23:59:59.999999999Z");
}

TEST_CASE("entry text: sizes for people are rounded up, as du -h has them") {
  CHECK(human_size(0) == "0");
  CHECK(human_size(1023) == "1023");
  CHECK(human_size(1024) == "1.0K");
  CHECK(human_size(1025) == "1.1K");
  CHECK(human_size(10 * 1024 - 1) == "10K");
  CHECK(human_size(1024 * 1024 - 1) == "1.0M");
  CHECK(human_size(23U << 20) == "23M");
  CHECK(human_size(UINT64_MAX) == "16E");
}

TEST_CASE("entry text: an entry's object is of its kind") {
  CHECK(to_json_line(entry_fields(folder("a"), "x/a")) == R"({"type":"folder","path":"x/a","mtime":-1,"mode":488})");
  auto link = file("a");
  link.set_kind(wire::LINK);
  CHECK(to_json_line(entry_fields(link, "x/a")).starts_with(R"({"type":"link","path":"x/a","size":12,)"));
}

TEST_CASE("entry text: a file's object has what the design names") {
  const auto line = to_json_line(
      file_fields({.path = "a", .size = 5, .mtime = -1, .mode = 0644, .sha256 = Digest{0xAB}, .version = 9}));
  CHECK(line == R"({"type":"file","path":"a","size":5,"mtime":-1,"mode":420,"sha256":"ab)" + std::string(62, '0') +
                    R"(","version":9})");
}

}  // namespace
}  // namespace ndisk::client
