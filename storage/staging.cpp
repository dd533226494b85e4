#include "storage/staging.hpp"

#include <algorithm>
#include <cerrno>
#include <new>

namespace ndisk::storage {
namespace {

constexpr mode_t kStagedMode = 0600;

}  // namespace

Result<Fd> Staging::create(const UploadId& id) {
  auto file = files_.open(folder_, name(id), O_RDWR | O_CREAT | O_EXCL, kStagedMode);
  if (!file) return fail_disk(file.error(), "make", "a file for the upload");
  return std::move(*file);
}

Result<Fd> Staging::reopen(const UploadId& id, std::uint64_t durable) {
  const auto there = files_.status_at(folder_, name(id));
  if (there && there->type != FileType::kFile) return fail(ErrorCode::kIntegrity, "something else lies in its place");
  // A crash in the middle of a commit leaves it with the mode of an object.
  if (auto old = files_.open(folder_, name(id), O_RDONLY)) {
    if (auto set = files_.set_mode(old->get(), kStagedMode); !set) return fail_disk(set.error(), "open", "an upload");
  }
  auto file = files_.open(folder_, name(id), O_RDWR);
  if (!file && file.error().number == ENOENT) return fail(ErrorCode::kIntegrity, "the staged file is missing");
  if (!file) return fail_disk(file.error(), "open", "an upload");
  const auto status = files_.status(file->get());
  if (!status) return fail_disk(status.error(), "look at", "an upload");
  if (status->size < durable) return fail(ErrorCode::kIntegrity, "the staged file is shorter than recorded");
  if (auto cut = files_.truncate(file->get(), durable); !cut) return fail_disk(cut.error(), "trim", "an upload");
  return std::move(*file);
}

Result<void> Staging::remove(const UploadId& id) {
  // Also where an upload ends on a thread that nobody waits for: what stays goes at the next start.
  try {
    const auto removed = files_.remove_file(folder_, name(id));
    if (removed || removed.error().number == ENOENT) return {};
    return fail_disk(removed.error(), "remove", "a staged file");
  } catch (const std::bad_alloc&) {
    return std::unexpected(out_of_memory());
  }
}

Result<std::vector<UploadId>> Staging::all() {
  std::vector<UploadId> ids;
  const auto visited = files_.visit_names(folder_, [&](const std::string& file_name) {
    UploadId id;
    const auto bytes = from_hex(file_name);
    if (!bytes || bytes->size() != id.size()) return true;
    std::ranges::copy(*bytes, id.begin());
    ids.push_back(id);
    return true;
  });
  if (!visited) return fail_disk(visited.error(), "read", "the staging folder");
  return ids;
}

}  // namespace ndisk::storage
