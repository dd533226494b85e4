// The file that put --receipt writes: a line for each receipt, added to what is there, each in one write.
//
// Functions block: not on the I/O thread. append() and finish() from any thread.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "client/file_descriptor.hpp"
#include "client/proof/receipt_chain.hpp"
#include "client/proof/receipt_line.hpp"

namespace ndisk::client {

class ReceiptsFile {
 public:
  // Made with mode 0600 if it is missing. The receipts at its end tell which numbers have been given out before.
  // kInvalid if something else than receipts is in it.
  [[nodiscard]] static Result<std::unique_ptr<ReceiptsFile>> open(const std::string& path,
                                                                  const std::optional<Digest>& pin);

  // The signature and the chain are checked first: kIntegrity, and nothing is written.
  [[nodiscard]] Result<void> append(const ReceiptLine& line);
  // On stable storage.
  [[nodiscard]] Result<void> finish();

 private:
  ReceiptsFile(FileDescriptor file, std::string path, const std::optional<Digest>& pin)
      : file_(std::move(file)), path_(std::move(path)), pin_(pin) {}
  [[nodiscard]] Result<void> read_end();
  [[nodiscard]] Result<void> write(const std::string& text);

  FileDescriptor file_;
  std::string path_;
  std::optional<Digest> pin_;
  std::mutex mutex_;  // guards what follows, and the order of writes
  ReceiptChain chain_;
  Bytes server_key_;  // of those in the file, or of the first
  std::string user_;
  std::uint64_t newest_ = 0;
  bool is_cut_ = false;  // the last line, for want of room
};

}  // namespace ndisk::client
