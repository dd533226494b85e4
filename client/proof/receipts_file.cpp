#include "client/proof/receipts_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

// Of the end of an older file: enough for the receipts that were under way together.
constexpr std::size_t kEndBytes = 1024 * 1024;

Result<std::string> read_from(int file, std::uint64_t offset, std::size_t size, const std::string& path) {
  std::string text(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const auto count = ::pread(file, text.data() + filled, size - filled, static_cast<off_t>(offset + filled));
    if (count < 0 && errno != EINTR) return fail_errno(errno, "reading --receipt", shown_name(path));
    if (count == 0) break;
    if (count > 0) filled += static_cast<std::size_t>(count);
  }
  text.resize(filled);
  return text;
}

// A file that was just made is found after a crash only if its folder was synced, too.
void sync_folder_of(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path();
  const FileDescriptor folder(::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder) ::fsync(folder.get());
}

}  // namespace

Result<std::unique_ptr<ReceiptsFile>> ReceiptsFile::open(const std::string& path, const std::optional<Digest>& pin) {
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600));
  if (!file) return fail_errno(errno, "opening --receipt", shown_name(path));
  std::unique_ptr<ReceiptsFile> receipts(new ReceiptsFile(std::move(file), path, pin));
  if (const auto read = receipts->read_end(); !read) return std::unexpected(read.error());
  sync_folder_of(path);
  return receipts;
}

Result<void> ReceiptsFile::read_end() {
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) return fail_errno(errno, "reading --receipt", shown_name(path_));
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::kInvalid, "--receipt " + shown_name(path_) + ": is not a regular file");
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size == 0) return {};
  const auto begin = read_from(file_.get(), 0, 64, path_);
  if (!begin) return std::unexpected(begin.error());
  if (!begins_as_receipts(*begin)) {
    return fail(ErrorCode::kInvalid, "--receipt " + shown_name(path_) + ": holds something else than receipts");
  }
  const auto from = size > kEndBytes ? size - kEndBytes : 0;
  const auto end = read_from(file_.get(), from, static_cast<std::size_t>(size - from), path_);
  if (!end) return std::unexpected(end.error());
  std::string_view rest = *end;
  while (!rest.empty()) {
    const auto length = std::min(rest.find('\n'), rest.size());
    // A line that is cut off or damaged is for verify to name.
    const auto line = receipt_from_line(rest.substr(0, length));
    rest.remove_prefix(std::min(length + 1, rest.size()));
    if (!line) continue;
    [[maybe_unused]] const auto fits = chain_.add(line->receipt);  // also for verify
    newest_ = std::max(newest_, line->receipt.sequence);
    user_ = line->receipt.user;
    server_key_ = line->server_key;
  }
  chain_.begin_after(newest_);
  return end->ends_with('\n') ? Result<void>() : write("\n");
}

Result<void> ReceiptsFile::append(const ReceiptLine& line) {
  if (const auto checked = check_signature(line, pin_); !checked) return checked;
  const auto text = receipt_to_line(line) + "\n";
  const std::lock_guard lock(mutex_);
  if (server_key_.empty()) {
    server_key_ = line.server_key;
    user_ = line.receipt.user;
  }
  if (line.server_key != server_key_ || line.receipt.user != user_) {
    return fail(ErrorCode::kIntegrity, "the receipt is of another server or user than those in " + shown_name(path_) +
                                           "; take another file for it");
  }
  if (const auto fits = chain_.add(line.receipt); !fits) return fits;
  return write(is_cut_ ? "\n" + text : text);
}

// Not in pieces: whoever else adds to the file has lines of its own.
Result<void> ReceiptsFile::write(const std::string& text) {
  const auto count = ::write(file_.get(), text.data(), text.size());
  if (count < 0) return fail_errno(errno, "writing --receipt", shown_name(path_));
  is_cut_ = static_cast<std::size_t>(count) < text.size();
  if (is_cut_) return fail_errno(ENOSPC, "writing --receipt", shown_name(path_));
  return {};
}

Result<void> ReceiptsFile::finish() {
  if (::fsync(file_.get()) != 0) return fail_errno(errno, "writing --receipt", shown_name(path_));
  return {};
}

}  // namespace ndisk::client
