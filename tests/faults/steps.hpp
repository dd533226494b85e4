// Steps: what a scenario asks of a drive, one call each, and what the drive holds after it.
//
// A step keeps its request ids, so one that failed can be asked for again as a client would. No step fails a test by
// itself: the sweep (sweep.hpp) decides what its end means.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/storage/check_fixture.hpp"

namespace ndisk::faults {

// Path and content of every file; a folder's path ends in a slash and has none. What is in the trash stands below
// "trash:/", by the path that it had; other users and their devices below "user:/" and "device:/"; the numbers of
// receipts below "receipt:/". Content that is known to be damaged is kDamaged.
using Holding = std::map<std::string, std::string>;

inline const std::string kDamaged = "(damaged)";

struct World : storage::CheckFixture {
  World();
  // Opens the drive again, without a fault; where a rebuild may have left no catalog, it is done again first.
  void recover();
  // What it holds, or the error that was met.
  [[nodiscard]] Result<Holding> look();
  // The drive is closed. With `force` over the catalog that is there.
  [[nodiscard]] Result<void> rebuild_catalog(bool force);
  [[nodiscard]] static Result<Holding> look_at(storage::Drive& drive, const storage::Actor& actor, bool has_damage);

  std::map<std::string, storage::RequestId> requests;  // by step
  std::map<std::string, storage::InviteToken> tokens;  // by user
  std::map<std::string, Receipt> receipts;             // by step
  std::optional<Holding> closed;                       // what it holds while nobody has opened it yet
  std::size_t unfinished = 0;                          // uploads that stay for whoever goes on with them
  bool has_damage = false;                             // made on purpose: files may be refused as damaged
  bool has_backup = false;
  bool may_lack_catalog = false;  // a rebuild was begun
};

std::future<Result<void>> ended(Result<void> result);
std::optional<Holding> same(Holding holding);

struct Step {
  std::string name;
  // Begins it; the end comes by itself or when it is waited for.
  std::function<std::future<Result<void>>(World&)> begin;
  // What stands there after it; nothing if it could not have succeeded there.
  std::function<std::optional<Holding>(Holding)> apply;
  bool repeatable = true;  // is asked for again where it failed
  // What else must hold, once the disk is well and again in the end: there was `before`, there is `now`.
  std::function<void(World&, const Holding& before, const Holding& now, bool succeeded)> check = {};
};

using Steps = std::vector<Step>;

// The same each time that the step is asked for.
storage::RequestId request_of(World& world, const std::string& step);

Step put(const std::string& path, const std::string& content);
// As a client does it: offered, sent from where the server has it, committed. `known` is whether the size is told.
Step upload(const std::string& path, const std::string& content, bool known = true);
// Sends only the first half and goes away: no change, and it never fails for whoever comes later.
Step upload_half(const std::string& path, const std::string& content);
Step make_folder(const std::string& path);
Step remove(const std::string& path);
Step move(const std::string& from, const std::string& to);
Step copy(const std::string& from, const std::string& to);
// The version before the current one, which has this content.
Step restore(const std::string& path, const std::string& content);
Step restore_trash(const std::string& path, const std::string& content);
Step empty_trash();
Step collect();
// Closes the drive and opens it again.
Step reopen();
// Wrong bytes end the program's test; an error is fine.
Step read(const std::string& path, const std::string& content);
Step flush_tree();

// An upload of what `path` holds, `held`, with a few other bytes in its middle: the rest is copied from the drive.
Step upload_of_parts(const std::string& path, const std::string& held, const std::string& middle);
// Accounts.
Step create_user(const std::string& user);
Step invite(const std::string& user);
Step enrol(const std::string& user);  // with the token of the invite
Step revoke(const std::string& user);
Step remove_user(const std::string& user);
// The backup is what the drive was when the last one that succeeded began, or what it is.
Step back_up();
// Damage, without a fault: content that is rotten; totals that are wrong, and a name that the tree lacks.
Step rot(const std::string& path);
Step misplace(const std::string& path);
// Another user, with a device, and a file of theirs.
Step share(const std::string& user, const std::string& path, const std::string& content);
// Reads all, and mends it: `path` has this content again.
Step repair(const std::string& path, const std::string& content);
// A new catalog, from the tree and the objects; `unnamed` is content that no name leads to any more.
Step rebuild(const std::string& unnamed);
// The drive is one that the server of the first format has left, with a file of three versions and an upload that was
// interrupted; nobody has opened it since.
Step become_first_format();
// Opens it, and looks for those.
Step upgrade();
Step put_with_receipt(const std::string& path, const std::string& content);
// Each that was given is the one that the catalog has in its place, and names the one before it.
void check_receipts(World& world);

// Content that compresses and repeats nowhere, so that lost and misplaced bytes show.
std::string content(std::size_t size, std::uint32_t seed);

}  // namespace ndisk::faults
