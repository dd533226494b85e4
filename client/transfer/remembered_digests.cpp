#include "client/transfer/remembered_digests.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>

#include "client/user_folder.hpp"

namespace ndisk::client {
namespace {

// 40,000 files and 3.4 MB at most, of which the file system keeps what is used.
constexpr std::uint64_t kBuckets = 20'011;
constexpr std::size_t kRecordsOfBucket = 2;

struct Record {
  FileState state;
  Digest digest{};
  std::array<std::uint8_t, 8> check{};  // of all before it: half a record is none
};
static_assert(std::has_unique_object_representations_v<Record>);
using Bucket = std::array<Record, kRecordsOfBucket>;

std::array<std::uint8_t, 8> check_of(const Record& record) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&record);
  const auto digest = sha256(ByteView(bytes, offsetof(Record, check)));
  std::array<std::uint8_t, 8> check;
  std::ranges::copy_n(digest.begin(), check.size(), check.begin());
  return check;
}

bool is_whole(const Record& record) { return record.check == check_of(record); }

off_t place_of(const FileState& state) {
  // Multiplied so that neighbouring inodes of two devices don't share all of their buckets.
  const auto mixed = (state.inode ^ (state.device << 32)) * 0x9E3779B97F4A7C15u;
  return static_cast<off_t>((mixed >> 16) % kBuckets * sizeof(Bucket));
}

bool read_bucket(int table, off_t place, Bucket& bucket) {
  return ::pread(table, bucket.data(), sizeof bucket, place) == static_cast<ssize_t>(sizeof bucket);
}

bool is_of_same_file(const Record& record, const FileState& state) {
  return record.state.device == state.device && record.state.inode == state.inode;
}

FileDescriptor open_table(const std::filesystem::path& path) {
  std::error_code ignored;  // then the file can't be opened
  std::filesystem::create_directories(path.parent_path(), ignored);
  FileDescriptor table(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
  struct stat status {};
  if (!table || ::fstat(table.get(), &status) != 0) return {};
  // What others can write could make this user believe a wrong digest.
  const bool ours = S_ISREG(status.st_mode) && status.st_uid == ::geteuid() && (status.st_mode & 022) == 0;
  return ours ? std::move(table) : FileDescriptor();
}

}  // namespace

int RememberedDigests::table() const {
  std::call_once(opened_, [this] {
    if (path_) table_ = open_table(*path_);
  });
  return table_.get();
}

std::optional<Digest> RememberedDigests::find(const FileState& state) const {
  Bucket bucket;
  if (table() < 0 || !read_bucket(table(), place_of(state), bucket)) return std::nullopt;
  for (const auto& record : bucket) {
    if (record.state == state && is_whole(record)) return record.digest;
  }
  return std::nullopt;
}

void RememberedDigests::remember(const FileState& state, const Digest& digest, TimeNs opened) const {
  const auto changed = std::max(state.mtime, state.ctime);
  if (changed > opened - kSettled || table() < 0) return;
  const auto place = place_of(state);
  Bucket bucket{};
  // Past the end there is nothing yet.
  if (!read_bucket(table(), place, bucket)) bucket = {};
  Record record{state, digest, {}};
  record.check = check_of(record);
  auto oldest = std::ranges::find_if(bucket, [&](const Record& old) { return is_of_same_file(old, state); });
  if (oldest == bucket.end()) oldest = std::prev(bucket.end());
  // The latest stands first.
  std::rotate(bucket.begin(), oldest, std::next(oldest));
  bucket.front() = record;
  // Not kept is as good as never known.
  [[maybe_unused]] const auto written = ::pwrite(table(), bucket.data(), sizeof bucket, place);
}

std::optional<std::filesystem::path> remembered_digests_path() {
  const auto cache = user_folder("XDG_CACHE_HOME", ".cache");
  if (!cache) return std::nullopt;
  return *cache / "ndisk" / "digests";
}

}  // namespace ndisk::client
