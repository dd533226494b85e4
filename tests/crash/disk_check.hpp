// Whether the disk of a closed drive agrees with itself: catalog, objects, staged files, tree. Read-only.
#pragma once

#include "tests/crash/open_drive.hpp"

namespace ndisk::crash {

// Each returns what is wrong; empty: nothing. The drive must be closed, and collected just before.
[[nodiscard]] std::string check_catalog(SimulatedDisk& disk);
// `world` is what the drive showed.
[[nodiscard]] std::string check_tree(SimulatedDisk& disk, const World& world);

// Digests of what is in objects/ and quarantine/.
[[nodiscard]] std::set<Digest> kept_contents(SimulatedDisk& disk);
// What was there before must be there, by another name perhaps.
[[nodiscard]] std::string check_kept(SimulatedDisk& disk, const DiskImage& before);
// Each stands in quarantine/, once.
[[nodiscard]] std::string check_quarantined(SimulatedDisk& disk, const std::vector<std::string>& contents);

// Names and contents of all below the data directory that the drive may not change when it is opened once more.
[[nodiscard]] World lasting_files(const DiskImage& image);

}  // namespace ndisk::crash
