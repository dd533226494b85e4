// What mv and cp share: where their sources go, and what is said of each. The I/O thread only.
#pragma once

#include "client/commands/each_operand.hpp"

namespace ndisk::client {

// The sources and the destination, looked at and with their patterns expanded.
struct Placing {
  std::vector<Operand> sources;
  RemotePath destination;
};

// Nothing if the whole can't be done: more than one source and no folder to put them into, or a destination that can't
// be; that is counted. A source that can't be is counted by itself.
net::Task<std::optional<Placing>> plan_placing(Context& context, const MoveOptions& options);

// `type` is that of the JSON object: "moved" or "copied".
void learn_placed(Context& context, const std::string& type, const Operand& source, const Result<wire::Done>& done);

}  // namespace ndisk::client
