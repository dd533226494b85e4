// OpenDrive: a drive on a simulated disk, with the calls of the one who uses it. Blocking; one thread at a time.
//
// Request ids are made from the step's name, so that a step that is done again repeats its requests.
#pragma once

#include <memory>

#include "storage/accounts.hpp"
#include "storage/check.hpp"
#include "tests/crash/simulated_file_layer.hpp"
#include "tests/crash/simulated_vfs.hpp"
#include "tests/crash/world.hpp"
#include "tests/storage/drive_calls.hpp"

namespace ndisk::crash {

inline constexpr char kData[] = "/data";
inline constexpr char kBackup[] = "/backup";

// How the server is set up.
struct Settings {
  std::string data = kData;
  bool tree = true;
  bool reliable_syncfs = true;
  bool has_damage = false;  // content that can't be read is shown as such, and is no error
  std::uint64_t checkpoint_bytes = 32 << 20;
  int log_pages = 4096;  // the catalog's log is moved into it when it has so many
  storage::Retention retention;
  // Of users: who of them may log in is looked at, too, and what invites and uploads there are.
  std::vector<std::string> devices;
};

// Bytes of an upload that are not sent: an older version has them.
struct CopiedRange {
  std::size_t at = 0;
  std::size_t size = 0;
  std::size_t from = 0;  // where they stand in that version
};

// What is uploaded, and how.
struct Upload {
  std::string path;
  Bytes content;
  std::size_t until = 0;  // the session ends after so many bytes; it commits if these are all
  std::size_t piece = 0;  // so many at a time
  std::vector<CopiedRange> copied;
  Digest base{};       // content of the version of the same path that `copied` is in
  std::string device;  // by which it is done; empty: the owner's own
};

// The server said that so much of an upload would survive a crash, when so many operations were recorded.
struct Promise {
  std::string path;
  std::uint64_t bytes = 0;
  std::size_t at = 0;
};

// An invite was given when so many operations were recorded.
struct GivenInvite {
  storage::InviteToken token{};
  std::size_t at = 0;
};

// What was learnt while the scenario was recorded, and is needed to do a step again.
struct Notes {
  std::map<std::string, std::uint64_t> trash_ids;  // by step
  std::vector<Promise> promises;
  std::map<std::string, GivenInvite> invites;  // by the device that they are for
};

class OpenDrive {
 public:
  [[nodiscard]] static Result<std::unique_ptr<OpenDrive>> open(SimulatedDisk& disk, const Settings& settings);

  [[nodiscard]] storage::Drive& drive() { return *drive_; }
  [[nodiscard]] const storage::Actor& actor() const { return actor_; }
  [[nodiscard]] Notes& notes() { return notes_; }

  [[nodiscard]] static storage::RequestId request_id(const std::string& step);
  [[nodiscard]] static storage::SmallFile small(const std::string& step, const std::string& path, Bytes content);
  [[nodiscard]] static storage::PublicKey key_of(const std::string& device);
  // Sends what is missing. kIntegrity if the server has forgotten bytes that it had said were safe.
  [[nodiscard]] Result<void> upload(const std::string& step, const Upload& upload);
  // Of all of it, to kBackup; what is missing there by hard links, or by copies.
  [[nodiscard]] Result<void> back_up(bool copies);
  // The id of what was removed last from this path; the same one when the step is done again.
  [[nodiscard]] Result<std::uint64_t> trash_id(const std::string& step, const std::string& path);

  // What `fsck --read-data` says: kIntegrity with its findings if there is damage. With `mend_tree` a tree that differs
  // from the catalog is made right, and is no damage then.
  [[nodiscard]] Result<void> check(bool mend_tree);
  // `fsck --read-data --repair`, from the beginning; kIntegrity with its findings if anything is left that it can't
  // mend.
  [[nodiscard]] Result<void> repair();
  // An invite for a device of this user; the same one when that is done again.
  [[nodiscard]] Result<storage::InviteToken> invite(const std::string& user, const std::string& device);
  // A device of this user, which is made, too.
  [[nodiscard]] Result<storage::Actor> enrol(const std::string& user);
  // Everything that the drive shows: each file read and checked, its versions too, folders, the trash, receipts and
  // users.
  [[nodiscard]] Result<World> look();

 private:
  OpenDrive(SimulatedDisk& disk, const Settings& settings);
  Result<storage::CheckReport> run_check(const storage::CheckRequest& request, std::string& findings);
  Result<std::unique_ptr<storage::FileReader>> open_base(const storage::Actor& actor, const Upload& upload);
  Result<void> look_at_files(World& world);
  Result<std::string> content_of(const storage::OpenTarget& target);
  Result<std::string> versions_of(const std::string& path);
  Result<void> look_at_trash(World& world);
  Result<void> look_at_receipts(World& world);

  [[nodiscard]] std::uint64_t promised(const std::string& path) const;

  SimulatedDisk& disk_;
  const Settings settings_;
  SimulatedFileLayer files_;
  SimulatedVfs vfs_;
  storage::HandClock clock_;
  std::unique_ptr<storage::Drive> drive_;
  storage::Actor actor_;
  Notes notes_;
};

}  // namespace ndisk::crash
