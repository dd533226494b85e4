// The commands, one file each. What became of the work is in the tally; the caller makes the exit code and the summary.
#pragma once

#include "client/context.hpp"

namespace ndisk::client {

net::Task<> put(Context& context, const PutOptions& options);
net::Task<> get(Context& context, const GetOptions& options);
net::Task<> list(Context& context, const ListOptions& options);
net::Task<> remove(Context& context, const RemoveOptions& options);
net::Task<> make_folder(Context& context, const MakeFolderOptions& options);
net::Task<> move(Context& context, const MoveOptions& options);
net::Task<> copy(Context& context, const CopyOptions& options);
net::Task<> stat(Context& context, const StatOptions& options);
net::Task<> find(Context& context, const FindOptions& options);
net::Task<> disk_usage(Context& context, const DiskUsageOptions& options);
net::Task<> cat(Context& context, const CatOptions& options);
net::Task<> versions(Context& context, const VersionsOptions& options);
net::Task<> restore(Context& context, const RestoreOptions& options);
net::Task<> trash(Context& context, const TrashOptions& options);
net::Task<> verify(Context& context, const VerifyOptions& options);
net::Task<> uploads(Context& context, const UploadsOptions& options);
net::Task<> ping(Context& context, const PingOptions& options);

// Needs no enrolment, it makes one: nothing of a Context exists yet.
net::Task<> login(const GlobalOptions& global, const LoginOptions& options, Output& output, Tally& tally);

}  // namespace ndisk::client
