// The commands, one file each. What became of the work is in the tally; the caller makes the exit code and the summary.
#pragma once

#include "client/context.hpp"

namespace ndisk::client {

net::Task<> put(Context& context, const PutOptions& options);
net::Task<> get(Context& context, const GetOptions& options);
net::Task<> list(Context& context, const ListOptions& options);
net::Task<> remove(Context& context, const RemoveOptions& options);
net::Task<> uploads(Context& context, const UploadsOptions& options);
net::Task<> ping(Context& context, const PingOptions& options);

// Needs no enrolment, it makes one: nothing of a Context exists yet.
net::Task<> login(const GlobalOptions& global, const LoginOptions& options, Output& output, Tally& tally);

}  // namespace ndisk::client
