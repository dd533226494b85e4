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
#include "common/clock.hpp"
#include "common/digest.hpp"
#include "common/error.hpp"
#include "common/remote_path.hpp"

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

struct Attributes {
  TimeNs mtime = 0;
  std::uint32_t mode = 0644;  // & 0777

  friend bool operator==(const Attributes&, const Attributes&) = default;
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
  bool unchanged = false;  // the current version already had this content, mtime and mode: no new one was made
  bool instant = false;    // the content was held already: nothing was transferred
};

struct SmallFile {
  RequestId request_id{};
  RemotePath path;
  Attributes attributes;
  Digest sha256{};
  Bytes content;
  Precondition precondition;
};

struct UploadOffer {
  RequestId request_id{};
  RemotePath path;
  Attributes attributes;
  std::optional<std::uint64_t> size;
  std::optional<Digest> sha256;
  Precondition precondition;
  bool start_over = false;
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
  bool same_size_held = false;
};

enum class Kind : std::uint8_t { kFile = 1, kFolder = 2 };

struct Entry {
  std::string path;  // relative to the listed folder; bytes
  Kind kind = Kind::kFile;
  std::uint64_t size = 0;
  Attributes attributes;
  std::uint64_t version = 0;
  Digest sha256{};
};

struct ListRequest {
  RemotePath path;
  bool recursive = false;  // folders come before what is in them
  std::string after;       // relative path of the last entry that is already known; empty: from the start
  std::size_t max_entries = 1024;
  std::size_t max_bytes = 48 * 1024;  // of paths, and 80 for each entry; a page holds one entry at least
};

struct ListPage {
  std::vector<Entry> entries;  // each folder's entries in byte order of their names
  bool is_file = false;        // the path is a file: entries holds just it, under its own name
  bool last = false;           // nothing comes after
};

// An open version, held against the collector while this lives. Thread-safe.
class FileReader {
 public:
  virtual ~FileReader() = default;
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  [[nodiscard]] virtual const Digest& sha256() const = 0;
  [[nodiscard]] virtual const Attributes& attributes() const = 0;
  [[nodiscard]] virtual std::uint64_t version() const = 0;
  // Fills `out` from `offset`; fewer bytes only at the end. kIntegrity if the object is shorter than it must be.
  [[nodiscard]] virtual Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> out) const = 0;
};

struct OpenTarget {
  RemotePath path;
  std::optional<std::uint64_t> version;  // if set, counts instead of the path
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
};

struct CollectReport {
  std::uint64_t expired_uploads = 0;
  std::uint64_t objects = 0;  // unreferenced objects freed
  std::uint64_t litter = 0;   // files that no row knows, removed
};

struct DriveOptions {
  std::string data_directory;
  bool tree = true;        // keep DATA/tree
  std::string tree_group;  // the group that may read DATA/tree; empty: only the server's own
  TimeNs upload_lifetime = 14 * 24 * 3600 * kSecondNs;
  std::uint64_t checkpoint_bytes = 32 << 20;         // record durable progress this often
  std::uint64_t unsized_checkpoint_bytes = 4 << 20;  // the same for uploads of unknown size
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
  // session still has on it is fenced off. kNoSpace at once if the disk can't hold what is missing of a known size.
  virtual void offer(const Actor& actor, UploadOffer offer, Completion<OfferAnswer> done) = 0;
  // Ends the upload: everything received, and its digest, must be what the client says (kIntegrity else: the staged
  // bytes are dropped, nothing becomes visible). The writer is used up.
  virtual void commit(std::unique_ptr<UploadWriter> writer, std::uint64_t size, const Digest& sha256,
                      Completion<Committed> done) = 0;
  // The client gave the upload up (Cancel): nothing of it stays.
  virtual Result<void> abandon(std::unique_ptr<UploadWriter> writer) = 0;

  // kIsFolder for a folder; kIntegrity if the object on disk is not what the catalog recorded (it is quarantined).
  [[nodiscard]] virtual Result<std::unique_ptr<FileReader>> open_file(const Actor& actor, const OpenTarget& target) = 0;
  [[nodiscard]] virtual Result<ListPage> list(const Actor& actor, const ListRequest& request) = 0;

  // Moves a file, or with `recursive` a folder and all in it, to the trash. The result is the drive's change number.
  virtual void remove(const Actor& actor, const RequestId& request_id, const RemotePath& path, bool recursive,
                      Completion<std::uint64_t> done) = 0;
  virtual void make_folder(const Actor& actor, const RequestId& request_id, const RemotePath& path,
                           Completion<std::uint64_t> done) = 0;

  // All uploads of the actor's user that are under way or wait to be resumed, oldest first.
  [[nodiscard]] virtual Result<std::vector<UploadSummary>> uploads(const Actor& actor) = 0;
  virtual Result<void> cancel_upload(const Actor& actor, const UploadId& id) = 0;

  [[nodiscard]] virtual Result<StorageStatus> status() = 0;

  // Expires abandoned uploads and frees what nothing refers to. Safe beside everything else. Ends early, with
  // kShuttingDown, when the drive closes.
  virtual Result<CollectReport> collect() = 0;
  // Waits until DATA/tree shows every commit so far.
  virtual Result<void> flush_tree() = 0;
  // Finishes what is under way and checkpoints the catalog. Uploads that are still held are checkpointed and their
  // writers fenced off (these may be destroyed later). Later calls fail with kShuttingDown.
  virtual void close() = 0;
};

}  // namespace ndisk::storage
