// Makes a data directory with very many names in it, straight through the storage layer's tables: what a client would
// take hours for takes minutes. All files have one and the same empty content. For benchmarks of the namespace.
//
//   fill_namespace DATA FLAT TREE
//
// FLAT files in the folder /flat, and about TREE nodes below /tree: folders of folders of 1000 files each.
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "common/random.hpp"
#include "storage/catalog.hpp"
#include "storage/drive.hpp"
#include "storage/posix_file_layer.hpp"
#include "storage/write_context.hpp"

namespace ndisk::storage {
namespace {

constexpr std::uint64_t kFilesPerFolder = 1000;
constexpr std::uint64_t kFoldersPerFolder = 100;
constexpr std::uint64_t kNodesPerTransaction = 100'000;
constexpr std::uint64_t kFileBytes = 4096;  // that each file claims to have
constexpr std::int64_t kObject = 1;
constexpr std::int64_t kReach = 255;  // no path that is made here is longer

class Filler {
 public:
  Filler(Database& database, WriteContext& context, const UserRow& owner)
      : database_(database), context_(context), owner_(owner) {
    digest_ = sha256({});
    database_.run_script("PRAGMA synchronous = OFF; BEGIN IMMEDIATE");
    ObjectRow object;
    object.id = kObject;
    object.user = owner_.id;
    object.sha256 = digest_;
    object.size = kFileBytes;
    object.refs = 1;
    context_.objects.insert(object);
  }

  Totals fill_flat(std::uint64_t files) {
    const auto folder = add_folder(owner_.root, "flat");
    for (std::uint64_t i = 0; i < files; ++i) add_file(folder, i);
    return set_totals(folder, {files, 0, files * kFileBytes});
  }

  Totals fill_tree(std::uint64_t nodes) {
    const auto top = add_folder(owner_.root, "tree");
    Totals all;
    std::int64_t middle = 0;
    Totals middle_totals;
    for (std::uint64_t made = 0; made + kFilesPerFolder <= nodes; made += kFilesPerFolder + 1) {
      if (middle_totals.folders % kFoldersPerFolder == 0) {
        if (middle != 0) add(all, set_totals(middle, middle_totals));
        middle = add_folder(top, name_of("part", all.folders / (kFoldersPerFolder + 1)));
        middle_totals = {};
      }
      const auto folder = add_folder(middle, name_of("folder", middle_totals.folders));
      for (std::uint64_t i = 0; i < kFilesPerFolder; ++i) add_file(folder, i);
      add(middle_totals, set_totals(folder, {kFilesPerFolder, 0, kFilesPerFolder * kFileBytes}));
    }
    if (middle != 0) add(all, set_totals(middle, middle_totals));
    return set_totals(top, all);
  }

  void finish(const Totals& flat, const Totals& tree) {
    Totals root;
    add(root, flat);
    add(root, tree);
    set_totals(owner_.root, root);
    owner_.files = root.files;
    owner_.bytes = root.bytes;
    context_.users.update(owner_);
    context_.flush();
    database_.run_script("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  }

 private:
  static std::string name_of(const char* stem, std::uint64_t number) {
    std::array<char, 48> name{};
    std::snprintf(name.data(), name.size(), "%s-%08llu", stem, static_cast<unsigned long long>(number));
    return name.data();
  }

  static void add(Totals& sum, const Totals& folder) {
    sum.files += folder.files;
    sum.folders += folder.folders + 1;
    sum.bytes += folder.bytes;
  }

  std::int64_t add_folder(std::int64_t parent, const std::string& name) {
    NodeRow row;
    row.id = context_.next_node_id();
    row.kind = Kind::kFolder;
    row.attributes = {context_.now(), 0755};
    context_.nodes.insert(parent, name, row);
    count_node();
    return row.id;
  }

  void add_file(std::int64_t folder, std::uint64_t number) {
    NodeRow row;
    row.id = context_.next_node_id();
    row.size = kFileBytes;
    row.attributes = {context_.now(), 0644};
    row.sha256 = digest_;
    VersionRow version;
    version.node = row.id;
    version.object = kObject;
    version.size = kFileBytes;
    version.attributes = row.attributes;
    version.change = ++owner_.change;
    row.version = context_.objects.insert_version(version, context_.now());
    context_.nodes.insert(folder, name_of("file", number), row);
    count_node();
  }

  Totals set_totals(std::int64_t folder, const Totals& totals) {
    database_.run("INSERT OR REPLACE INTO folders (id, files, folders, bytes, reach) VALUES (?, ?, ?, ?, ?)", folder,
                  totals.files, totals.folders, totals.bytes, kReach);
    return totals;
  }

  void count_node() {
    if (++nodes_ % kNodesPerTransaction != 0) return;
    database_.run_script("COMMIT");
    database_.checkpoint();
    database_.run_script("BEGIN IMMEDIATE");
  }

  Database& database_;
  WriteContext& context_;
  UserRow owner_;
  Digest digest_{};
  std::uint64_t nodes_ = 0;
};

Result<void> fill(const std::string& data, std::uint64_t flat, std::uint64_t tree) {
  PosixFileLayer files;
  const SystemClock clock;
  DriveOptions options;
  options.data_directory = data;
  options.tree = false;
  {
    auto drive = Drive::open(options, files, clock);
    if (!drive) return std::unexpected(drive.error());
  }
  auto catalog = Catalog::open(data + "/ndisk.db", Catalog::Empty::kIsLost);
  if (!catalog) return std::unexpected(catalog.error());
  auto& database = (*catalog)->writer();
  WriteContext context(database, clock, false);
  const auto owner = context.users.find_by_name("owner");
  if (!owner) return fail(ErrorCode::kNotFound, data + " has no user 'owner'");
  Filler filler(database, context, *owner);
  const auto flat_totals = filler.fill_flat(flat);
  filler.finish(flat_totals, filler.fill_tree(tree));
  if (auto error = database.take_error()) return std::unexpected(std::move(*error));
  return (*catalog)->close();
}

}  // namespace
}  // namespace ndisk::storage

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: fill_namespace DATA FLAT TREE\n");
    return 2;
  }
  const auto filled =
      ndisk::storage::fill(argv[1], std::strtoull(argv[2], nullptr, 10), std::strtoull(argv[3], nullptr, 10));
  if (filled) return 0;
  std::fprintf(stderr, "fill_namespace: %s\n", filled.error().message.c_str());
  return 1;
}
