// What is logged while it lives, in place of where it goes. One at a time.
#pragma once

#include <spdlog/sinks/sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace ndisk::server {

class CapturedLog {
 public:
  CapturedLog() { spdlog::set_default_logger(std::make_shared<spdlog::logger>("captured", lines_)); }
  ~CapturedLog() { spdlog::set_default_logger(before_); }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;

  // Lines that have this in them.
  [[nodiscard]] std::size_t lines(std::string_view part = {}) const { return lines_->count(part); }

 private:
  // Without a formatter: the library's own can't be called from what a sanitizer looks at.
  class Lines final : public spdlog::sinks::sink {
   public:
    void log(const spdlog::details::log_msg& message) override {
      const std::scoped_lock lock(mutex_);
      lines_.emplace_back(message.payload.data(), message.payload.size());
    }
    void flush() override {}
    void set_pattern(const std::string&) override {}
    void set_formatter(std::unique_ptr<spdlog::formatter>) override {}
    std::size_t count(std::string_view part) {
      const std::scoped_lock lock(mutex_);
      const auto has_it = [part](const std::string& line) { return line.find(part) != std::string::npos; };
      return static_cast<std::size_t>(std::ranges::count_if(lines_, has_it));
    }

   private:
    std::mutex mutex_;
    std::vector<std::string> lines_;
  };

  // Shared with the logger, as spdlog has it.
  std::shared_ptr<Lines> lines_ = std::make_shared<Lines>();
  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};

}  // namespace ndisk::server
