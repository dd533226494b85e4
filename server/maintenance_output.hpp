// What checks and collections found, printed on standard output: for people, or with `json` one object a line. One
// thread.
#pragma once

#include "common/protocol/messages.hpp"

namespace ndisk::server {

void print_finding(const wire::Finding& finding, bool json);
void print_summary(const wire::CheckSummary& summary, bool json);
void print_summary(const wire::CollectSummary& summary, bool json);
// On standard error, and only on a terminal: one line that is written over.
void print_progress(const wire::MaintenanceProgress& progress);

}  // namespace ndisk::server
