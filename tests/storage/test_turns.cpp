// Which changes wait for their turns, so that others have theirs in between. The order in which they end tells.
#include "common/random.hpp"
#include "tests/storage/history_fixture.hpp"

namespace ndisk::storage {
namespace {

// What is asked for while it lives waits until ends() lets the writer go.
class Turns {
 public:
  explicit Turns(DriveFixture& fixture) : fixture_(fixture) {
    FolderRequest request;
    request.request_id = random_bytes<16>();
    request.path = at("held up");
    std::promise<void> has_begun;
    fixture_.drive->make_folder(fixture_.actor, request, [this, &has_begun](const Result<std::uint64_t>&) {
      has_begun.set_value();
      go_.get_future().wait();
    });
    has_begun.get_future().wait();
  }

  // The completion of a change with this name.
  template <class T>
  Completion<T> note(char name) {
    auto end = std::make_shared<std::promise<void>>();  // shared: the completion outlives this call
    ends_.push_back(end->get_future());
    return [this, name, end](const Result<T>&) {
      names_ += name;
      end->set_value();
    };
  }
  // The names in the order in which they ended, with an x, a light change that is asked for last.
  std::string ends() {
    fixture_.drive->put_small(fixture_.actor, fixture_.small("x", to_bytes("x")), note<Committed>('x'));
    go_.set_value();
    for (auto& end : ends_) end.wait();
    return names_;
  }

 private:
  DriveFixture& fixture_;
  std::promise<void> go_;
  std::vector<std::future<void>> ends_;
  std::string names_;  // the writer's, until all have ended
};

std::string deep(std::size_t levels) {
  std::string path = "a";
  for (std::size_t i = 1; i < levels; ++i) path += "/a";
  return path;
}

constexpr std::size_t kDeep = 120;

void make_folders(DriveFixture& fixture, const std::string& parent, int count) {
  for (int i = 0; i < count; ++i) REQUIRE(fixture.make_folder(parent + "/" + std::to_string(i)));
}

}  // namespace

TEST_CASE("turns: what is put far down waits for its turn, others need not wait for all of it") {
  DriveFixture fixture;
  Turns turns(fixture);
  for (const char name : {'A', 'B'}) {
    auto file = fixture.small(deep(kDeep) + "/" + name, to_bytes(std::string(1, name)));
    fixture.drive->put_small(fixture.actor, std::move(file), turns.note<Committed>(name));
  }
  CHECK(turns.ends() == "AxB");
}

TEST_CASE("turns: a folder that is made or removed far down waits for its turn") {
  DriveFixture fixture;
  const auto far = deep(kDeep);
  REQUIRE(fixture.make_folder(far + "/B"));
  Turns turns(fixture);
  FolderRequest request;
  request.request_id = random_bytes<16>();
  request.path = at(far + "/A");
  fixture.drive->make_folder(fixture.actor, request, turns.note<std::uint64_t>('A'));
  fixture.drive->remove(fixture.actor, random_bytes<16>(), at(far + "/B"), true, turns.note<std::uint64_t>('B'));
  CHECK(turns.ends() == "AxB");
}

TEST_CASE("turns: what is no deeper than most goes with everybody's changes") {
  DriveFixture fixture;
  Turns turns(fixture);
  for (const char name : {'A', 'B'}) {
    auto file = fixture.small(deep(50) + "/" + name, to_bytes(std::string(1, name)));
    fixture.drive->put_small(fixture.actor, std::move(file), turns.note<Committed>(name));
  }
  CHECK(turns.ends() == "ABx");
}

TEST_CASE("turns: what is moved, copied or restored far down waits for its turn") {
  HistoryFixture fixture;
  const auto far = deep(kDeep);
  REQUIRE(fixture.put("a file", "1"));
  REQUIRE(fixture.put(far + "/removed", "2"));
  REQUIRE(fixture.remove(far + "/removed"));
  const auto item = fixture.trash_id(far + "/removed");
  Turns turns(fixture);
  CopyRequest copy;
  copy.request_id = random_bytes<16>();
  copy.from = at("a file");
  copy.to = at(far + "/copied");
  copy.exact = true;
  MoveRequest move = copy;
  move.request_id = random_bytes<16>();
  move.to = at(far + "/moved");
  fixture.drive->copy(fixture.actor, copy, turns.note<Placed>('A'));
  fixture.drive->move(fixture.actor, move, turns.note<Placed>('B'));
  fixture.drive->restore_trash(fixture.actor, random_bytes<16>(), item, std::nullopt, turns.note<Placed>('C'));
  CHECK(turns.ends() == "AxBC");
  CHECK(fixture.names(far) == std::vector<std::string>{"copied", "moved", "removed"});
}

TEST_CASE("turns: emptying the trash of many things by their numbers waits for its turn") {
  HistoryFixture fixture;
  constexpr int kMany = 101;
  make_folders(fixture, "f", kMany);
  for (int i = 0; i < kMany; ++i) REQUIRE(fixture.remove("f/" + std::to_string(i), true));
  EmptyTrashRequest request;
  for (const auto& item : fixture.trash()) request.ids.push_back(item.id);
  REQUIRE(request.ids.size() == kMany);
  Turns turns(fixture);
  for (const char name : {'A', 'B'}) {
    request.request_id = random_bytes<16>();
    fixture.drive->empty_trash(fixture.actor, request, turns.note<Emptied>(name));
  }
  CHECK(turns.ends() == "AxB");
}

TEST_CASE("turns: a move for which all below a large folder has to be looked at waits for its turn") {
  DriveFixture fixture;
  make_folders(fixture, "f", 101);
  const std::string name(200, 'n');
  std::string far = name;
  for (int i = 1; i < 10; ++i) far += "/" + name;
  REQUIRE(fixture.make_folder("f/" + far));
  REQUIRE(fixture.make_folder(far + "/" + name));
  MoveRequest move;
  move.from = at("f");
  move.to = at(far + "/" + name + "/f");
  move.exact = true;
  Turns turns(fixture);
  for (const char turn : {'A', 'B'}) {
    move.request_id = random_bytes<16>();
    fixture.drive->move(fixture.actor, move, turns.note<Placed>(turn));
  }
  CHECK(turns.ends() == "AxB");
}

}  // namespace ndisk::storage
