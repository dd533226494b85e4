#include "server/user_log.hpp"

#include <spdlog/sinks/ringbuffer_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "common/shown_name.hpp"
#include "tests/catch.hpp"

namespace ndisk::server {
namespace {

// What is logged meanwhile, in place of where it goes.
class Lines {
 public:
  Lines() { spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink_)); }
  ~Lines() { spdlog::set_default_logger(before_); }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  // That have this in them.
  [[nodiscard]] std::size_t with(std::string_view part) const {
    const auto has_it = [part](const std::string& line) { return line.find(part) != std::string::npos; };
    return static_cast<std::size_t>(std::ranges::count_if(sink_->last_formatted(), has_it));
  }

 private:
  std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> sink_ = std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(9000);
  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};

}  // namespace

TEST_CASE("user log: one user's lines are bounded, and take none of another's") {
  Lines lines;
  UserLog log;
  for (int i = 0; i < 5000; ++i) log.write("anna", "of anna");
  log.write("ben", "of ben");
  CHECK(lines.with("of anna") >= 1000);
  CHECK(lines.with("of anna") < 2000);
  CHECK(lines.with("of ben") == 1);
}

TEST_CASE("user log: of a long name only the beginning is logged, in whole characters") {
  CHECK(log_name("song.mp3") == "song.mp3");
  const auto cut = log_name(std::string(4096, '\x01'));
  CHECK(cut.size() < 310);
  CHECK(cut.ends_with("…"));
  for (std::size_t shift = 0; shift < 3; ++shift) {
    std::string name(shift, 'x');
    for (int i = 0; i < 200; ++i) name += "ä";
    const auto whole = log_name(name);
    CHECK(shown_name(whole) == whole);
  }
}

}  // namespace ndisk::server
