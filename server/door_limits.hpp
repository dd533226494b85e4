// How much of the server strangers, and any one peer, may take. docs/operations.md ("Limits on peers") says it in
// words; what one session may do is in common/protocol/limits.hpp and services.hpp. Values.
//
// Peers are counted by network: an IPv4 address, or the first 64 bits of an IPv6 address, which is what one subscriber
// gets. The Unix socket is exempt from all of this.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace ndisk::server {

struct DoorLimits {
  // Connections at once. Strangers are those that have not logged in; one too many takes the place of another stranger,
  // never of somebody who has logged in.
  std::size_t connections = 1024;
  std::size_t strangers = 256;
  std::size_t connections_of_network = 256;
  std::size_t strangers_of_network = 64;
  // Who has just come is not taken for silent: its first words may be on their way.
  std::chrono::milliseconds time_to_speak{1000};

  // A failure is a connection that said something and never logged in: no handshake, a wrong key, an unknown invite.
  // Beyond so many, whoever comes from that network is heard after a pause, which doubles with each failure. A pause is
  // all there is: nobody is locked out, and nobody waits for what other networks did.
  std::size_t free_failures = 20;
  std::chrono::milliseconds first_pause{50};
  std::chrono::milliseconds longest_pause{1600};
  std::chrono::milliseconds forgiven_every{3000};  // one failure
  // Networks that have no connection are remembered for their failures; of more, those with the fewest are forgotten.
  std::size_t remembered_networks = 4096;
};

// Sessions of a user and of one of its devices, over all networks; a session whose answers nobody takes holds less than
// 2 MiB. And open streams of a user over all its sessions, some KiB each.
inline constexpr std::size_t kMaxSessionsOfUser = 64;
inline constexpr std::size_t kMaxSessionsOfDevice = 32;
inline constexpr std::size_t kMaxStreamsOfUser = 8192;

// Of the descriptors that the process may have, those that connections leave to files; at most half of all.
inline constexpr std::size_t kDescriptorsForFiles = 512;
// Of these, what goes on whatever is asked for: the small files that wait for the catalog's writer and those that it
// makes durable, the catalog itself, the tree, checks, the event loops.
inline constexpr std::size_t kDescriptorsForTheRest = 640;
inline constexpr std::size_t kMostSmallFiles = 512;

// Files that downloads, proofs, lists of chunks and uploads have open at once: see OpenFiles.
struct OpenFileLimits {
  std::size_t all = 1024;
  // Of one session, but for uploads: whatever else it asked for waits for its turn.
  std::size_t turns_of_session = 32;
};

// The limits of a process that may have so many descriptors.
[[nodiscard]] constexpr DoorLimits limits_with(std::size_t descriptors) {
  DoorLimits limits;
  const auto for_files = std::min(kDescriptorsForFiles, descriptors / 2);
  limits.connections = std::clamp<std::size_t>(descriptors - for_files, 4, limits.connections);
  limits.connections_of_network = std::min(limits.connections_of_network, limits.connections);
  limits.strangers = std::min(limits.strangers, std::max<std::size_t>(limits.connections / 2, 2));
  limits.strangers_of_network = std::min(limits.strangers_of_network, limits.strangers);
  return limits;
}

// The same, of files: what connections and the rest leave, but a quarter of what connections leave in any case.
[[nodiscard]] constexpr OpenFileLimits open_files_with(std::size_t descriptors) {
  const auto left = descriptors - std::min(descriptors, limits_with(descriptors).connections);
  OpenFileLimits limits;
  limits.all = std::max({left - std::min(left, kDescriptorsForTheRest), left / 4, std::size_t{4}});
  limits.turns_of_session = std::clamp<std::size_t>(limits.all / 16, 1, limits.turns_of_session);
  return limits;
}

// Small files that are open until they are durable: what those and connections leave, but for the rest of the rest;
// more of them wait. See storage::DriveOptions.
[[nodiscard]] constexpr std::size_t small_files_with(std::size_t descriptors) {
  const auto taken = limits_with(descriptors).connections + open_files_with(descriptors).all;
  const auto left = descriptors - std::min(descriptors, taken);
  const auto without_rest = left - std::min(left, kDescriptorsForTheRest - kMostSmallFiles);
  return std::clamp<std::size_t>(std::max(without_rest, left / 4), 4, kMostSmallFiles);
}

}  // namespace ndisk::server
