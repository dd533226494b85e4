#include "tests/crash/simulated_vfs.hpp"

#include <fcntl.h>
#include <sqlite3.h>

#include <atomic>
#include <cstring>
#include <new>

#include "tests/crash/database_locks.hpp"

namespace ndisk::crash {
namespace {

constexpr mode_t kFileMode = 0600;  // which "unix" takes from the database
constexpr int kSectorBytes = 4096;
constexpr int kMaxPath = 512;

struct Shared {
  SimulatedDisk& disk;
  std::mutex mutex;
  std::map<InodeId, DatabaseLocks> locks;
};

struct OpenFile {
  sqlite3_file base;  // first, as SQLite wants it
  Shared* shared;
  InodeId inode;
  InodeId folder_to_sync;  // with the first sync of what was made here; 0: none
};

OpenFile& file_of(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/') + 1); }

int close_file(sqlite3_file* file) {
  auto& mine = file_of(file);
  const std::scoped_lock lock(mine.shared->mutex);
  if (const auto found = mine.shared->locks.find(mine.inode); found != mine.shared->locks.end()) {
    found->second.unlock(file, SQLITE_LOCK_NONE);
  }
  return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* out, int count, sqlite3_int64 offset) {
  auto& mine = file_of(file);
  const std::span<std::uint8_t> wanted(static_cast<std::uint8_t*>(out), static_cast<std::size_t>(count));
  const auto got = mine.shared->disk.read(mine.inode, wanted, static_cast<std::uint64_t>(offset));
  if (!got) return SQLITE_IOERR_READ;
  if (*got == wanted.size()) return SQLITE_OK;
  std::memset(wanted.data() + *got, 0, wanted.size() - *got);
  return SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
  auto& mine = file_of(file);
  const ByteView content(static_cast<const std::uint8_t*>(bytes), static_cast<std::size_t>(count));
  const auto done = mine.shared->disk.write(mine.inode, content, static_cast<std::uint64_t>(offset));
  return done ? SQLITE_OK : SQLITE_IOERR_WRITE;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  auto& mine = file_of(file);
  const auto done = mine.shared->disk.truncate(mine.inode, static_cast<std::uint64_t>(size));
  return done ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

int sync_file(sqlite3_file* file, int) {
  auto& mine = file_of(file);
  if (!mine.shared->disk.sync_data(mine.inode)) return SQLITE_IOERR_FSYNC;
  const auto folder = std::exchange(mine.folder_to_sync, 0);
  if (folder != 0 && !mine.shared->disk.sync(folder)) return SQLITE_IOERR_DIR_FSYNC;
  return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  auto& mine = file_of(file);
  const auto status = mine.shared->disk.status(mine.inode);
  if (!status) return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>(status->size);
  return SQLITE_OK;
}

// Calls with the locks of the file's database, and nobody else at them.
template <class Use>
auto with_locks(sqlite3_file* file, Use use) {
  auto& mine = file_of(file);
  const std::scoped_lock lock(mine.shared->mutex);
  return use(mine.shared->locks[mine.inode]);
}

int lock_file(sqlite3_file* file, int level) {
  return with_locks(file, [&](DatabaseLocks& locks) { return locks.lock(file, level); });
}

int unlock_file(sqlite3_file* file, int level) {
  with_locks(file, [&](DatabaseLocks& locks) { locks.unlock(file, level); });
  return SQLITE_OK;
}

int check_reserved(sqlite3_file* file, int* out) {
  *out = with_locks(file, [&](DatabaseLocks& locks) { return locks.is_reserved() ? 1 : 0; });
  return SQLITE_OK;
}

int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }

int sector_size(sqlite3_file*) { return kSectorBytes; }

// As "unix" says by default.
int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

int map_memory(sqlite3_file* file, int piece, int bytes, int make, void volatile** out) {
  *out = with_locks(file, [&](DatabaseLocks& locks) {
    locks.enter_shared_memory(file);
    return locks.map(static_cast<std::size_t>(piece), static_cast<std::size_t>(bytes), make != 0);
  });
  return SQLITE_OK;
}

int lock_memory(sqlite3_file* file, int first, int count, int flags) {
  return with_locks(file, [&](DatabaseLocks& locks) { return locks.lock_shared_memory(file, first, count, flags); });
}

void memory_barrier(sqlite3_file* file) {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  with_locks(file, [](DatabaseLocks&) {});
}

int unmap_memory(sqlite3_file* file, int) {
  with_locks(file, [&](DatabaseLocks& locks) { locks.leave_shared_memory(file); });
  return SQLITE_OK;
}

constexpr sqlite3_io_methods kMethods = {
    2,           close_file,     read_file,      write_file, truncate_file, sync_file,       file_size,
    lock_file,   unlock_file,    check_reserved, control,    sector_size,   characteristics, map_memory,
    lock_memory, memory_barrier, unmap_memory,   nullptr,    nullptr};

Shared& shared_of(sqlite3_vfs* vfs) { return *static_cast<Shared*>(vfs->pAppData); }

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  if (name == nullptr) return SQLITE_CANTOPEN;  // temporary files are kept in memory
  auto& shared = shared_of(vfs);
  const bool was_there = shared.disk.find(kRootFolder, name).has_value();
  const auto inode =
      shared.disk.open(kRootFolder, name, (flags & SQLITE_OPEN_CREATE) != 0 ? O_RDWR | O_CREAT : O_RDWR, kFileMode);
  if (!inode) return SQLITE_CANTOPEN;
  const bool is_log = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL)) != 0;
  InodeId folder = 0;
  if (!was_there && is_log) folder = shared.disk.find(kRootFolder, folder_of(name)).value_or(0);
  new (file) OpenFile{{&kMethods}, &shared, *inode, folder};
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  auto& disk = shared_of(vfs).disk;
  if (const auto removed = disk.remove_file(kRootFolder, name); !removed) {
    return removed.error() == ENOENT ? SQLITE_IOERR_DELETE_NOENT : SQLITE_IOERR_DELETE;
  }
  if (sync_folder == 0) return SQLITE_OK;
  const auto folder = disk.find(kRootFolder, folder_of(name));
  return folder && disk.sync(*folder) ? SQLITE_OK : SQLITE_IOERR_DIR_FSYNC;
}

// To "unix" an empty file does not exist.
int access_file(sqlite3_vfs* vfs, const char* name, int flags, int* out) {
  auto& disk = shared_of(vfs).disk;
  const auto inode = disk.find(kRootFolder, name);
  const auto status = inode ? disk.status(*inode) : std::unexpected(inode.error());
  *out = status && (flags != SQLITE_ACCESS_EXISTS || status->size > 0) ? 1 : 0;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int room, char* out) {
  if (static_cast<int>(std::strlen(name)) >= room) return SQLITE_CANTOPEN;
  std::strcpy(out, name);
  return SQLITE_OK;
}

}  // namespace

struct SimulatedVfs::Registered {
  Shared shared;
  sqlite3_vfs vfs;
};

SimulatedVfs::SimulatedVfs(SimulatedDisk& disk)
    : name_("simulated-" + std::to_string(reinterpret_cast<std::uintptr_t>(&disk))) {
  // Sleeping, clocks and random numbers are the machine's.
  registered_.reset(new Registered{{disk, {}, {}}, *sqlite3_vfs_find(nullptr)});
  auto& vfs = registered_->vfs;
  vfs.szOsFile = sizeof(OpenFile);
  vfs.mxPathname = kMaxPath;
  vfs.pNext = nullptr;
  vfs.zName = name_.c_str();
  vfs.pAppData = &registered_->shared;
  vfs.xOpen = open_file;
  vfs.xDelete = delete_file;
  vfs.xAccess = access_file;
  vfs.xFullPathname = full_path;
  sqlite3_vfs_register(&vfs, 0);
}

SimulatedVfs::~SimulatedVfs() { sqlite3_vfs_unregister(&registered_->vfs); }

}  // namespace ndisk::crash
