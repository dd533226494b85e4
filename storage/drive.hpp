// Drive: every use case of the storage, for every front end.
//
// All rules about files, names, versions, request ids and space live here and below; front ends translate. Behind it
// stand the object store (content), the catalog (names, versions; SQLite) and the staging area (uploads).
//
// Threads: every function may be called from any thread and may block on disk; never call one on an I/O thread.
// Functions with a Completion do their blocking part on the caller's thread and finish on the catalog writer's
// thread, where many callers' changes become durable as one group; a Completion is called exactly once, must not
// block, and may run before the function returns. "Committed" means: data on stable storage, name on stable storage,
// catalog committed, in that order.
//
// Lifetime: close() (or the destructor) waits for everything under way.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/bytes.hpp"
#include "common/error.hpp"
#include "common/receipt.hpp"
#include "storage/check.hpp"
#include "storage/entries.hpp"
#include "storage/history.hpp"

namespace ndisk::storage {

class Accounts;
class FileLayer;

using RequestId = std::array<std::uint8_t, 16>;
using UploadId = std::array<std::uint8_t, 16>;
using DeviceId = std::array<std::uint8_t, 16>;

template <class T>
using Completion = std::move_only_function<void(Result<T>)>;

// On whose behalf. Each device belongs to one user.
struct Actor {
  std::int64_t user = 0;
  DeviceId device{};
};

struct Precondition {
  bool must_not_exist = false;
  std::optional<std::uint64_t> if_version;
};

struct Committed {
  std::uint64_t version = 0;
  std::uint64_t size = 0;
  Digest sha256{};
  std::uint64_t change = 0;
  bool unchanged = false;          // the current version already had this content, mtime and mode: no new one was made
  bool instant = false;            // the content was held already: nothing was transferred
  std::optional<Receipt> receipt;  // if it was asked for
  // Content that was found damaged came again. The file's own version has it; collect() gives it to the others.
  bool healed = false;
};

struct SmallFile {
  RequestId request_id{};
  RemotePath path;
  Attributes attributes;
  Digest sha256{};
  Bytes content;
  Precondition precondition;
  Kind kind = Kind::kFile;  // or kLink: the content is the target
  bool receipt = false;
};

struct UploadOffer {
  RequestId request_id{};
  RemotePath path;
  Attributes attributes;
  std::optional<std::uint64_t> size;
  std::optional<Digest> sha256;
  Precondition precondition;
  bool start_over = false;
  bool receipt = false;
};

// One session's hold on one upload. Destroying it checkpoints what came in and gives the hold up; the upload stays
// for a later offer. Functions block; one thread at a time.
class UploadWriter {
 public:
  virtual ~UploadWriter() = default;
  [[nodiscard]] virtual const UploadId& id() const = 0;
  // The contiguous bytes held, and their digest.
  [[nodiscard]] virtual std::uint64_t received() const = 0;
  [[nodiscard]] virtual Digest sha256_so_far() const = 0;
  // Of those, the bytes that survive a crash.
  [[nodiscard]] virtual std::uint64_t durable() const = 0;
  // Appends at received(). kInvalid if offset is another or the offered size would be passed; kConflict (not
  // retryable) once a newer session has taken the upload over; kNoSpace and kIo from the disk: what was received
  // before stays resumable. Checkpoints by itself so that received() - durable() stays below 48 MiB (8 MiB when the
  // offer named no size), waiting for the disk when it must.
  [[nodiscard]] virtual Result<void> append(std::uint64_t offset, ByteView bytes) = 0;
};

struct OfferAnswer {
  // Exactly one of the two: committed at once (instant upload, or this request's answer given again), or a writer whose
  // received() is where to go on.
  std::optional<Committed> committed;
  std::unique_ptr<UploadWriter> writer;
  bool same_size_held = false;         // content that may be the offered one: an offer with the digest tells
  std::vector<Digest> held_samples{};  // of all such content (content_sample), or none if there is much of it
};

// An open version, held against the collector while this lives. Thread-safe.
class FileReader {
 public:
  virtual ~FileReader() = default;
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  [[nodiscard]] virtual const Digest& sha256() const = 0;
  [[nodiscard]] virtual const Attributes& attributes() const = 0;
  [[nodiscard]] virtual std::uint64_t version() const = 0;
  // Whose content is read: for Drive::mark_damaged().
  [[nodiscard]] virtual std::int64_t object() const = 0;
  [[nodiscard]] virtual Kind kind() const = 0;
  // Whether it stood at its path when it was opened.
  [[nodiscard]] virtual bool is_current() const = 0;
  // What is read from now on comes from the disk, as far as the system allows, not from memory.
  virtual void forget_cached() const = 0;
  // Fills `out` from `offset`; fewer bytes only at the end. kIntegrity if the object is shorter than it must be.
  [[nodiscard]] virtual Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> out) const = 0;
};

struct OpenTarget {
  RemotePath path;
  std::optional<std::uint64_t> version;  // with a path too, it must be one of that file's
};

struct FolderRequest {
  RequestId request_id{};
  RemotePath path;
  std::optional<Attributes> attributes;  // if set, the folder gets them, an existing one too
  bool must_not_exist = false;
};

// What stands at `to` decides: into a folder below it, by the name that it has; over a file; or to that very name.
struct MoveRequest {
  RequestId request_id{};
  RemotePath from;
  RemotePath to;
  bool exact = false;       // `to` is the name itself, even if a folder stands there
  bool no_clobber = false;  // kConflict rather than replace
};

struct CopyRequest : MoveRequest {
  bool recursive = false;                // a folder is copied only with this
  std::optional<std::uint64_t> version;  // of the file `from`; absent: the current one
};

// Where something is now.
struct Placed {
  std::uint64_t change = 0;
  std::string path;
};

struct EmptyTrashRequest {
  RequestId request_id{};
  std::vector<std::uint64_t> ids;  // none: all of it
  std::optional<TimeNs> removed_before;
};

struct Emptied {
  std::uint64_t change = 0;
  std::uint64_t count = 0;
};

// What the catalog remembers of one of a user's receipts.
struct ReceiptState {
  std::optional<Digest> sha256;  // of its text; nothing: there is none of that number
  std::uint64_t last = 0;        // number of the newest
  std::uint64_t change = 0;      // the drive's change number now
};

struct UploadSummary {
  UploadId id{};
  std::string path;
  std::optional<std::uint64_t> size;
  std::uint64_t durable = 0;
  TimeNs started = 0;
  TimeNs touched = 0;
  std::string device_name;
  bool active = false;
};

struct StorageStatus {
  std::uint64_t users = 0;
  std::uint64_t devices = 0;
  std::uint64_t files = 0;         // current files of all users
  std::uint64_t bytes = 0;         // their sizes added
  std::uint64_t stored_bytes = 0;  // of objects
  std::uint64_t free_bytes = 0;    // of the file system that holds DATA
  std::uint64_t uploads = 0;       // under way or waiting to be resumed
  std::uint64_t damaged_objects = 0;
  std::uint64_t damaged_versions = 0;  // that refer to them
  std::uint64_t scrub_read_bytes = 0;  // of the round under way, as far as is on record
  std::uint64_t scrub_total_bytes = 0;
  std::optional<TimeNs> scrub_started;  // the round under way
  std::optional<TimeNs> scrub_ended;    // the last one that came to its end
};

struct CollectReport {
  std::uint64_t expired_uploads = 0;
  std::uint64_t objects = 0;   // unreferenced objects freed
  std::uint64_t litter = 0;    // files that no row knows, removed
  std::uint64_t versions = 0;  // that no promise of retention covers any more
  std::uint64_t trash = 0;     // items of the trash that were kept long enough
  std::uint64_t nodes = 0;     // files and folders of emptied trash and of removed users
  std::uint64_t damaged = 0;   // objects that are damaged, and that versions still refer to
  // That were taken for healthy until they were to heal others; those that could be healed themselves are not in
  // `damaged`.
  std::uint64_t newly_damaged = 0;
  bool held_up = false;  // by a backup: a later run frees what nothing refers to
};

struct DriveOptions {
  std::string data_directory;
  // For work on a drive that no server serves at the moment: it must exist (kNotFound), its tree is kept if the last
  // server kept one, whoever may read that, and nothing is done that the settings of a server decide (retention).
  bool maintenance = false;
  bool tree = true;        // keep DATA/tree
  std::string tree_group;  // the group, or its number, that may read DATA/tree; empty: only the server's own
  TimeNs upload_lifetime = 14 * 24 * 3600 * kSecondNs;
  std::uint64_t checkpoint_bytes = 32 << 20;         // record durable progress this often
  std::uint64_t unsized_checkpoint_bytes = 4 << 20;  // the same for uploads of unknown size
  // Small files that are open, as they are not durable yet; more wait. Each takes a descriptor.
  std::size_t small_files_at_once = 512;
  Retention retention;
  // Told of each SQL statement when a connection prepares it, from any thread: for tests that look at query plans.
  std::function<void(const std::string&)> on_statement;
  // The SQLite file system that the catalog lives on; empty: SQLite's own. Tests put one there that breaks.
  std::string sqlite_vfs;
  // The catalog's log is moved into it whenever it has so many pages (of 4 KiB): for tests that want that soon.
  int catalog_log_pages = 4096;
};

class Drive {
 public:
  // Opens or makes a data directory with its parents (0711, everything in it private but tree/), takes its lock,
  // migrates the catalog, recovers from a crash, starts the writer and the tree's mirror. kConflict: another server has
  // it open. kUnsupportedVersion: made by a newer version; nothing was changed. kIntegrity: its catalog is lost or
  // damaged. `files` and `clock` must outlive the drive.
  [[nodiscard]] static Result<std::unique_ptr<Drive>> open(DriveOptions options, FileLayer& files, const Clock& clock);
  virtual ~Drive() = default;

  // Users, devices and invites.
  [[nodiscard]] virtual Accounts& accounts() = 0;

  // The content is verified, written and committed, with its parents made as needed. A request id that was answered
  // before gets the same answer again. kIntegrity: content and digest differ. kIsFolder: the path is a folder.
  // kNotFolder: one of its parents is a file. kConflict: the precondition does not hold (both versions named).
  virtual void put_small(const Actor& actor, SmallFile file, Completion<Committed> done) = 0;

  // See docs/protocol.md, "Upload". An upload is found again by device, path, size and mtime; a hold that another
  // session still has on it is fenced off. kNoSpace at once if the disk or the user's quota has no room for what is
  // missing of a known size; the message names quota, use and need. kNotAllowed: the user was removed.
  virtual void offer(const Actor& actor, UploadOffer offer, Completion<OfferAnswer> done) = 0;
  // Ends the upload: everything received, and its digest, must be what the client says (kIntegrity else: the staged
  // bytes are dropped, nothing becomes visible). The writer is used up.
  virtual void commit(std::unique_ptr<UploadWriter> writer, std::uint64_t size, const Digest& sha256,
                      Completion<Committed> done) = 0;
  // The client gave the upload up (Cancel): nothing of it stays.
  virtual Result<void> abandon(std::unique_ptr<UploadWriter> writer) = 0;

  // kIsFolder for a folder; kNotFound also for a version that is not one of the path's; kIntegrity if the object on
  // disk is not what the catalog recorded (it is quarantined).
  [[nodiscard]] virtual Result<std::unique_ptr<FileReader>> open_file(const Actor& actor, const OpenTarget& target) = 0;
  // All of it was read, and is not what was recorded: it is quarantined, as a check does. Waits for the writer.
  virtual Result<void> mark_damaged(const FileReader& file) = 0;
  // Reading it failed with kIo: the same content takes its place when it comes again. Waits for the writer.
  virtual Result<void> mark_unreadable(const FileReader& file) = 0;
  // With a filter a page may be empty and not the last.
  [[nodiscard]] virtual Result<ListPage> list(const Actor& actor, const ListRequest& request) = 0;
  [[nodiscard]] virtual Result<Status> stat(const Actor& actor, const RemotePath& path) = 0;

  // Moves a file, or with `recursive` a folder and all in it, to the trash. The result is the drive's change number.
  virtual void remove(const Actor& actor, const RequestId& request_id, const RemotePath& path, bool recursive,
                      Completion<std::uint64_t> done) = 0;
  virtual void make_folder(const Actor& actor, FolderRequest request, Completion<std::uint64_t> done) = 0;
  // One change, whatever is below. A file that is replaced goes to the trash with its history. kInvalid: a folder into
  // itself, onto itself, the drive itself. kNotFolder: a folder over a file, or a part of the way is a file. kIsFolder:
  // a file over a folder. kConflict: a folder over one that is not empty; something is there and no_clobber.
  virtual void move(const Actor& actor, MoveRequest request, Completion<Placed> done) = 0;
  // No content is copied. A file that is replaced gets a new version; folders are merged. All of it is one change.
  // Errors as those of move; kIsFolder: a folder without `recursive`; kInvalid: one that holds more than
  // kMaxCopiedEntries (common/copy_limit.hpp). kBusy, retryable: too many large ones of this user wait, or it has grown
  // while this one did.
  virtual void copy(const Actor& actor, CopyRequest request, Completion<Placed> done) = 0;

  // The file's versions, newest first, below the number `before` (0: from the newest).
  [[nodiscard]] virtual Result<std::vector<VersionSummary>> versions(const Actor& actor, const RemotePath& path,
                                                                     std::uint64_t before, std::size_t limit) = 0;
  // Makes an earlier version the current one again, as a new version; absent: the one before the current, or, where
  // nothing stands, the newest of that path in the trash. kNotFound: there is none, or it is not one of that file's.
  virtual void restore(const Actor& actor, const RequestId& request_id, const RemotePath& path,
                       std::optional<std::uint64_t> version, Completion<Placed> done) = 0;
  // Newest first, below the id `before` (0: from the newest).
  [[nodiscard]] virtual Result<std::vector<TrashItem>> trash(const Actor& actor, std::uint64_t before,
                                                             std::size_t limit) = 0;
  // Back to where it was, or to `to`, with its history and with parents made as needed. Where something stands there by
  // now, both are kept: what comes back is named "NAME (restored).EXT", or "(restored 2)" and so on.
  virtual void restore_trash(const Actor& actor, const RequestId& request_id, std::uint64_t id,
                             const std::optional<RemotePath>& to, Completion<Placed> done) = 0;
  // For good. It is gone from the trash at once; the collector frees the space.
  virtual void empty_trash(const Actor& actor, EmptyTrashRequest request, Completion<Emptied> done) = 0;

  [[nodiscard]] virtual Result<ReceiptState> receipt_state(const Actor& actor, std::uint64_t sequence) = 0;

  // All uploads of the actor's user that are under way or wait to be resumed, oldest first.
  [[nodiscard]] virtual Result<std::vector<UploadSummary>> uploads(const Actor& actor) = 0;
  virtual Result<void> cancel_upload(const Actor& actor, const UploadId& id) = 0;

  [[nodiscard]] virtual Result<StorageStatus> status() = 0;

  // Expires abandoned uploads, old trash and versions that no promise covers, forgets removed users, and frees what
  // nothing refers to. Safe beside everything else. Ends early, with kShuttingDown, when the drive closes.
  virtual Result<CollectReport> collect() = 0;
  // The same, and files that nothing refers to are looked for again, which collect() does once after a start.
  virtual Result<CollectReport> collect_all() = 0;
  // Compares the catalog with itself and with the disk. What is found damaged is quarantined; nothing else is changed
  // unless it is asked for. kBusy: another check for this purpose is under way.
  [[nodiscard]] virtual Result<std::unique_ptr<Check>> check(const CheckRequest& request) = 0;
  // Waits until DATA/tree shows every commit so far.
  virtual Result<void> flush_tree() = 0;
  // What may take long (a collection, a step of a check, waiting for the tree, a restore that reads content anew) ends
  // soon, with kShuttingDown, SQLite's own check of a table, too; all else goes on. For who waits, before close(), for
  // those that ask for such work. Does not wait.
  virtual void end_long_work() = 0;
  // Finishes what is under way and checkpoints the catalog. Uploads that are still held are checkpointed and their
  // writers fenced off (these may be destroyed later). Later calls fail with kShuttingDown.
  virtual void close() = 0;
};

}  // namespace ndisk::storage
