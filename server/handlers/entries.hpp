// What stands in a drive, as messages and back. Pure; errors as in protocol/messages.hpp.
#pragma once

#include "common/protocol/messages.hpp"
#include "storage/drive.hpp"

namespace ndisk::server {

[[nodiscard]] wire::Kind to_wire(storage::Kind kind);
// A file if the client said nothing. kInvalid: a folder, or a kind that nobody knows.
[[nodiscard]] Result<storage::Kind> content_kind_of(wire::Kind kind);
void fill(wire::Entry& message, const storage::Entry& entry);
void fill(wire::Attributes& message, const storage::Attributes& attributes);
// `offset`: of the first byte that follows.
[[nodiscard]] wire::FileInfo file_info_of(const storage::FileReader& file, std::uint64_t offset);
[[nodiscard]] wire::StatInfo to_wire(const storage::Status& status);
[[nodiscard]] wire::VersionInfo to_wire(const storage::VersionSummary& version);
[[nodiscard]] wire::TrashEntry to_wire(const storage::TrashItem& item);

// kProtocol: more globs than kMaxFilterNames, or one over kMaxGlobBytes. kInvalid: a kind that nobody knows.
[[nodiscard]] Result<storage::ListRequest> list_request_of(const wire::List& message);
// kInvalid unless a symbolic link may have this target: 1 to kMaxLinkBytes bytes, none of them NUL.
[[nodiscard]] Result<void> check_link_target(std::string_view target);

}  // namespace ndisk::server
