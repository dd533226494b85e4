// Which entries of a listing are shown. Pure; any thread.
#pragma once

#include <string_view>

#include "storage/table_nodes.hpp"

namespace ndisk::storage {

// `name` is the last component. `totals` are a folder's own, and are asked for only if the filter needs them.
[[nodiscard]] bool shows(const Filter& filter, std::string_view name, const NodeRow& node,
                         const std::optional<Totals>& totals);

// Whether what a filter says of this node depends on what is in it.
[[nodiscard]] bool needs_totals(const Filter& filter, const NodeRow& node);

}  // namespace ndisk::storage
