// What find and du share: folders that are named, and what is listed below them. The I/O thread only.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "client/commands/each_operand.hpp"

namespace ndisk::client {

struct Start {
  Operand operand;
  wire::Entry entry;  // of a folder with totals
};

// The operands, or the whole drive as "/", with their patterns expanded and looked at; what is not there is counted.
net::Task<std::vector<Start>> look_at_starts(Context& context, const std::vector<std::string>& words);

// Hands out what is listed, page by page, and writes the output behind each. An error is counted; false: nothing more
// makes sense.
net::Task<bool> walk(Context& context, const Operand& operand, wire::List list,
                     std::function<void(const wire::Entry&)> take);

// An entry as who typed the operand names it, and its path in the drive.
[[nodiscard]] std::string name_below(const Operand& operand, const wire::Entry& entry);
[[nodiscard]] std::string path_below(const Operand& operand, const wire::Entry& entry);

}  // namespace ndisk::client
