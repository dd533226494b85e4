// What find asks the server for, and the same question for what the server does not list: the operands themselves.
// Pure; any thread.
#pragma once

#include <optional>
#include <string_view>

#include "client/options.hpp"
#include "common/protocol/messages.hpp"

namespace ndisk::client {

// Nothing if there is no condition.
[[nodiscard]] std::optional<wire::Filter> find_filter(const FindOptions& options);

// Whether every condition holds, as the server decides it. A folder's totals must be known.
[[nodiscard]] bool matches(const wire::Filter& filter, std::string_view name, const wire::Entry& entry);

}  // namespace ndisk::client
