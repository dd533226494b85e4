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
  std::string command_line;  // all of it, as a shell takes it: for messages that say how to go on
};

struct LoginOptions {
  std::string invite;  // "-": the first line of standard input
};

// --include, --exclude and --files-from. docs/commands.md, "Patterns".
struct FilterOptions {
  struct Rule {
    bool include = false;
    std::string pattern;
  };
  std::vector<Rule> rules;                // in the order in which they were given
  std::optional<std::string> files_from;  // names below the operand, one a line; "-": standard input
};

struct PutOptions {
  std::vector<std::string> files;  // "-": standard input
  std::optional<std::string> target_directory;
  std::optional<std::string> name;
  bool recursive = false;
  bool follow = false;  // symbolic links: what they lead to, not themselves
  FilterOptions filter;
  bool dry_run = false;
  bool checksum = false;                  // compare digests, not size and mtime
  bool whole_file = false;                // take nothing from the older version
  bool no_clobber = false;                // never replace
  std::optional<std::uint64_t> if_match;  // replace this version only
  std::optional<std::string> receipt;     // the file that gets a line for each file
  bool then_remove = false;               // delete each local file once the server has proved that it holds it
};

// What to do with names that the local disk can't hold apart.
enum class Collision : std::uint8_t { kFail, kRename, kSkip };

struct GetOptions {
  std::vector<std::string> remotes;
  std::optional<std::string> target_directory;
  std::optional<std::string> output;  // "-": standard output
  bool recursive = false;
  FilterOptions filter;
  bool dry_run = false;
  bool checksum = false;
  bool whole_file = false;  // take nothing from the older copy
  bool no_clobber = false;
  std::optional<std::uint64_t> version;
  Collision on_collision = Collision::kFail;
};

struct ListOptions {
  std::vector<std::string> remotes;  // none: the drive's top
  bool details = false;
  bool recursive = false;
  bool raw = false;  // names as they are, each ended by NUL
};
struct RemoveOptions {
  std::vector<std::string> remotes;
  bool recursive = false;
  bool force = false;  // what is not there is no error
};
struct MakeFolderOptions {
  std::vector<std::string> remotes;
  bool parents = false;  // make them too; an existing folder is fine
};
struct MoveOptions {
  std::vector<std::string> sources;
  std::string destination;
  bool into_folder = false;  // the destination has to be a folder: -t, and more than one source
  bool no_clobber = false;
  bool exact = false;  // the destination is the name itself, never a folder to move into
};
struct CopyOptions : MoveOptions {
  bool recursive = false;
  std::optional<std::uint64_t> version;  // of the one source
};
struct StatOptions {
  std::vector<std::string> remotes;
};

// Sizes and ages as the command line has them are made into bytes and points in time when it is parsed.
enum class FindKind : std::uint8_t { kFile, kFolder, kLink };
struct FindOptions {
  std::vector<std::string> remotes;  // none: the whole drive
  std::vector<std::string> names;    // globs; one of them
  std::vector<FindKind> kinds;
  std::optional<std::uint64_t> min_size;
  std::optional<std::uint64_t> max_size;
  std::optional<std::int64_t> newer_than;  // ns since 1970
  std::optional<std::int64_t> older_than;
  bool empty = false;
  std::optional<std::uint32_t> max_depth;  // 0: only the operands themselves
  bool raw = false;
};
struct DiskUsageOptions {
  std::vector<std::string> remotes;  // none: the whole drive
  bool summarize = false;            // only the operands themselves
  bool human = false;
  std::optional<std::uint32_t> max_depth;  // 0: as summarize
  bool raw = false;
};
struct CatOptions {
  std::vector<std::string> remotes;
};
struct VersionsOptions {
  std::vector<std::string> remotes;
};
struct RestoreOptions {
  std::vector<std::string> remotes;
  std::optional<std::uint64_t> version;  // of the one remote
};

enum class TrashAction : std::uint8_t { kList, kRestore, kEmpty };
struct TrashOptions {
  TrashAction action = TrashAction::kList;
  std::vector<std::string> items;          // ids, or paths as they were
  std::optional<std::string> to;           // of one item that is restored
  std::optional<std::int64_t> older_than;  // of kEmpty: removed before this, ns since 1970
  bool raw = false;
};
struct VerifyOptions {
  std::vector<std::string> operands;  // files of receipts, or local files and folders
  std::optional<std::string> target_directory;
  FilterOptions filter;
  bool follow = false;
};
struct UploadsOptions {
  std::optional<std::string> cancel;  // an upload's id in hexadecimal
};
struct PingOptions {};

using CommandOptions =
    std::variant<LoginOptions, PutOptions, GetOptions, ListOptions, RemoveOptions, MakeFolderOptions, MoveOptions,
                 CopyOptions, StatOptions, FindOptions, DiskUsageOptions, CatOptions, VersionsOptions, RestoreOptions,
                 TrashOptions, VerifyOptions, UploadsOptions, PingOptions>;

struct Invocation {
  GlobalOptions global;
  CommandOptions command;
};

}  // namespace ndisk::client
