// Puts things on the local disk: folders, small files, links, attributes. Whole or not at all: what replaces something
// is made beside it and renamed. Links are never followed, save where it says so.
//
// Everything here blocks: not on the I/O thread. Any thread.
#pragma once

#include <string>

#include "client/transfer/source_file.hpp"

namespace ndisk::client {

// Exactly this mode and mtime, whatever the umask. A disk that keeps no modes (vfat) is no error for what is this
// user's own.
[[nodiscard]] Result<void> apply_attributes(const std::string& path, const Stamp& stamp);
[[nodiscard]] Result<void> apply_attributes(int descriptor, const std::string& path, const Stamp& stamp);
// The mtime alone: a link's mode means nothing.
[[nodiscard]] Result<void> apply_link_time(const std::string& path, const Stamp& stamp);

// Whether a folder stands there. `follow`: a link that leads to one is fine. kNotFolder if something else does.
[[nodiscard]] Result<bool> folder_stands_there(const std::string& path, bool follow);
// The same, and makes one if nothing does. One that stood there can be written into: if it is this user's, it gets the
// permissions for it, until its own attributes are applied.
[[nodiscard]] Result<bool> make_local_folder(const std::string& path, bool follow);

// What may be in the place of a new name.
enum class Over : std::uint8_t { kAnything, kNothing };

// Gives what is called `from` the name `to`, at once. False if something stands there, only with Over::kNothing: then
// `from` keeps its name.
[[nodiscard]] Result<bool> take_name(const std::string& from, const std::string& to, Over over);
// False as take_name says it.
[[nodiscard]] Result<bool> place_small(const std::string& path, ByteView content, const Stamp& stamp,
                                       Over over = Over::kAnything);
// kProtocol for a target that can't be: empty, too long, with a NUL in it.
[[nodiscard]] Result<bool> place_link(const std::string& path, ByteView target, const Stamp& stamp,
                                      Over over = Over::kAnything);

// All of the bytes, at the descriptor's position.
[[nodiscard]] Result<void> write_fully(int descriptor, const std::string& path, ByteView bytes);

// ".ndisk-0123456789abcdef.tmp", in the folder: no other process has the same.
[[nodiscard]] std::string temporary_name(const std::string& folder);
// Whether a name in a folder is of that form, and no other.
[[nodiscard]] bool is_temporary_name(std::string_view name);
// Removes temporary files that were left there more than a day before `now`. What fails is left.
void remove_leftovers(const std::string& folder, TimeNs now = SystemClock().now());

}  // namespace ndisk::client
