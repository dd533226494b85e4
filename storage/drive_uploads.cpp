// Offers and commits of large files.
#include <new>

#include "common/content_sample.hpp"
#include "common/shown_name.hpp"
#include "storage/drive_core.hpp"
#include "storage/log.hpp"
#include "storage/upload_writer.hpp"

namespace ndisk::storage {
namespace {

constexpr std::uint64_t kMaxFileBytes = INT64_MAX;  // what the catalog can keep
constexpr std::size_t kMostSampled = 8;             // contents of one size: each costs an offer three reads

}  // namespace

// An upload whose commit has begun. One that gets no outcome, for want of memory, was not stored, and no change knows
// of it: the upload waits for the next try, unless its content is in doubt.
class DriveCore::BegunCommit {
 public:
  BegunCommit(DriveCore& core, SharedUpload upload) noexcept : core_(core), upload_(std::move(upload)) {}
  BegunCommit(BegunCommit&& other) noexcept = default;
  BegunCommit& operator=(BegunCommit&&) = delete;
  ~BegunCommit() {
    if (!upload_) return;
    if (object_) remove_object();
    end(false, in_doubt_ ? std::optional<Error>({ErrorCode::kIo, "send it again", true}) : std::nullopt);
  }

  [[nodiscard]] const ActiveUpload& upload() const { return *upload_; }
  // It is being made durable, and an object: if that does not end well, a sync may have failed.
  void becomes(std::int64_t object, const Digest& sha256) {
    object_ = {object, sha256};
    in_doubt_ = true;
  }
  void has_become_it() { in_doubt_ = false; }
  void end(bool committed, std::optional<Error> content_lost = std::nullopt) {
    const auto upload = std::move(upload_);
    // The object stays after a failure that may have been none: it is the staged file, which must not be written to any
    // more.
    if (!committed && object_ && core_.objects_.may_exist(object_->first, object_->second)) {
      core_.uploads_.forget_content(upload);
    }
    core_.uploads_.finish_commit(upload, committed, std::move(content_lost));
  }

 private:
  void remove_object() {
    try {
      (void)core_.objects_.remove(object_->first, object_->second);
    } catch (const std::bad_alloc&) {
      log_warning("an object that nothing refers to stays until the next collection");
    }
  }

  DriveCore& core_;
  SharedUpload upload_;
  std::optional<std::pair<std::int64_t, Digest>> object_;  // made of what was staged
  bool in_doubt_ = false;
};

void DriveCore::offer(const Actor& actor, UploadOffer offer, Completion<OfferAnswer> done) {
  const Gate gate(*this);
  if (!gate.is_open()) return done(std::unexpected(closed_error()));
  offer.attributes.mode &= 0777;
  for (;;) {
    auto again = answered(actor, offer.request_id);
    if (!again) return done(std::unexpected(std::move(again.error())));
    if (*again) return done(OfferAnswer{**again, nullptr, false});
    const auto same_size = check_offer(actor, offer);
    if (!same_size) return done(std::unexpected(same_size.error()));
    const auto instant = try_instant(actor, offer, done);
    if (!instant) return done(std::unexpected(instant.error()));
    if (*instant) return;
    auto writer = uploads_.hold(actor, offer);
    if (!writer) return done(std::unexpected(std::move(writer.error())));
    // None: the same upload was just committed from elsewhere, perhaps by this very request.
    if (!*writer) continue;
    OfferAnswer answer;
    answer.writer = std::move(*writer);
    if (answer.writer->received() == 0) tell_of_same_size(*same_size, answer);
    return done(std::move(answer));
  }
}

// What would fail at the commit fails before anything is sent. Returns content that the offered one, whose digest is
// not known, may be: one more than is sampled at most.
Result<std::vector<ObjectRow>> DriveCore::check_offer(const Actor& actor, const UploadOffer& offer) {
  if (offer.size && *offer.size > kMaxFileBytes) {
    return fail(ErrorCode::kInvalid, shown_name(offer.path.bytes()) + " is larger than any file can be");
  }
  return catalog_->read([&](Database& database) -> Result<std::vector<ObjectRow>> {
    const auto user = UserTable(database).find(actor.user);
    if (!user) return fail(ErrorCode::kNotAllowed, "there is no such user any more");
    const auto place = NodeTable(database).locate(user->root, offer.path);
    if (auto checked = check_file_place(offer.path, place); !checked) return std::unexpected(checked.error());
    if (auto holds = check_precondition(offer.precondition, offer.path, place.node); !holds) {
      return std::unexpected(holds.error());
    }
    if (!offer.size || offer.sha256) return std::vector<ObjectRow>();
    return ObjectTable(database).of_size(user->id, *offer.size, kMostSampled + 1);
  });
}

// What can't be read is noted, so that its content is taken when it comes.
void DriveCore::tell_of_same_size(const std::vector<ObjectRow>& held, OfferAnswer& answer) {
  answer.same_size_held = held.size() > kMostSampled;
  if (answer.same_size_held) return;
  for (const auto& object : held) {
    const auto sample = sample_of(object);
    if (sample) answer.held_samples.push_back(*sample);
    if (!sample) static_cast<void>(note_damage(object, sample.error()));
  }
  answer.same_size_held = !answer.held_samples.empty();
}

Result<Digest> DriveCore::sample_of(const ObjectRow& object) {
  const auto file = objects_.open_raw(object);
  if (!file) return std::unexpected(file.error());
  const auto read = [this, &file](std::uint64_t offset, std::span<std::uint8_t> out) -> Result<std::size_t> {
    const auto count = files_.read_at(file->get(), out, offset);
    if (!count) return fail_disk(count.error(), "read", "content of the offered size");
    return *count;
  };
  return content_sample(object.size, read);
}

// True if the content is held already: then `done` is used up.
Result<bool> DriveCore::try_instant(const Actor& actor, const UploadOffer& offer, Completion<OfferAnswer>& done) {
  if (!offer.sha256) return false;
  auto pin = pins_.pin(*offer.sha256);
  const auto held = catalog_->read([&](Database& database) -> Result<std::optional<ObjectRow>> {
    return ObjectTable(database).find_content(actor.user, *offer.sha256);
  });
  if (!held) return std::unexpected(held.error());
  if (!*held || (offer.size && (*held)->size != *offer.size)) return false;
  const auto usable = is_usable(**held);
  if (!usable || !*usable) return usable;
  FileCommit commit;
  commit.actor = actor;
  commit.request_id = offer.request_id;
  commit.path = offer.path;
  commit.attributes = offer.attributes;
  commit.sha256 = *offer.sha256;
  commit.size = (*held)->size;
  commit.precondition = offer.precondition;
  commit.receipt = offer.receipt;
  commit.instant = true;
  const UploadKey key{actor.device, offer.path.bytes(), offer.size, offer.attributes.mtime};
  submit_commit(std::move(commit), std::move(pin), std::nullopt,
                [this, key, done = std::move(done)](Result<Committed> result) mutable {
                  if (result) uploads_.end_idle(key);
                  if (!result) return done(std::unexpected(std::move(result.error())));
                  done(OfferAnswer{*result, nullptr, false});
                });
  return true;
}

void DriveCore::commit(std::unique_ptr<UploadWriter> writer, std::uint64_t size, const Digest& sha256,
                       Completion<Committed> done) {
  const Gate gate(*this);
  if (!gate.is_open()) return done(std::unexpected(closed_error()));
  auto& staged = static_cast<StagedWriter&>(*writer);
  const auto upload = staged.upload();
  if (auto begun = uploads_.begin_commit(upload, staged.holder(), size, sha256); !begun) {
    return done(std::unexpected(std::move(begun.error())));
  }
  (void)staged.let_go();
  BegunCommit begun(*this, upload);
  // While it is being committed nobody else changes these.
  FileCommit commit;
  commit.actor = upload->actor;
  commit.request_id = upload->request;
  commit.path = *RemotePath::from_wire(upload->key.path);
  commit.attributes = upload->attributes;
  commit.sha256 = sha256;
  commit.size = size;
  commit.precondition = upload->precondition;
  commit.receipt = upload->receipt;
  commit.upload = upload->key;
  commit.upload_id = upload->id;
  commit_staged(std::move(begun), std::move(commit), std::move(done));
}

void DriveCore::commit_staged(BegunCommit begun, FileCommit commit, Completion<Committed> done) {
  auto pin = pins_.pin(commit.sha256);
  const auto give_up = [&](Error error, bool content_lost) {
    begun.end(false, content_lost ? std::optional(error) : std::nullopt);
    done(std::unexpected(std::move(error)));
  };
  const auto held = holds(commit.actor.user, commit.sha256);
  if (!held) return give_up(held.error(), false);
  std::optional<NewObject> object;
  if (!*held) {
    const auto id = ids_.next();
    if (!id) return give_up(id.error(), false);
    begun.becomes(*id, commit.sha256);
    const auto& upload = begun.upload();
    const StagedContent staged{upload.file.get(), staging_.folder(), Staging::name(upload.id), commit.size};
    auto adopted = objects_.adopt(*id, commit.sha256, staged, commit.attributes.mtime);
    // A sync that failed may have lost any of it; what a checkpoint made durable stays.
    if (!adopted) {
      return give_up(fail_with_context(shown_name(commit.path.bytes()), std::move(adopted.error())).error(), true);
    }
    begun.has_become_it();
    object = std::move(*adopted);
  }
  submit_commit(std::move(commit), std::move(pin), std::move(object),
                [begun = std::move(begun), done = std::move(done)](Result<Committed> result) mutable {
                  begun.end(result.has_value());
                  done(std::move(result));
                });
}

Result<void> DriveCore::abandon(std::unique_ptr<UploadWriter> writer) {
  const Gate gate(*this);
  if (!gate.is_open()) return std::unexpected(closed_error());
  auto& staged = static_cast<StagedWriter&>(*writer);
  if (auto dropped = uploads_.drop(staged.upload(), staged.holder()); !dropped) return std::unexpected(dropped.error());
  return {};
}

}  // namespace ndisk::storage
