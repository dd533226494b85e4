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

void make_folders(DriveFixture& fixture, const std::string& parent, int count) {
  for (int i = 0; i < count; ++i) REQUIRE(fixture.make_folder(parent + "/" + std::to_string(i)));
}

}  // namespace

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
