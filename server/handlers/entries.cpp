#include "server/handlers/entries.hpp"

#include <algorithm>

namespace ndisk::server {
namespace {

// Of a page: what stands beside its entries in the message.
constexpr std::size_t kPageOverhead = 64;
// How many bytes of names against bytes of globs a page may cost.
constexpr std::size_t kMaxMatchedBytes = 26'000'000;
constexpr std::size_t kFewestVisited = 1;

Result<std::vector<storage::Kind>> kinds_of(const wire::Filter& message) {
  std::vector<storage::Kind> kinds;
  for (const int kind : message.kinds()) {
    if (kind != wire::FILE && kind != wire::FOLDER && kind != wire::LINK) {
      return fail(ErrorCode::kInvalid, "Filter.kinds: " + std::to_string(kind) + " is no kind of entry");
    }
    // One of three is all that they can be.
    if (kinds.size() < 3) kinds.push_back(static_cast<storage::Kind>(kind));
  }
  return kinds;
}

Result<storage::Filter> filter_of(const wire::Filter& message) {
  if (message.names().size() > static_cast<int>(protocol::kMaxFilterNames)) {
    return fail(ErrorCode::kProtocol,
                "Filter.names has more than " + std::to_string(protocol::kMaxFilterNames) + " patterns");
  }
  storage::Filter filter;
  for (const auto& name : message.names()) {
    if (name.size() > protocol::kMaxGlobBytes) {
      return fail(ErrorCode::kProtocol,
                  "a pattern of Filter.names is over " + std::to_string(protocol::kMaxGlobBytes) + " bytes");
    }
    filter.names.push_back(name);
  }
  auto kinds = kinds_of(message);
  if (!kinds) return std::unexpected(kinds.error());
  filter.kinds = std::move(*kinds);
  if (message.has_min_size()) filter.min_size = message.min_size();
  if (message.has_max_size()) filter.max_size = message.max_size();
  if (message.has_newer_than_ns()) filter.newer_than = message.newer_than_ns();
  if (message.has_older_than_ns()) filter.older_than = message.older_than_ns();
  filter.empty = message.empty();
  return filter;
}

// Long patterns take long to match: pages then end sooner, so that nobody waits for one client's search.
std::size_t most_visited(const storage::Filter& filter, std::size_t usual) {
  std::size_t bytes = 1;
  for (const auto& name : filter.names) bytes += name.size();
  return std::clamp(kMaxMatchedBytes / (bytes * kMaxComponentBytes), kFewestVisited, usual);
}

}  // namespace

wire::Kind to_wire(storage::Kind kind) {
  switch (kind) {
    case storage::Kind::kFolder: return wire::FOLDER;
    case storage::Kind::kLink: return wire::LINK;
    case storage::Kind::kFile: break;
  }
  return wire::FILE;
}

Result<storage::Kind> content_kind_of(wire::Kind kind) {
  if (kind == wire::FILE || kind == wire::KIND_UNSPECIFIED) return storage::Kind::kFile;
  if (kind == wire::LINK) return storage::Kind::kLink;
  return fail(ErrorCode::kInvalid, "PutSmall.kind must be FILE or LINK");
}

void fill(wire::Attributes& message, const storage::Attributes& attributes) {
  message.set_mtime_ns(attributes.mtime);
  message.set_mode(attributes.mode);
}

// Strings are made before they are given away: on an arena, protobuf would destroy one that got no memory while it was
// made.
void fill(wire::Entry& message, const storage::Entry& entry) {
  message.set_path(std::string(entry.path));
  message.set_kind(to_wire(entry.kind));
  fill(*message.mutable_attributes(), entry.attributes);
  if (entry.totals) {
    message.mutable_totals()->set_files(entry.totals->files);
    message.mutable_totals()->set_folders(entry.totals->folders);
    message.mutable_totals()->set_bytes(entry.totals->bytes);
  }
  if (entry.kind == storage::Kind::kFolder) return;
  message.set_size(entry.size);
  message.set_version(entry.version);
  message.set_sha256(std::string(as_text(entry.sha256)));
  message.set_damaged(entry.damaged);
}

wire::FileInfo file_info_of(const storage::FileReader& file, std::uint64_t offset) {
  wire::FileInfo info;
  info.set_size(file.size());
  info.set_sha256(std::string(as_text(file.sha256())));
  fill(*info.mutable_attributes(), file.attributes());
  info.set_version(file.version());
  info.set_offset(offset);
  info.set_kind(to_wire(file.kind()));
  return info;
}

wire::StatInfo to_wire(const storage::Status& status) {
  wire::StatInfo message;
  fill(*message.mutable_entry(), status.entry);
  message.set_created_ns(status.created);
  message.set_device_name(status.device_name);
  message.set_versions(status.versions);
  message.set_change(status.change);
  return message;
}

wire::VersionInfo to_wire(const storage::VersionSummary& version) {
  wire::VersionInfo message;
  message.set_version(version.version);
  message.set_kind(to_wire(version.kind));
  message.set_size(version.size);
  fill(*message.mutable_attributes(), version.attributes);
  message.set_sha256(version.sha256.data(), version.sha256.size());
  message.set_created_ns(version.created);
  message.set_device_name(version.device_name);
  message.set_change(version.change);
  message.set_current(version.current);
  message.set_damaged(version.damaged);
  return message;
}

wire::TrashEntry to_wire(const storage::TrashItem& item) {
  wire::TrashEntry message;
  message.set_id(item.id);
  message.set_path(item.path);
  message.set_kind(to_wire(item.kind));
  message.set_removed_ns(item.removed);
  message.set_device_name(item.device_name);
  message.set_files(item.files);
  message.set_bytes(item.bytes);
  message.set_expires_ns(item.expires);
  return message;
}

Result<storage::ListRequest> list_request_of(const wire::List& message) {
  auto path = protocol::path_field(message.path());
  if (!path) return std::unexpected(path.error());
  auto after = protocol::path_field(message.after());
  if (!after) return std::unexpected(after.error());
  storage::ListRequest request;
  request.path = std::move(*path);
  request.recursive = message.recursive();
  request.after = after->bytes();
  request.max_entries = protocol::kMaxListPageEntries;
  request.max_bytes = protocol::kMaxControlBytes - kPageOverhead;
  request.with_totals = message.with_totals();
  request.max_depth = message.max_depth();
  request.folders_only = message.folders_only();
  if (!message.has_filter()) return request;
  auto filter = filter_of(message.filter());
  if (!filter) return std::unexpected(filter.error());
  request.max_visited = most_visited(*filter, request.max_visited);
  request.filter = std::move(*filter);
  return request;
}

Result<void> check_link_target(std::string_view target) {
  if (target.empty()) return fail(ErrorCode::kInvalid, "a link needs a target: it is the content, 1 to 4096 bytes");
  if (target.size() > protocol::kMaxLinkBytes) {
    return fail(ErrorCode::kInvalid, "a link's target has at most " + std::to_string(protocol::kMaxLinkBytes) +
                                         " bytes, not " + std::to_string(target.size()));
  }
  if (target.find('\0') != target.npos) return fail(ErrorCode::kInvalid, "a link's target can't have a NUL byte");
  return {};
}

}  // namespace ndisk::server
