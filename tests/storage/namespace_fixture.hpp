// A drive whose namespace is changed: calls that wait for their ends, and what the catalog says of the whole of it.
#pragma once

#include <map>

#include "storage/sqlite.hpp"
#include "tests/storage/drive_fixture.hpp"

namespace ndisk::storage {

class NamespaceFixture : public DriveFixture {
 public:
  static MoveRequest move_request(std::string_view from, std::string_view to) {
    MoveRequest request;
    request.request_id = random_bytes<16>();
    request.from = at(from);
    request.to = at(to);
    return request;
  }
  static MoveRequest exactly(std::string_view from, std::string_view to) {
    auto request = move_request(from, to);
    request.exact = true;
    return request;
  }
  static CopyRequest copy_request(std::string_view from, std::string_view to, bool recursive = false) {
    CopyRequest request;
    static_cast<MoveRequest&>(request) = move_request(from, to);
    request.recursive = recursive;
    return request;
  }

  Result<Placed> move(const MoveRequest& request) {
    return wait_for<Placed>([&](auto done) { drive->move(actor, request, std::move(done)); });
  }
  Result<Placed> move(std::string_view from, std::string_view to) { return move(move_request(from, to)); }
  Result<Placed> copy(const CopyRequest& request) {
    return wait_for<Placed>([&](auto done) { drive->copy(actor, request, std::move(done)); });
  }
  Result<Placed> copy(std::string_view from, std::string_view to, bool recursive = false) {
    return copy(copy_request(from, to, recursive));
  }
  Result<std::uint64_t> make(const FolderRequest& request) {
    return wait_for<std::uint64_t>([&](auto done) { drive->make_folder(actor, request, std::move(done)); });
  }
  Result<Committed> put_link(std::string_view path, std::string_view target) {
    auto file = small(path, to_bytes(target));
    file.kind = Kind::kLink;
    return put(std::move(file));
  }
  Status stat(std::string_view path) {
    auto status = drive->stat(actor, at(path));
    INFO(path);
    REQUIRE(status);
    return *status;
  }
  Totals totals(std::string_view path) {
    const auto status = stat(path);
    REQUIRE(status.entry.totals);
    return *status.entry.totals;
  }
  // What the trash holds, as paths, newest first.
  std::vector<std::string> trashed() {
    std::vector<std::string> paths;
    auto items = drive->trash(actor, 0, 1000);
    REQUIRE(items);
    for (const auto& item : *items) paths.push_back(item.path);
    return paths;
  }
};

// The error's name, or "done".
template <class T>
std::string outcome(const Result<T>& result) {
  return result ? "done" : std::string(error_name(result.error().code));
}

// Every folder's totals as the catalog has them, and as a look at every node gives them: roots of drives, folders in
// them and in the trash.
struct Recount {
  std::map<std::int64_t, Totals> recorded;
  std::map<std::int64_t, Totals> counted;
};

inline Recount recount(const DriveFixture& fixture) {
  auto database = Database::open(fixture.data("ndisk.db"), DatabaseMode::kExisting);
  REQUIRE(database);
  Recount result;
  std::map<std::int64_t, std::int64_t> parents;
  struct Weight {
    std::int64_t parent;
    Kind kind;
    std::uint64_t size;
  };
  std::vector<Weight> weights;
  auto roots = (*database)->query("SELECT root FROM users");
  while (roots.step()) result.counted[roots.integer(0)] = {};
  auto nodes = (*database)->query("SELECT id, parent, kind, size FROM nodes");
  while (nodes.step()) {
    const auto kind = static_cast<Kind>(nodes.integer(2));
    parents[nodes.integer(0)] = nodes.integer(1);
    if (kind == Kind::kFolder) result.counted[nodes.integer(0)];
    weights.push_back({nodes.integer(1), kind, nodes.number(3)});
  }
  for (const auto& weight : weights) {
    for (auto folder = weight.parent; result.counted.contains(folder); folder = parents[folder]) {
      auto& totals = result.counted[folder];
      (weight.kind == Kind::kFolder ? totals.folders : totals.files) += 1;
      if (weight.kind != Kind::kFolder) totals.bytes += weight.size;
    }
  }
  auto recorded = (*database)->query("SELECT id, files, folders, bytes FROM folders");
  while (recorded.step()) {
    result.recorded[recorded.integer(0)] = {recorded.number(1), recorded.number(2), recorded.number(3)};
  }
  REQUIRE_FALSE((*database)->failed());
  return result;
}

inline void check_totals(const DriveFixture& fixture) {
  const auto count = recount(fixture);
  REQUIRE(count.recorded.size() == count.counted.size());
  for (const auto& [folder, totals] : count.counted) {
    INFO("folder " << folder);
    REQUIRE(count.recorded.contains(folder));
    const auto& recorded = count.recorded.at(folder);
    REQUIRE(recorded.files == totals.files);
    REQUIRE(recorded.folders == totals.folders);
    REQUIRE(recorded.bytes == totals.bytes);
  }
}

}  // namespace ndisk::storage
