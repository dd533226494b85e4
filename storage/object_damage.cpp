#include "storage/object_damage.hpp"

#include "common/shown_name.hpp"
#include "storage/healing.hpp"
#include "storage/tree_strangers.hpp"

namespace ndisk::storage {
namespace {

constexpr std::size_t kNamedAtOnce = 4096;  // memory: some hundred bytes each, and 16 paths at most
constexpr std::size_t kToldAtOnce = 64;
// Walks take a twentieth of the time, and none comes right after another.
constexpr TimeNs kShareOfWalks = 20;
constexpr TimeNs kBetweenWalks = kSecondNs;

}  // namespace

void ObjectDamage::add(DamagedObject object) {
  const auto id = object.row.id;
  found_.emplace(id, std::move(object));
}

// Nobody is to wait for the end of a check to hear of damage.
bool ObjectDamage::is_due() const {
  if (found_.empty()) return false;
  if (!named_at_ || found_.size() >= kNamedAtOnce) return true;
  const auto since = parts_.clock.now() - *named_at_;
  // A clock that was put back says nothing.
  return since < 0 || since >= std::max(kBetweenWalks, walk_took_ * kShareOfWalks);
}

Result<void> ObjectDamage::name() {
  const auto began = parts_.clock.now();
  if (auto named = find_versions(parts_.catalog, found_); !named) return named;
  named_.merge(found_);
  found_.clear();
  named_at_ = parts_.clock.now();
  walk_took_ = std::max<TimeNs>(*named_at_ - began, 0);
  return {};
}

Result<bool> ObjectDamage::tell_some(CheckOutcome& outcome) {
  if (named_.empty()) return false;
  for (std::size_t told = 0; told < kToldAtOnce && !named_.empty(); ++told) {
    auto object = std::move(named_.extract(named_.begin()).mapped());
    const auto mended = try_to_mend(object, outcome);
    if (!mended) return std::unexpected(mended.error());
    for (auto& finding : word_damage(object, *mended)) {
      ++outcome.report.damage;
      if (finding.mended) ++outcome.report.mended;
      outcome.found.push_back(std::move(finding));
    }
  }
  return true;
}

// What fails for one object (a full disk, a copy that can't be read) is said of it, and the others have their turn.
Result<Mended> ObjectDamage::try_to_mend(DamagedObject& object, CheckOutcome& outcome) {
  if (!repair_) return Mended::kNot;
  auto mended = mend(object, outcome);
  if (mended || mended.error().code == ErrorCode::kShuttingDown) return mended;
  object.cause += "; it could not be mended: " + mended.error().message;
  return Mended::kNot;
}

// By another object of the user, else by a copy of anybody's. Then the damaged file is of no use, or of no more than
// to those who want to look into it. What can't be read and is still needed stays: it may be read the next time.
Result<Mended> ObjectDamage::mend(const DamagedObject& object, CheckOutcome& outcome) {
  const auto& row = object.row;
  const auto pin = parts_.pins.pin(row.sha256);
  if (auto kept = keep_strangers(object, outcome); !kept) return std::unexpected(std::move(kept.error()));
  const HealingParts healing{parts_.catalog, parts_.queue, parts_.objects, parts_.stop};
  const auto moved = move_to_twin(healing, row, object.ids);
  if (!moved) return std::unexpected(moved.error());
  auto left = is_needed(parts_.catalog, row);
  if (left && *left) {
    const auto copied = copy_from_anyone(parts_, row);
    if (!copied) return std::unexpected(copied.error());
    const auto more = move_to_twin(healing, row, object.ids);
    if (!more) return std::unexpected(more.error());
    left = is_needed(parts_.catalog, row);
  }
  if (!left) return std::unexpected(left.error());
  if (object.is_unreadable && *left) return Mended::kNot;
  const auto condemned = condemn(row);
  if (!condemned) return std::unexpected(condemned.error());
  if (!*condemned) return Mended::kNot;
  if (auto aside = put_aside(parts_, row); !aside) return std::unexpected(aside.error());
  if (auto out = take_out_of_tree(parts_, row, object.ids); !out) return std::unexpected(out.error());
  return *left ? Mended::kNot : Mended::kHealed;
}

// Nobody refers to it from then on, or takes it for whole again. False: it is not marked. It may be whole, and could
// not be looked at for want of files or memory; and a commit that found it so may be about to refer to it.
Result<bool> ObjectDamage::condemn(const ObjectRow& row) {
  return parts_.queue.run<bool>([&](WriteContext& context) -> Result<bool> {
    const auto again = context.objects.find(row.id);
    if (!again || again->state == ObjectState::kDying) return true;
    if (!is_damaged(again->state)) return false;
    context.objects.set_state(row.id, ObjectState::kQuarantined);
    return true;
  });
}

// Whatever becomes of the object, its names in the tree are made anew or go. What stands there and is no link to it may
// be all that is left of its content, or of what somebody saved there.
Result<void> ObjectDamage::keep_strangers(const DamagedObject& object, CheckOutcome& outcome) {
  if (!parts_.with_tree) return {};
  return TreeStrangers(parts_).put_aside_for(object.row, object.ids, [&](const TreeStrangers::Kept& kept) {
    ++outcome.report.kept;
    outcome.found.push_back({.kind = FindingKind::kTree,
                             .user = kept.user,
                             .path = kept.path,
                             .cause = "what stands there in tree/ is not the file, whose content is damaged",
                             .advice = "look at it: it was moved to " + shown_name(kept.name),
                             .damage = false,
                             .mended = true,
                             .kept = kept.name});
  });
}

}  // namespace ndisk::storage
