#include "storage/check_objects.hpp"

#include "storage/check_place.hpp"
#include "storage/log.hpp"
#include "storage/quarantine.hpp"

namespace ndisk::storage {
namespace {

constexpr int kBatch = 256;
constexpr std::size_t kReadBytes = 256 * 1024;
constexpr std::uint64_t kStepBytes = 4 << 20;
constexpr std::uint64_t kKeepEvery = 256 << 20;

constexpr char kMissing[] = "the content is missing on the server's disk";

}  // namespace

ObjectsCheck::ObjectsCheck(const CheckedParts& parts, const CheckRequest& request)
    : parts_(parts), request_(request), damage_(parts, request.repair) {}

ObjectsCheck::~ObjectsCheck() {
  if (!begun_ || ended_ || parts_.closing) return;
  if (auto kept = keep_place(); !kept) log_warning("the check will be repeated: " + kept.error().message);
}

CheckProgress ObjectsCheck::progress() const {
  return {request_.read_data ? "reading" : "objects", passed_bytes_ + (reading_ ? reading_->offset : 0), total_bytes_};
}

Result<bool> ObjectsCheck::step(CheckOutcome& outcome) {
  if (!begun_) {
    if (auto begun = begin(outcome.report); !begun) return std::unexpected(begun.error());
  }
  if (reading_) {
    auto read = read_on(outcome);
    if (!read) return std::unexpected(std::move(read.error()));
    return true;
  }
  if (auto told = damage_.tell_some(outcome); !told || *told) return told;
  if (damage_.is_due()) return name_damage();
  if (batch_.empty()) {
    const auto more = fetch();
    if (!more) return more;
    if (!*more && !damage_.is_empty()) return name_damage();
    if (!*more) {
      ended_ = true;
      const auto forgot = request_.read_data ? note_end(parts_.queue, request_.purpose) : Result<void>();
      if (!forgot) return std::unexpected(forgot.error());
      return false;
    }
  }
  while (!batch_.empty() && !reading_) {
    const auto row = batch_.front();
    if (auto looked = look_at(row, outcome); !looked) return std::unexpected(std::move(looked.error()));
    batch_.pop_front();
    if (reading_) break;
    if (auto passed = pass(row); !passed) return std::unexpected(std::move(passed.error()));
  }
  return true;
}

Result<bool> ObjectsCheck::name_damage() {
  if (auto named = damage_.name(); !named) return std::unexpected(std::move(named.error()));
  return true;
}

Result<void> ObjectsCheck::pass(const ObjectRow& row) {
  after_ = row.id;
  passed_bytes_ += row.size;
  reading_.reset();
  if (passed_bytes_ - kept_at_ < kKeepEvery) return {};
  return keep_place();
}

Result<void> ObjectsCheck::begin(CheckReport& report) {
  CheckPlace place;
  if (auto noted = note_begin(parts_.queue, request_.purpose); !noted) return noted;
  if (request_.read_data) {
    auto kept = request_.restart ? Result<CheckPlace>() : load_place(parts_.catalog, request_.purpose);
    if (!kept) return std::unexpected(std::move(kept.error()));
    place = *kept;
  }
  read_up_to_ = place.next;
  read_before_ = place.bytes;
  report.skipped_bytes = place.bytes;
  const auto total = parts_.catalog.read([](Database& database) -> Result<std::uint64_t> {
    auto query = database.query("SELECT sum(stored) FROM users");
    return query.step() ? query.number(0) : 0;
  });
  if (!total) return std::unexpected(total.error());
  total_bytes_ = *total;
  begun_ = true;
  return {};
}

Result<bool> ObjectsCheck::fetch() {
  auto rows = parts_.catalog.read([this](Database& database) -> Result<std::vector<ObjectRow>> {
    return ObjectTable(database).after(after_, kBatch);
  });
  if (!rows) return std::unexpected(std::move(rows.error()));
  batch_.assign(rows->begin(), rows->end());
  return !batch_.empty();
}

Result<void> ObjectsCheck::look_at(const ObjectRow& row, CheckOutcome& outcome) {
  if (row.state == ObjectState::kDying) return {};
  // What is damaged and not needed any more is the collector's.
  if (is_damaged(row.state) && row.refs == 0) return {};
  ++outcome.report.objects;
  const auto look = parts_.objects.look(row);
  if (!look) return note_unread(row, look.error());
  switch (look->seen) {
    case ObjectStore::Seen::kMissing: return note_damage(row, kMissing);
    case ObjectStore::Seen::kChanged: return note_damage(row, "the content on the server's disk has another size");
    case ObjectStore::Seen::kTouched:
    case ObjectStore::Seen::kSame: break;
  }
  if (auto noted = note_mode(row, look->mode, outcome); !noted) return noted;
  // What could not be read before may be read by now: that is always tried.
  if (row.state == ObjectState::kUnreadable) return start_reading(row, *look);
  const bool is_healthy = row.state == ObjectState::kHealthy;
  const bool unread = request_.read_data && row.id > read_up_to_;
  const bool doubtful = look->seen == ObjectStore::Seen::kTouched;
  if (is_healthy ? unread || doubtful : unread || request_.repair) {
    return start_reading(row, *look);
  }
  if (is_healthy) return {};
  return note_damage(row, "the content on the server's disk was found changed before");
}

Result<void> ObjectsCheck::note_mode(const ObjectRow& row, std::uint32_t mode, CheckOutcome& outcome) {
  if (mode == ObjectStore::kMode) return {};
  Finding finding{.kind = FindingKind::kObject,
                  .path = ObjectStore::shown_path(row.id, row.sha256),
                  .cause = "the file's mode is not 0444",
                  .advice = "--repair sets it",
                  .damage = false};
  if (request_.repair) {
    const auto file = parts_.objects.open_raw(row);
    finding.mended = file && parts_.files.set_mode(file->get(), ObjectStore::kMode).has_value();
  }
  outcome.found.push_back(std::move(finding));
  return {};
}

Result<void> ObjectsCheck::start_reading(const ObjectRow& row, const ObjectStore::Look& look) {
  buffer_.resize(kReadBytes);
  auto file = parts_.objects.open_raw(row);
  // Gone since the look, perhaps by the collector.
  if (!file && file.error().code == ErrorCode::kIntegrity) return note_damage(row, kMissing);
  if (!file) return note_unread(row, file.error());
  parts_.files.forget_cached(file->get());
  reading_.emplace(Reading{row, look, std::move(*file), 0, {}, false});
  return {};
}

Result<void> ObjectsCheck::read_on(CheckOutcome& outcome) {
  for (std::uint64_t in_step = 0; in_step < kStepBytes;) {
    const auto count = parts_.files.read_at(reading_->file.get(), buffer_, reading_->offset);
    if (!count) {
      const auto row = reading_->row;
      auto noted = note_unread(row, fail_disk(count.error(), "read", "the content").error());
      return noted ? pass(row) : noted;
    }
    if (*count == 0) return end_reading(outcome);
    reading_->digest.add(ByteView(buffer_).first(*count));
    reading_->offset += *count;
    in_step += *count;
    outcome.report.bytes += *count;
  }
  return {};
}

Result<void> ObjectsCheck::end_reading(CheckOutcome& outcome) {
  const auto row = reading_->row;
  const bool same = reading_->digest.digest() == row.sha256;
  if (!same && !reading_->again) {
    // Once more, from the disk: what was read may have been harmed on the way.
    parts_.files.forget_cached(reading_->file.get());
    reading_->again = true;
    reading_->offset = 0;
    reading_->digest = Sha256();
    return {};
  }
  Result<void> done;
  if (!same) {
    done = note_damage(row, "the content on the server's disk was changed: its digest is another");
  } else {
    if (reading_->again) note_two_readings(row, outcome);
    if (row.state == ObjectState::kUnreadable) {
      done = take_out_of_quarantine(parts_.queue, row, reading_->look.disk_mtime);
    } else if (row.state != ObjectState::kHealthy) {
      done = note_whole_again(outcome);
    } else if (reading_->look.disk_mtime != row.disk_mtime) {
      done = note_mtime(parts_.queue, row, reading_->look.disk_mtime);
    }
  }
  if (!done) return done;
  return pass(row);
}

void ObjectsCheck::note_two_readings(const ObjectRow& row, CheckOutcome& outcome) {
  outcome.found.push_back({.kind = FindingKind::kObject,
                           .path = ObjectStore::shown_path(row.id, row.sha256),
                           .cause = "two readings gave different content, the second the right one",
                           .advice = "test the machine's memory and its disk"});
  ++outcome.report.damage;
}

Result<void> ObjectsCheck::note_whole_again(CheckOutcome& outcome) {
  const auto& row = reading_->row;
  if (!request_.repair) return note_damage(row, "the content was found damaged before, and is whole again");
  auto taken = take_out_of_quarantine(parts_.queue, row, reading_->look.disk_mtime);
  if (!taken) return taken;
  outcome.found.push_back({.kind = FindingKind::kObject,
                           .path = ObjectStore::shown_path(row.id, row.sha256),
                           .cause = "the content was found damaged before, and is whole again",
                           .advice = "nothing: it is served again",
                           .mended = true});
  ++outcome.report.damage;
  ++outcome.report.mended;
  return {};
}

Result<void> ObjectsCheck::note_unread(const ObjectRow& row, const Error& error) {
  damage_.add({.row = row, .cause = error.message, .is_unreadable = true});
  return error.code == ErrorCode::kIo ? note_unreadable(parts_.queue, row) : Result<void>();
}

// The collector takes files away after it has marked their rows: a row that is not marked after the look proves that
// it was not the collector.
Result<void> ObjectsCheck::note_damage(const ObjectRow& row, std::string cause) {
  const auto again = parts_.catalog.read(
      [&](Database& database) -> Result<std::optional<ObjectRow>> { return ObjectTable(database).find(row.id); });
  if (!again) return std::unexpected(again.error());
  if (!*again || (*again)->state == ObjectState::kDying) return {};
  if ((*again)->state != ObjectState::kQuarantined) {
    if (auto marked = put_in_quarantine(parts_.queue, row); !marked) return marked;
  }
  damage_.add({.row = **again, .cause = std::move(cause)});
  return {};
}

Result<void> ObjectsCheck::keep_place() {
  kept_at_ = passed_bytes_;
  if (!request_.read_data) return {};
  const auto next = std::max(after_, read_up_to_);
  return store_place(parts_.queue, request_.purpose, {next, std::max(passed_bytes_, read_before_)});
}

}  // namespace ndisk::storage
