// Long random histories: the catalog must agree with itself at every step, and with the disk whenever it is collected.
// NDISK_SEED and NDISK_HISTORIES choose others, or more of them.
#include <cstdlib>
#include <random>

#include "tests/storage/crash_copy.hpp"
#include "tests/storage/history_fixture.hpp"
#include "tests/storage/tree_check.hpp"

namespace ndisk::storage {
namespace {

constexpr int kSteps = 120;

class RandomHistory {
 public:
  explicit RandomHistory(std::uint32_t seed) : random_(seed) {
    fixture_.options.retention = {
        .trash = 60 * kSecondNs, .versions = pick(4), .version_age = static_cast<TimeNs>(pick(2)) * 30 * kSecondNs};
    fixture_.options.tree = seed % 2 == 0;
    fixture_.reopen();
  }

  void run() {
    for (int i = 0; i < kSteps; ++i) {
      const auto step = pick(100);
      INFO("step " << i << " is " << step);
      make(step);
      fixture_.check_catalog();
    }
    end();
  }

 private:
  std::uint64_t pick(std::uint64_t count) { return random_() % count; }
  std::string name() { return std::string(1, static_cast<char>('a' + pick(4))); }
  std::string path() {
    auto path = name();
    while (pick(2) == 0) path += '/' + name();
    return path;
  }
  std::string text() { return "content " + std::to_string(pick(12)); }

  // What can't be (a folder in the way, nothing there) is refused, and leaves no trace.
  void make(std::uint64_t step) {
    if (step < 40) return (void)put();
    if (step < 50) return (void)fixture_.remove(path(), true);
    if (step < 53) return (void)fixture_.make_folder(path());
    if (step < 63) return restore();
    if (step < 73) return restore_trash();
    if (step < 80) return move_or_copy();
    if (step < 85) return empty();
    if (step < 92) return fixture_.clock.advance(static_cast<TimeNs>(pick(40)) * kSecondNs);
    if (step < 98) return collect();
    if (pick(2) == 0) return fixture_.reopen();
    crash();
  }

  // The drive goes on with what a crash now would leave.
  void crash() {
    const auto copy = fixture_.options.data_directory + "+";
    REQUIRE(fixture_.drive->flush_tree());
    copy_as_after_crash(fixture_.options.data_directory, copy);
    fixture_.drive.reset();
    std::filesystem::remove_all(fixture_.options.data_directory);
    fixture_.options.data_directory = copy;
    fixture_.open();
    if (fixture_.options.tree) check_tree(fixture_);
  }

  Result<Committed> put() {
    auto file = fixture_.small(path(), to_bytes(text()));
    if (pick(8) == 0) file.kind = Kind::kLink;
    return fixture_.put(std::move(file));
  }

  void restore() {
    const auto where = path();
    std::optional<std::uint64_t> version;
    const auto versions = fixture_.drive->versions(fixture_.actor, at(where), 0, 100);
    if (versions && pick(2) == 0) version = versions->at(pick(versions->size())).version;
    (void)fixture_.restore(where, version);
  }

  void restore_trash() {
    const auto items = fixture_.trash();
    if (items.empty()) return;
    std::optional<std::string> to;
    if (pick(2) == 0) to = path();
    (void)fixture_.restore_trash(items[pick(items.size())].id, to);
  }

  void move_or_copy() {
    CopyRequest request;
    request.request_id = random_bytes<16>();
    request.from = at(path());
    request.to = at(path());
    request.exact = pick(2) == 0;
    request.recursive = true;
    (void)wait_for<Placed>([&](auto done) {
      if (pick(2) == 0) return fixture_.drive->copy(fixture_.actor, request, std::move(done));
      fixture_.drive->move(fixture_.actor, request, std::move(done));
    });
  }

  void empty() {
    std::vector<std::uint64_t> ids;
    for (const auto& item : fixture_.trash()) {
      if (pick(2) == 0) ids.push_back(item.id);
    }
    std::optional<TimeNs> before;
    if (pick(2) == 0) before = fixture_.clock.now() - 20 * kSecondNs;
    REQUIRE(fixture_.empty(ids, before));
  }

  void collect() {
    fixture_.collect();
    fixture_.check_collected();
    if (fixture_.options.tree) check_tree(fixture_);
    const auto listed = fixture_.drive->list(fixture_.actor, {.path = {}, .recursive = true, .after = ""});
    REQUIRE(listed);
    for (const auto& entry : listed->entries) {
      if (entry.kind != Kind::kFolder) CHECK(fixture_.content(entry.path).starts_with("content "));
    }
  }

  // Once all is removed and the trash emptied, nothing is left.
  void end() {
    for (const auto& name : fixture_.names()) {
      REQUIRE(fixture_.remove(name.ends_with('/') ? name.substr(0, name.size() - 1) : name, true));
    }
    REQUIRE(fixture_.empty());
    fixture_.collect();
    fixture_.check_collected();
    CHECK(fixture_.object_files().empty());
    CHECK(fixture_.number("SELECT count(*) FROM nodes") == 0);
    CHECK(fixture_.number("SELECT count(*) FROM versions") == 0);
    CHECK(fixture_.number("SELECT count(*) FROM replaced") == 0);
    CHECK(fixture_.drive->status()->stored_bytes == 0);
  }

  std::mt19937 random_;
  HistoryFixture fixture_;
};

std::uint32_t setting(const char* name, std::uint32_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

}  // namespace

TEST_CASE("history: random changes leave a catalog that agrees with itself, and with the disk") {
  const auto first = setting("NDISK_SEED", 1);
  const auto count = setting("NDISK_HISTORIES", 16);
  for (auto seed = first; seed < first + count; ++seed) {
    INFO("NDISK_SEED=" << seed << " NDISK_HISTORIES=1 shows it again");
    RandomHistory(seed).run();
  }
}

}  // namespace ndisk::storage
