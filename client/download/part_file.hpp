// A download that is not whole yet: DIR/.ndisk-partial-UID/TARGET-SHA256, beside its target.
//
// TARGET are 16 hexadecimal digits of the digest of the target's name, SHA256 is the digest of the whole content: so a
// part is only ever resumed for the same content. Everything here blocks: not on the I/O thread. One thread at a time.
#pragma once

#include <string>
#include <string_view>

#include "client/download/local_placing.hpp"
#include "client/download/local_target.hpp"

namespace ndisk::client {

class PartFile {
 public:
  // Takes up what an earlier try left, or starts anew; parts of other contents for the same target go, unless somebody
  // works on them. kConflict if another process works on this one; kNotAllowed if the folder or the part is not this
  // user's alone.
  [[nodiscard]] static Result<PartFile> open(const std::string& target, std::uint64_t size, const Digest& sha256);

  // Digests some more of what an earlier try left, a few MiB a call; true once all of it is. Before that nothing may be
  // appended.
  [[nodiscard]] Result<bool> take_up();
  // The bytes that are there and digested: where to go on.
  [[nodiscard]] std::uint64_t position() const { return digest_.size(); }
  // Whether bytes of an earlier try are in it.
  [[nodiscard]] bool is_resumed() const { return resumed_; }

  [[nodiscard]] Result<void> append(ByteView bytes);
  // The same of bytes that are digested already: `all` is what digest() was, with them added.
  [[nodiscard]] Result<void> append(ByteView bytes, const Sha256& all);
  [[nodiscard]] const Sha256& digest() const { return digest_; }
  [[nodiscard]] bool is_intact() const { return digest_.size() == size_ && digest_.digest() == sha256_; }
  // Empties it.
  [[nodiscard]] Result<void> start_over();
  // Gives it its attributes and the target's name; false, and it is gone, if something stands there that is to stay.
  // kConflict if somebody removed it meanwhile.
  [[nodiscard]] Result<bool> finish(const Stamp& stamp, Over over = Over::kAnything);
  // Removes it.
  void discard();

 private:
  PartFile(std::string target, std::string path, std::uint64_t size, const Digest& sha256)
      : target_(std::move(target)), path_(std::move(path)), size_(size), sha256_(sha256) {}

  Result<void> write(ByteView bytes);
  Result<void> open_and_lock();
  Result<void> open_or_make();
  Result<bool> make_writable() const;
  [[nodiscard]] std::unexpected<Error> fail_busy() const;
  [[nodiscard]] bool still_has_its_name() const;
  [[nodiscard]] Result<void> check_folder(const std::string& folder) const;
  [[nodiscard]] Result<void> check_file(int file) const;
  void remove_folder() const;

  std::string target_;
  std::string path_;
  std::uint64_t size_;
  Digest sha256_;
  FileDescriptor file_;
  std::uint64_t found_ = 0;  // what an earlier try left
  bool resumed_ = false;
  Sha256 digest_;
};

// The folder that parts are in: one for each user, so that users who share a folder are not in each other's way.
inline constexpr char kPartFolderPrefix[] = ".ndisk-partial-";
[[nodiscard]] std::string part_folder_name();
// Whether it is that folder's name for any user.
[[nodiscard]] bool is_part_folder_name(std::string_view name);

[[nodiscard]] std::string part_path(const std::string& target, const Digest& sha256);

}  // namespace ndisk::client
