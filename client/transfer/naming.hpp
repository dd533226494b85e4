// Which name each result gets: put's -t and --name, get's -t and -o. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/options.hpp"
#include "common/remote_path.hpp"

namespace ndisk::client {

struct PutSource {
  std::string local;  // "-": standard input
  RemotePath remote;  // the file itself; for a folder, what its contents go below
  // The same names may be in one before it: put only when those are through, so that the last named stands.
  bool may_repeat = false;
};

// As cp -r names things: photos and photos/ become TARGET/photos; "." and ".." and "/" give their contents to TARGET.
// kInvalid: --name with several sources; '-' without --name or beside others; two sources with one name; a path that
// can't be.
[[nodiscard]] Result<std::vector<PutSource>> plan_put(const PutOptions& options);

struct GetSource {
  std::string operand;  // as typed, for messages
  RemotePath remote;
  std::string local;                // the file itself; for a folder, what its contents go below
  std::string below_target{};       // local without the target's folder, with a '/' behind; of the drive itself empty
  std::optional<int> descriptor{};  // where content is written as it comes; nothing is replaced
};

// A path of the drive, and how it was named.
struct GetOperand {
  std::string word;
  RemotePath remote;
};

// The operands by the options' -t and -o; one that comes twice counts once. The drive itself gives its contents to the
// target, and has it to itself. kInvalid as in plan_put.
[[nodiscard]] Result<std::vector<GetSource>> plan_get(const GetOptions& options, std::vector<GetOperand> operands);

}  // namespace ndisk::client
