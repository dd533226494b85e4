// Steps that end a drive and come by it again: from a catalog of the first format, and from none.
#include <cstdlib>

#include "storage/posix_file_layer.hpp"
#include "storage/rebuild.hpp"
#include "tests/faults/steps.hpp"

namespace ndisk::faults {
namespace {

namespace fs = std::filesystem;

const std::string kFirstFormat = NDISK_SOURCE_DIR "/tests/storage/fixtures/format-1.tar.xz";

std::optional<Holding> same(Holding holding) { return holding; }

std::future<Result<void>> ended(Result<void> result) {
  std::promise<Result<void>> end;
  end.set_value(std::move(result));
  return end.get_future();
}

Result<void> rebuild_now(World& world) {
  if (world.drive) {
    if (auto flushed = world.drive->flush_tree(); !flushed) return flushed;
  }
  world.drive.reset();
  if (auto rebuilt = world.rebuild_catalog(); !rebuilt) return rebuilt;
  auto opened = storage::Drive::open(world.options, world.files, world.clock);
  if (!opened) return std::unexpected(opened.error());
  world.drive = std::move(*opened);
  return {};
}

void unpack_first_format(World& world) {
  fs::remove_all(world.options.data_directory);
  const auto command = "tar -xJf '" + kFirstFormat + "' -C '" + world.folder.path() + "'";
  REQUIRE(std::system(command.c_str()) == 0);
}

// What somebody finds who lets today's server upgrade a copy of it.
Holding after_upgrade(const World& world) {
  const auto copy = world.folder.path() + "/upgraded";
  fs::copy(world.options.data_directory, copy, fs::copy_options::recursive);
  storage::DriveFixture other(copy);
  auto holding = World::look_at(*other.drive, other.actor, false);
  INFO((holding ? "" : holding.error().message));
  REQUIRE(holding);
  return *holding;
}

}  // namespace

Step rebuild() {
  const auto apply = [](Holding holding) -> std::optional<Holding> {
    std::erase_if(holding, [](const auto& entry) {
      return entry.first.starts_with("trash:/") || entry.first.starts_with("device:/");
    });
    return holding;
  };
  return {"rebuild", [](World& world) { return ended(rebuild_now(world)); }, apply};
}

Step become_first_format() {
  const auto begin = [](World& world) {
    world.drive.reset();
    unpack_first_format(world);
    world.closed = after_upgrade(world);
    world.unfinished = 1;
    return ended({});
  };
  return {"become one of the first format", begin, same};
}

}  // namespace ndisk::faults
