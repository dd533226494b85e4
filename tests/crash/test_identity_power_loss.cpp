// The server's own key and the loss of power: who was told the pin finds the same key for ever.
#include <cerrno>

#include "server/identity_files.hpp"
#include "tests/catch.hpp"
#include "tests/crash/cursor.hpp"
#include "tests/crash/loss_choice.hpp"
#include "tests/crash/simulated_file_layer.hpp"

namespace ndisk::crash {
namespace {

using Identity = Result<net::ServerIdentity>;
using Lie = std::function<bool(const Operation&)>;

constexpr const char* kData = "/data";

DiskImage before_the_first_start() {
  SimulatedDisk disk;
  REQUIRE(disk.make_folder(kRootFolder, kData, 0711));
  return disk.image();
}

Identity identity_on(SimulatedDisk& disk) {
  SimulatedFileLayer files(disk, false);
  return server::load_or_make_identity(files, kData);
}

Identity identity_on(DiskImage image) {
  SimulatedDisk disk(std::move(image));
  return identity_on(disk);
}

std::string key_of(const Identity& identity) {
  UNSCOPED_INFO((identity ? "" : identity.error().message));
  return identity ? identity->key_pem : "none";
}

// Of every loss of power after so many operations of the record.
std::vector<DiskImage> disks_after(const DiskImage& initial, const std::vector<Operation>& record,
                                   std::size_t boundary) {
  std::mt19937_64 random(1);
  Cursor cursor(initial, record);
  cursor.advance_to(boundary);
  const LossChoice choice(record, cursor.pending(), {}, random);
  std::vector<DiskImage> disks;
  for (std::size_t number = 0; number < choice.size(); ++number) disks.push_back(cursor.disk_after(choice.at(number)));
  return disks;
}

// Whether a loss of power after the first start shows that the disk tells this lie.
bool is_found_out(const Lie& lie) {
  const auto initial = before_the_first_start();
  SimulatedDisk disk(initial);
  disk.ignore_syncs(lie);
  const auto told = identity_on(disk);
  REQUIRE(told);
  const auto record = disk.record();
  return std::ranges::any_of(disks_after(initial, record, record.size()), [&](const DiskImage& left) {
    const auto found = identity_on(left);
    return !found || found->key_pem != told->key_pem || found->certificate_pem != told->certificate_pem;
  });
}

// Its nth sync fails, and syncs nothing.
class FailingSync final : public SimulatedFileLayer {
 public:
  FailingSync(SimulatedDisk& disk, int nth) : SimulatedFileLayer(disk, false), left_(nth) {}
  Done<> sync(int file) override {
    if (--left_ == 0) return std::unexpected(storage::Errno{EIO});
    return SimulatedFileLayer::sync(file);
  }

 private:
  int left_;
};

}  // namespace

TEST_CASE("power loss: the server's key is there from the moment when its pin is told") {
  const auto initial = before_the_first_start();
  SimulatedDisk disk(initial);
  const auto told = identity_on(disk);
  REQUIRE(told);
  const auto record = disk.record();
  for (std::size_t boundary = 0; boundary <= record.size(); ++boundary) {
    for (auto& left : disks_after(initial, record, boundary)) {
      const auto found = identity_on(std::move(left));
      INFO("after " << boundary << " of " << record.size() << " operations");
      CHECK(key_of(found).ends_with("-----END PRIVATE KEY-----\n"));
      if (boundary == record.size()) CHECK(key_of(found) == told->key_pem);
    }
  }
}

TEST_CASE("power loss: a key that an earlier start could not make last does from the next one on") {
  const auto initial = before_the_first_start();
  for (int nth = 1; nth <= 4; ++nth) {
    SimulatedDisk disk(initial);
    FailingSync failing(disk, nth);
    REQUIRE_FALSE(server::load_or_make_identity(failing, kData));
    const auto told = identity_on(disk);
    const auto record = disk.record();
    for (auto& left : disks_after(initial, record, record.size())) {
      INFO("sync " << nth << " failed");
      CHECK(key_of(identity_on(std::move(left))) == key_of(told));
    }
  }
}

TEST_CASE("broken twin: of the server's key something is not synced") {
  const auto syncs = [](std::string_view path) {
    return [path](const Operation& sync) { return sync.path == std::string(kData) + std::string(path); };
  };
  CHECK(is_found_out(syncs("/tls.new/key.pem")));
  CHECK(is_found_out(syncs("/tls.new/certificate.pem")));
  CHECK(is_found_out(syncs("/tls.new")));
  CHECK(is_found_out(syncs("")));
}

}  // namespace ndisk::crash
