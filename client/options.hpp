// What the command line asked for, as plain values. commands/command_line.hpp makes them. Values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace ndisk::client {

enum class ProgressMode : std::uint8_t { kAuto, kNever, kJson };

struct GlobalOptions {
  std::string server;   // empty: from NDISK_SERVER or the profile
  std::string profile;  // empty: from NDISK_PROFILE, else "default"
  bool quiet = false;
  bool verbose = false;
  bool json = false;
  ProgressMode progress = ProgressMode::kAuto;
};

struct LoginOptions {
  std::string invite;  // "-": the first line of standard input
};
struct PutOptions {
  std::vector<std::string> files;  // "-": standard input
  std::optional<std::string> target_directory;
  std::optional<std::string> name;
  bool recursive = false;
};
struct GetOptions {
  std::vector<std::string> remotes;
  std::optional<std::string> target_directory;
  std::optional<std::string> output;  // "-": standard output
  bool recursive = false;
};
struct ListOptions {
  std::string remote;
  bool details = false;
  bool recursive = false;
  bool raw = false;  // names as they are, each ended by NUL
};
struct RemoveOptions {
  std::vector<std::string> remotes;
  bool recursive = false;
};
struct UploadsOptions {
  std::optional<std::string> cancel;  // an upload's id in hexadecimal
};
struct PingOptions {};

using CommandOptions =
    std::variant<LoginOptions, PutOptions, GetOptions, ListOptions, RemoveOptions, UploadsOptions, PingOptions>;

struct Invocation {
  GlobalOptions global;
  CommandOptions command;
};

}  // namespace ndisk::client
