// What a test writes to standard output or standard error, as text. Put back with the value.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <string>

namespace ndisk::client {

class CapturedStream {
 public:
  explicit CapturedStream(int descriptor) : descriptor_(descriptor), saved_(::dup(descriptor)), file_(std::tmpfile()) {
    std::fflush(nullptr);
    ::dup2(::fileno(file_), descriptor_);
  }
  CapturedStream(const CapturedStream&) = delete;
  CapturedStream& operator=(const CapturedStream&) = delete;
  ~CapturedStream() {
    std::fflush(nullptr);
    ::dup2(saved_, descriptor_);
    ::close(saved_);
    std::fclose(file_);
  }

  [[nodiscard]] std::string text() const {
    std::fflush(nullptr);
    std::string all(static_cast<std::size_t>(::lseek(::fileno(file_), 0, SEEK_END)), '\0');
    all.resize(static_cast<std::size_t>(::pread(::fileno(file_), all.data(), all.size(), 0)));
    return all;
  }

 private:
  int descriptor_;
  int saved_;
  std::FILE* file_;
};

}  // namespace ndisk::client
