#include <cerrno>

#include "tests/faults/sweep.hpp"

namespace ndisk::faults {
namespace {

const std::string kSmall = content(3000, 1);
const std::string kOther = content(5000, 2);
const std::string kLarge = content(400'000, 3);
const std::string kGone = content(4000, 4);

// As a check that reads everything does. What is asked for after it is asked for anew, not again.
Step find_damage() {
  const auto begin = [](World& world) {
    world.requests.clear();
    const auto checked = world.try_check({.read_data = true, .restart = true});
    return ended(checked ? Result<void>() : std::unexpected(checked.error()));
  };
  return {"find damage", begin, same};
}

}  // namespace

TEST_CASE("faults: a small file is stored whole or not at all, whichever call fails") {
  sweep({"small upload", {put("kept", kOther)}, {put("a/b", kSmall)}});
}

TEST_CASE("faults: of files that are stored together each is whole or not there, whichever call fails") {
  Steps together;
  for (unsigned i = 0; i < 20; ++i) together.push_back(put("f/" + std::to_string(i), content(100 + i, 100 + i)));
  sweep({"group of small uploads", {}, std::move(together), true});
}

TEST_CASE("faults: a large file is stored whole or not at all, whichever call fails") {
  sweep({"large upload", {put("kept", kOther)}, {upload("a/large", kLarge)}});
}

TEST_CASE("faults: a file of unknown size is stored whole or not at all, whichever call fails") {
  sweep({"upload of unknown size", {}, {upload("large", kLarge, false)}});
}

TEST_CASE("faults: an upload goes on from what is on the disk, whichever call fails") {
  sweep({"resume", {upload_half("large", kLarge)}, {upload("large", kLarge)}});
  sweep({"resume after a restart", {upload_half("large", kLarge)}, {reopen(), upload("large", kLarge)}});
  sweep({"going away in the middle", {}, {upload_half("large", kLarge), upload("large", kLarge)}});
}

TEST_CASE("faults: a file that is replaced has the old content or the new, whichever call fails") {
  sweep({"replace", {put("a", kSmall), upload("b", kLarge)}, {put("a", kOther), put("b", kSmall)}});
  sweep({"replace with what is held", {put("a", kSmall), put("b", kOther)}, {put("a", kOther)}});
}

TEST_CASE("faults: what is removed is in the trash or where it was, whichever call fails") {
  sweep({"rm", {put("f/a", kSmall), put("f/g/b", kOther), put("c", kOther)}, {remove("c"), remove("f")}});
}

TEST_CASE("faults: what is moved is here or there, whichever call fails") {
  sweep(
      {"mv", {put("f/a", kSmall), put("f/g/b", kOther), make_folder("to")}, {move("f", "to/f"), move("to/f/a", "a")}});
}

TEST_CASE("faults: a copy is whole or not there, whichever call fails") {
  sweep({"cp", {put("f/a", kSmall), put("f/g/b", kOther)}, {copy("f", "h"), copy("f/a", "f/c")}});
}

TEST_CASE("faults: what is restored comes back whole or not at all, whichever call fails") {
  sweep({"restore", {put("a", kSmall), put("a", kOther)}, {restore("a", kSmall)}});
  sweep({"restore from the trash", {put("f/a", kSmall), remove("f/a")}, {restore_trash("f/a", kSmall)}});
}

TEST_CASE("faults: the collector frees what nobody needs and nothing else, whichever call fails") {
  sweep({"collector",
         {put("kept", kSmall), put("f/a", kOther), upload("f/b", kLarge), remove("f")},
         {empty_trash(), collect()}});
}

TEST_CASE("faults: a start succeeds or says why not, and loses nothing, whichever call fails") {
  sweep(
      {"start", {put("f/a", kSmall), upload("b", kLarge), upload_half("c", kLarge)}, {reopen(), upload("c", kLarge)}});
}

TEST_CASE("faults: a start that could not read the catalog does not remember what it did not read") {
  const Scenario scenario{"start that can't read", {put("f/a", kSmall)}, {reopen(), put("g/b", kOther)}};
  sweep(scenario, {"ETIMEDOUT once", ETIMEDOUT, 1, false, false}, 1);
}

TEST_CASE("faults: reading gives the right bytes or an error, and condemns nothing, whichever call fails") {
  sweep({"reading", {put("a", kSmall), upload("b", kLarge)}, {read("a", kSmall), read("b", kLarge), put("c", kSmall)}});
}

TEST_CASE("faults: a backup is the one before or the new one, whichever call fails") {
  sweep({"backup", {put("f/a", kSmall), upload("b", kLarge), back_up()}, {put("c", kOther), back_up()}});
}

TEST_CASE("faults: a first backup is whole or none, whichever call fails") {
  sweep({"first backup", {put("f/a", kSmall), upload("b", kLarge)}, {back_up()}});
}

TEST_CASE("faults: a repair mends what it can and loses nothing, whichever call fails") {
  sweep({"repair",
         {put("one", kSmall), share("ann", "hers", kSmall), put("f/two", kOther), upload("b", kLarge), rot("one"),
          misplace("f/two")},
         {repair("one", kSmall)}});
}

TEST_CASE("faults: a file of copied ranges is stored whole or not at all, whichever call fails") {
  sweep({"copied ranges", {upload("b", kLarge)}, {upload_of_parts("b", kLarge, kSmall)}});
}

TEST_CASE("faults: users, invites and devices come and go whole, whichever call fails") {
  sweep({"accounts that come", {put("a", kSmall)}, {create_user("ann"), invite("ann"), enrol("ann")}});
  sweep({"accounts that go",
         {create_user("bob"), invite("bob"), enrol("bob"), share("carl", "his", kOther)},
         {revoke("bob"), remove_user("carl"), collect()}});
}

TEST_CASE("faults: a receipt that was given is in the chain, and one that was not is no part of it") {
  sweep({"receipts",
         {put_with_receipt("a", kSmall)},
         {put_with_receipt("a", kOther), put("c", kSmall), put_with_receipt("b", kOther)}});
}

TEST_CASE("faults: an upgrade is done or can be done again, and loses nothing, whichever call fails") {
  sweep({"upgrade", {become_first_format()}, {upgrade(), put("new", kOther)}});
}

TEST_CASE("faults: a rebuild is done or can be done again, and loses no file, whichever call fails") {
  sweep({"rebuild",
         {put("one", kSmall), share("ann", "hers", kSmall), put("f/two", kOther), upload("b", kLarge),
          put("f/gone", kGone), remove("f/gone")},
         {rebuild(kGone), put("new", kOther)}});
}

TEST_CASE("faults: damaged content that is put again is whole again, whichever call fails") {
  sweep({"healing",
         {put("a", kSmall), upload("b", kLarge), rot("a"), rot("b"), find_damage()},
         {put("a", kSmall), upload("b", kLarge)}});
}

}  // namespace ndisk::faults
