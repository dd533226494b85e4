// What checks and collections find, between storage's words and the wire's. Pure; any thread.
#pragma once

#include "common/protocol/messages.hpp"
#include "storage/drive.hpp"

namespace ndisk::server {

[[nodiscard]] wire::Finding to_wire(const storage::Finding& finding);
[[nodiscard]] wire::CheckSummary to_wire(const storage::CheckReport& report);
[[nodiscard]] wire::CollectSummary to_wire(const storage::CollectReport& report);
[[nodiscard]] wire::MaintenanceProgress to_wire(const storage::CheckProgress& progress);

}  // namespace ndisk::server
