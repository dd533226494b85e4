#include "storage/check_uploads.hpp"

#include <cerrno>

namespace ndisk::storage {
namespace {

constexpr std::size_t kBatch = 64;

}  // namespace

Result<bool> UploadsCheck::step(CheckOutcome& outcome) {
  if (!begun_) {
    auto ids = parts_.catalog.read(
        [](Database& database) -> Result<std::vector<UploadId>> { return UploadTable(database).all_ids(); });
    if (!ids) return std::unexpected(std::move(ids.error()));
    ids_ = std::move(*ids);
    begun_ = true;
  }
  const auto end = std::min(ids_.size(), next_ + kBatch);
  for (; next_ < end; ++next_) {
    if (auto looked = check(ids_[next_], outcome); !looked) return std::unexpected(std::move(looked.error()));
  }
  return next_ < ids_.size();
}

Result<std::optional<UploadsCheck::Short>> UploadsCheck::look_at(const UploadId& id) {
  auto known = parts_.catalog.read([&](Database& database) -> Result<std::optional<Short>> {
    const auto row = UploadTable(database).find(id);
    if (!row) return std::nullopt;
    const auto user = UserTable(database).find(row->user);
    return Short{row->user, row->durable, {}, user ? user->name : std::string(), row->key.path};
  });
  if (!known || !*known) return known;
  const auto status = parts_.files.status_at(parts_.staging.folder(), Staging::name(id));
  if (!status && status.error().number != ENOENT) return fail_disk(status.error(), "look at", "a staged file");
  const bool is_file = status && status->type == FileType::kFile;
  if (is_file && status->size >= (*known)->durable) return std::nullopt;
  (*known)->cause = is_file ? "the staged file of this upload is shorter than what was recorded"
                            : "the staged file of this upload is missing";
  return known;
}

// An upload that ends loses its file first and its row soon after. What is not ending now has lost its row by now, or
// had lost its file for another reason.
Result<void> UploadsCheck::check(const UploadId& id, CheckOutcome& outcome) {
  auto seen = look_at(id);
  if (!seen) return std::unexpected(std::move(seen.error()));
  if (!*seen) return {};
  if (parts_.uploads.is_ending(id)) return {};
  seen = look_at(id);
  if (!seen) return std::unexpected(std::move(seen.error()));
  if (!*seen) return {};
  Finding finding{.kind = FindingKind::kUpload,
                  .user = (*seen)->user,
                  .path = (*seen)->path,
                  .cause = (*seen)->cause,
                  .advice = "nothing: put it again, it starts over"};
  if (repair_) {
    auto cancelled = parts_.uploads.cancel((*seen)->user_id, id);
    if (!cancelled && cancelled.error().code != ErrorCode::kNotFound) return cancelled;
    finding.mended = true;
    ++outcome.report.mended;
  }
  ++outcome.report.damage;
  outcome.found.push_back(std::move(finding));
  return {};
}

}  // namespace ndisk::storage
