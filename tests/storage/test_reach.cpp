// The longest path below a folder, which says where it may be moved to: when all below is looked at for it.
#include "tests/storage/queue_fixture.hpp"

namespace ndisk::storage {
namespace {

// A folder with a folder in it that has held a long name.
struct Measured {
  std::int64_t folder = 0;
  std::int64_t inner = 0;

  void make(WriteContext& context) {
    folder = context.next_node_id();
    inner = context.next_node_id();
    add(context, kNoParent, "folder", folder);
    add(context, folder, "inner", inner);
    add(context, inner, std::string(100, 'n'), context.next_node_id());
    leave(context, inner, std::string(100, 'n'));
  }
  static void add(WriteContext& context, std::int64_t parent, const std::string& name, std::int64_t id) {
    hide(context, parent, name, id);
    context.totals.begin(id);
    if (parent != kNoParent) context.totals.add(parent, {0, 1, 0, name.size()});
  }
  static void leave(WriteContext& context, std::int64_t parent, const std::string& name) {
    context.nodes.remove(parent, name);
    context.totals.add(parent, {0, -1, 0, 0});
  }
  // Nobody is told, so that it is found only by looking.
  static void hide(WriteContext& context, std::int64_t parent, const std::string& name, std::int64_t id) {
    NodeRow row;
    row.id = id;
    row.kind = Kind::kFolder;
    context.nodes.insert(parent, name, row);
  }
  void hide_long_name(WriteContext& context) const {
    hide(context, inner, std::string(50, 'h'), context.next_node_id());
  }
};

constexpr std::uint64_t kInner = 5;
constexpr std::uint64_t kWithHidden = kInner + 1 + 50;

// What it reads is checked on the test's thread.
std::vector<std::uint64_t> run(QueueFixture& fixture,
                               std::function<std::vector<std::uint64_t>(WriteContext&)> measure) {
  std::vector<std::uint64_t> found;
  REQUIRE(fixture
              .submit([&](WriteContext& context) -> Result<int> {
                found = measure(context);
                return 0;
              })
              .get());
  return found;
}

// It holds "gone" at first.
void check_looks_again_after(const std::function<void(WriteContext&, const Measured&)>& change) {
  QueueFixture fixture;
  Measured measured;
  const auto found = run(fixture, [&](WriteContext& context) {
    measured.make(context);
    Measured::add(context, measured.inner, "gone", context.next_node_id());
    (void)context.totals.measure_reach(measured.folder);
    measured.hide_long_name(context);
    change(context, measured);
    return std::vector{context.totals.measure_reach(measured.folder)};
  });
  CHECK(found == std::vector<std::uint64_t>{kWithHidden});
}

}  // namespace

TEST_CASE("reach: what was measured is not looked at again while nothing left it") {
  QueueFixture fixture;
  Measured measured;
  const auto first = run(fixture, [&](WriteContext& context) {
    measured.make(context);
    const auto before = context.totals.reach_of(measured.folder);
    const auto found = context.totals.measure_reach(measured.folder);
    measured.hide_long_name(context);
    return std::vector{before, found, context.totals.measure_reach(measured.folder)};
  });
  CHECK(first == std::vector<std::uint64_t>{kInner + 1 + 100, kInner, kInner});
  const auto later = run(fixture, [&](WriteContext& context) {
    Measured::add(context, measured.folder, std::string(8, 'm'), context.next_node_id());
    return std::vector{context.totals.measure_reach(measured.folder)};
  });
  CHECK(later == std::vector<std::uint64_t>{8});
}

TEST_CASE("reach: what was measured is looked at again once something at any depth left it") {
  check_looks_again_after(
      [](WriteContext& context, const Measured& measured) { Measured::leave(context, measured.inner, "gone"); });
}

TEST_CASE("reach: what left while as much came makes it be looked at again, too") {
  check_looks_again_after([](WriteContext& context, const Measured& measured) {
    Measured::leave(context, measured.inner, "gone");
    Measured::add(context, measured.inner, "come", context.next_node_id());
  });
}

TEST_CASE("reach: what was measured in a change that failed is looked at again") {
  QueueFixture fixture;
  Measured measured;
  (void)run(fixture, [&](WriteContext& context) {
    measured.make(context);
    return std::vector<std::uint64_t>();
  });
  REQUIRE_FALSE(fixture
                    .submit([&](WriteContext& context) -> Result<int> {
                      (void)context.totals.measure_reach(measured.folder);
                      context.database.fail({ErrorCode::kIo, "it fails"});
                      return 0;
                    })
                    .get());
  const auto found = run(fixture, [&](WriteContext& context) {
    const auto kept = context.totals.reach_of(measured.folder);
    measured.hide_long_name(context);
    return std::vector{kept, context.totals.measure_reach(measured.folder)};
  });
  CHECK(found == std::vector<std::uint64_t>{kInner + 1 + 100, kWithHidden});
}

TEST_CASE("reach: it is looked at again once something came below of which only an upper bound is known") {
  check_looks_again_after(
      [](WriteContext& context, const Measured& measured) { context.totals.note_inexact(measured.inner); });
}

}  // namespace ndisk::storage
