// A local file that is read to be sent. Everything here blocks: not on the I/O thread. One thread at a time.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "client/file_descriptor.hpp"
#include "client/transfer/source_path.hpp"
#include "common/bytes.hpp"
#include "common/clock.hpp"
#include "common/digest.hpp"

struct stat;

namespace ndisk::client {

// By these it is noticed that a file changes while it is read.
struct Stamp {
  std::uint64_t size = 0;
  TimeNs mtime = 0;
  std::uint32_t mode = 0644;  // & 0777

  friend bool operator==(const Stamp&, const Stamp&) = default;
};

[[nodiscard]] Stamp stamp_of(const struct stat& status);

// Which file it is, and in which state: while all of it stays, so does the content.
struct FileState {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  TimeNs mtime = 0;
  TimeNs ctime = 0;

  friend bool operator==(const FileState&, const FileState&) = default;
};

[[nodiscard]] FileState state_of(const struct stat& status);

// A file since it was opened. Touched: another ctime alone. It was renamed, linked, or given another mode or owner; or
// written, and given its old mtime back: only its bytes tell.
enum class SinceOpened { kSame, kTouched, kChanged };

class SourceFile {
 public:
  // As open_source() does; kInvalid if it is not a regular file.
  [[nodiscard]] static Result<SourceFile> open(const std::string& path, std::size_t followed);

  // As it was when opened.
  [[nodiscard]] const Stamp& stamp() const { return stamp_; }
  [[nodiscard]] const FileState& state() const { return state_; }
  // A time before state() was taken, and before anything was read.
  [[nodiscard]] TimeNs opened() const { return opened_; }
  // As it is now; nothing if the system does not say.
  [[nodiscard]] std::optional<FileState> state_now() const;
  // Fills `out` from `offset`; fewer bytes only where the file ends now.
  [[nodiscard]] Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> out) const;
  // kInvalid if it gives more bytes than its size says.
  [[nodiscard]] Result<SinceOpened> since_opened() const;

 private:
  SourceFile(FileDescriptor file, std::string path, const struct stat& status, TimeNs opened);

  FileDescriptor file_;
  std::string path_;
  Stamp stamp_;
  FileState state_;
  TimeNs opened_ = 0;
};

struct SmallContent {
  Stamp stamp;
  FileState state{};  // of a file or link on a disk
  Bytes bytes;
  std::size_t room = 0;  // bytes in front of the content, for what is to be sent before it
  Digest sha256{};

  [[nodiscard]] ByteView content() const { return ByteView(bytes).subspan(room); }
};

// The room in front of the content of a file with this stamp; of none, there is none.
using RoomOf = std::function<std::size_t(const Stamp&)>;

// Opens as SourceFile does, and reads a file of at most kMaxSmallFileBytes, again if it may have changed meanwhile.
// Nothing if it is larger; kConflict if it kept changing.
[[nodiscard]] Result<std::optional<SmallContent>> read_small(const std::string& path, std::size_t followed,
                                                             const RoomOf& room_of = {});

// The target of a symbolic link as content; always something. kInvalid if it is no link; kConflict if it is behind one
// beyond the first `followed` bytes of the path.
[[nodiscard]] Result<std::optional<SmallContent>> read_link(const std::string& path, std::size_t followed);

// How often a changing file is read anew before it is an error.
inline constexpr int kMostReadings = 4;
[[nodiscard]] Error kept_changing(const std::string& path);

}  // namespace ndisk::client
