// Uploads of an open drive, in pieces, from the client's bytes or from those of an older version.
#include <algorithm>

#include "tests/crash/open_drive.hpp"

namespace ndisk::crash {
namespace {

constexpr TimeNs kMtime = 1'600'000'000'123'456'790;

// What is appended next, and from where.
struct Piece {
  std::size_t size = 0;
  std::optional<std::size_t> from;  // in the older version
};

Piece next_piece(const Upload& upload, std::size_t offset) {
  auto end = std::min(offset + upload.piece, upload.until);
  for (const auto& range : upload.copied) {
    if (range.at > offset) {
      end = std::min(end, range.at);
    } else if (offset < range.at + range.size) {
      return {std::min(end, range.at + range.size) - offset, range.from + (offset - range.at)};
    }
  }
  return {end - offset, std::nullopt};
}

// As the server does with a range that a client names.
Result<void> append(storage::UploadWriter& writer, const Upload& upload, const storage::FileReader* base) {
  const auto offset = writer.received();
  const auto piece = next_piece(upload, offset);
  if (!piece.from) return writer.append(offset, ByteView(upload.content).subspan(offset, piece.size));
  Bytes block(piece.size);
  const auto count = base->read(*piece.from, block);
  if (!count) return std::unexpected(count.error());
  if (*count < block.size()) return fail(ErrorCode::kIntegrity, "the version is cut short");
  return writer.append(offset, block);
}

// By a request that was committed and whose answer was lost.
bool is_there(storage::Drive& drive, const storage::Actor& actor, const Upload& upload) {
  const auto reader = drive.open_file(actor, {storage::at(upload.path), {}});
  return reader && (*reader)->sha256() == sha256(upload.content);
}

}  // namespace

Result<void> OpenDrive::upload(const std::string& step, const Upload& upload) {
  auto actor = actor_;
  if (!upload.device.empty()) {
    const auto identity = drive_->accounts().find_device(key_of(upload.device));
    if (!identity) return std::unexpected(identity.error());
    actor = identity->actor;
  }
  storage::UploadOffer offer;
  offer.request_id = request_id(step);
  offer.path = storage::at(upload.path);
  offer.attributes = {kMtime, 0644};
  offer.size = upload.content.size();
  auto answer =
      storage::wait_for<storage::OfferAnswer>([&](auto done) { drive_->offer(actor, offer, std::move(done)); });
  if (!answer) return std::unexpected(std::move(answer.error()));
  if (answer->committed) return {};
  auto base = open_base(actor, upload);
  if (!base) return std::unexpected(std::move(base.error()));
  auto& writer = answer->writer;
  const auto safe = is_there(*drive_, actor, upload) ? 0 : promised(upload.path);
  if (writer->received() < safe) {
    return fail(ErrorCode::kIntegrity, upload.path + ": " + std::to_string(safe) +
                                           " bytes were said to be safe, and there are " +
                                           std::to_string(writer->received()));
  }
  while (writer->received() < upload.until) {
    if (auto appended = append(*writer, upload, base->get()); !appended) return appended;
    notes_.promises.push_back({upload.path, writer->durable(), disk_.recorded()});
  }
  if (upload.until < upload.content.size()) return {};
  auto committed = storage::wait_for<storage::Committed>([&](auto done) {
    drive_->commit(std::move(writer), upload.content.size(), sha256(upload.content), std::move(done));
  });
  if (!committed) return std::unexpected(std::move(committed.error()));
  return {};
}

// Null if nothing is copied.
Result<std::unique_ptr<storage::FileReader>> OpenDrive::open_base(const storage::Actor& actor, const Upload& upload) {
  if (upload.copied.empty()) return nullptr;
  auto versions = drive_->versions(actor, storage::at(upload.path), 0, 1000);
  if (!versions) return std::unexpected(std::move(versions.error()));
  const auto found = std::ranges::find(*versions, upload.base, &storage::VersionSummary::sha256);
  if (found == versions->end()) return fail(ErrorCode::kNotFound, upload.path + " has no such version");
  return drive_->open_file(actor, {.path = {}, .version = found->version});
}

std::uint64_t OpenDrive::promised(const std::string& path) const {
  std::uint64_t most = 0;
  for (const auto& promise : notes_.promises) {
    if (promise.path == path) most = std::max(most, promise.bytes);
  }
  return most;
}

}  // namespace ndisk::crash
