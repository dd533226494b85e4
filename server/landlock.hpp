// Landlock: what a process gives up of the file system and the network, for good, by the kernel's word.
//
// Holds for the thread that calls and for all that it starts, so call it before there is a second one. Blocks on disk.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/error.hpp"

namespace ndisk::server {

// What stays allowed; everything else does not. Files that are open already stay usable.
struct LandlockRules {
  std::vector<std::string> folders;      // to read, write, make, link and remove in, with all below; each must be there
  std::vector<std::string> readable;     // files, and folders with all below; what is not there is passed over
  std::vector<std::uint16_t> tcp_ports;  // to bind; 0 is the kernel's choice of one. Connecting is allowed nowhere
};

// The version of Landlock that this kernel has; 0 if it has none, or one that can't allow links and renames between
// folders (before 5.19), or does not let this process ask.
[[nodiscard]] int landlock_version();

// Nothing but the rules is allowed from here on; returns landlock_version(). 0: nothing was changed. kNotFound,
// kNotAllowed: one of the folders can't be opened. kInternal: the kernel refused, for example because 16 sandboxes are
// around this process already.
[[nodiscard]] Result<int> confine(const LandlockRules& rules);

}  // namespace ndisk::server
