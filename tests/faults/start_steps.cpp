// Steps that end a drive and come by it again: from a catalog of the first format, and from none.
#include <cstdlib>

#include "tests/faults/steps.hpp"

namespace ndisk::faults {
namespace {

namespace fs = std::filesystem;

const std::string kFirstFormat = NDISK_SOURCE_DIR "/tests/storage/fixtures/format-1.tar.xz";
const std::string kWithVersions = "versioned";  // what the fixture has, by its format-1.json
constexpr std::size_t kVersions = 3;
constexpr std::uintmax_t kStagedBytes = 6'029'312;

Result<void> rebuild_now(World& world) {
  // Names that are in the catalog alone are lost with it.
  if (world.drive) {
    if (auto flushed = world.drive->flush_tree(); !flushed) return flushed;
  }
  world.drive.reset();
  world.may_lack_catalog = true;
  if (auto rebuilt = world.rebuild_catalog(true); !rebuilt) return rebuilt;
  auto opened = storage::Drive::open(world.options, world.files, world.clock);
  if (!opened) return std::unexpected(opened.error());
  // The device that it had is one of the old catalog.
  const auto owner = (*opened)->accounts().local_owner();
  if (!owner) return std::unexpected(owner.error());
  world.actor = owner->actor;
  world.drive = std::move(*opened);
  return {};
}

void check_put_aside(World& world, const std::string& unnamed) {
  std::size_t found = 0;
  for (const auto& file : fs::recursive_directory_iterator(world.data("quarantine"))) {
    found += file.is_regular_file() && World::read_file(file.path()) == unnamed;
  }
  CHECK(found == 1);
}

void unpack_first_format(World& world) {
  fs::remove_all(world.options.data_directory);
  const auto command = "tar -xJf '" + kFirstFormat + "' -C '" + world.folder.path() + "'";
  INFO(command);
  REQUIRE(std::system(command.c_str()) == 0);
}

// What somebody finds who lets today's server upgrade a copy of it. The same each time.
Holding after_upgrade(const World& world) {
  const auto copy = world.folder.path() + "/upgraded";
  fs::copy(world.options.data_directory, copy, fs::copy_options::recursive);
  storage::DriveFixture other(copy);
  auto holding = World::look_at(*other.drive, other.actor, false);
  INFO((holding ? "" : holding.error().message));
  REQUIRE(holding);
  REQUIRE(holding->contains(kWithVersions));
  return *holding;
}

void check_upgraded(World& world, const Holding&, const Holding&, bool) {
  CHECK(world.versions(kWithVersions).size() == kVersions);
  for (const auto& file : fs::directory_iterator(world.data("staging"))) CHECK(file.file_size() == kStagedBytes);
}

}  // namespace

Step rebuild(const std::string& unnamed) {
  const auto apply = [](Holding holding) -> std::optional<Holding> {
    std::erase_if(holding, [](const auto& entry) {
      return entry.first.starts_with("trash:/") || entry.first.starts_with("device:/");
    });
    return holding;
  };
  const auto check = [=](World& world, const Holding&, const Holding&, bool succeeded) {
    if (succeeded) check_put_aside(world, unnamed);
  };
  return {"rebuild", [](World& world) { return ended(rebuild_now(world)); }, apply, true, check};
}

Step become_first_format() {
  const auto begin = [](World& world) {
    world.drive.reset();
    unpack_first_format(world);
    static const auto known = after_upgrade(world);
    world.closed = known;
    world.unfinished = 1;
    return ended({});
  };
  return {"become one of the first format", begin, same};
}

Step upgrade() {
  auto step = reopen();
  step.name = "upgrade";
  step.check = check_upgraded;
  return step;
}

}  // namespace ndisk::faults
