// The commands that talk to a running server through DATA/ndisk.sock.
#pragma once

#include "common/error.hpp"
#include "server/options.hpp"

namespace ndisk::server {

// Each prints its result to standard output: for people, or with `json` one object a line (docs/operations.md). They
// block. kNotFound or kNetwork, saying so, if no server runs; the server's own error else.
[[nodiscard]] Result<void> run(const std::string& data_directory, const InviteCommand& command, bool json);
[[nodiscard]] Result<void> run(const std::string& data_directory, const StatusCommand& command, bool json);

[[nodiscard]] Result<void> run(const std::string& data_directory, const AddUserCommand& command, bool json);
[[nodiscard]] Result<void> run(const std::string& data_directory, const ListUsersCommand& command, bool json);
[[nodiscard]] Result<void> run(const std::string& data_directory, const RemoveUserCommand& command, bool json);
[[nodiscard]] Result<void> run(const std::string& data_directory, const SetQuotaCommand& command, bool json);
[[nodiscard]] Result<void> run(const std::string& data_directory, const ListDevicesCommand& command, bool json);
// kNotFound: no device's id begins so; kInvalid: those of several do (all are named).
[[nodiscard]] Result<void> run(const std::string& data_directory, const RevokeDeviceCommand& command, bool json);

// These do their work themselves, whether a server runs or not (rebuild: only where none does). kIntegrity: something
// is damaged; all else was done.
[[nodiscard]] Result<void> run(const std::string& data_directory, const BackUpCommand& command, bool json);
[[nodiscard]] Result<void> run(const std::string& data_directory, const RebuildCommand& command, bool json);

// These ask the running server, or, where none has the data directory, do the work themselves. kIntegrity: damage was
// found, mended or not.
[[nodiscard]] Result<void> run(const std::string& data_directory, const FsckCommand& command, bool json);
[[nodiscard]] Result<void> run(const std::string& data_directory, const GcCommand& command, bool json);

}  // namespace ndisk::server
