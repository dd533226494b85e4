#include "client/upload/plan.hpp"

#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using Kind = SourceItem::Kind;

bool has_attributes(const wire::Entry& there, const Stamp& stamp, bool is_link) {
  const bool same_mode = is_link || there.attributes().mode() == stamp.mode;
  return same_mode && there.attributes().mtime_ns() == stamp.mtime;
}

PutAction decide_folder(const SourceItem& item, const wire::Entry* there) {
  if (there == nullptr) return PutAction::kFolder;
  if (there->kind() != wire::FOLDER) return PutAction::kRefuse;
  return has_attributes(*there, item.stamp, false) ? PutAction::kSame : PutAction::kAttributes;
}

bool is_of_kind(const SourceItem& item, const wire::Entry& there) {
  return there.kind() == (item.kind == Kind::kLink ? wire::LINK : wire::FILE);
}

// --no-clobber: what is there stays as it is. The same content again does not change it, and heals it.
PutAction decide_kept(const SourceItem& item, const wire::Entry& there) {
  const bool may_heal = there.damaged() && is_of_kind(item, there) && there.size() == item.stamp.size;
  return may_heal ? PutAction::kCompare : PutAction::kKeep;
}

bool is_other_version(const wire::Entry* there, const PutRules& rules) {
  return rules.if_match && (there == nullptr || there->version() != *rules.if_match);
}

}  // namespace

PutRules rules_of(const PutOptions& options) {
  return {.checksum = options.checksum,
          .no_clobber = options.no_clobber,
          .if_match = options.if_match,
          .dry_run = options.dry_run,
          .then_remove = options.then_remove,
          .receipts = options.receipt.has_value()};
}

PutAction decide(const SourceItem& item, const wire::Entry* there, const PutRules& rules) {
  if (item.kind == Kind::kFolder) return decide_folder(item, there);
  if (there != nullptr && there->kind() == wire::FOLDER) return PutAction::kRefuse;
  if (there != nullptr && rules.no_clobber) return decide_kept(item, *there);
  if (is_other_version(there, rules)) return PutAction::kRefuse;
  const bool is_link = item.kind == Kind::kLink;
  if (there == nullptr) return is_link ? PutAction::kLink : PutAction::kCreate;
  if ((there->kind() == wire::LINK) != is_link || there->size() != item.stamp.size) return PutAction::kReplace;
  if (rules.checksum) return PutAction::kCompare;
  if (there->attributes().mtime_ns() != item.stamp.mtime) return PutAction::kReplace;
  if (there->damaged()) return PutAction::kHeal;
  return has_attributes(*there, item.stamp, is_link) ? PutAction::kSame : PutAction::kAttributes;
}

PutAction after_digest(const SourceItem& item, const wire::Entry& there, const Digest& local, const PutRules& rules) {
  if (there.sha256() != as_text(local)) return rules.no_clobber ? PutAction::kKeep : PutAction::kReplace;
  if (there.damaged()) return PutAction::kHeal;
  const bool same = has_attributes(there, item.stamp, item.kind == Kind::kLink);
  return same ? PutAction::kSame : PutAction::kAttributes;
}

Error refusal(const SourceItem& item, const wire::Entry* there, const PutRules& rules) {
  const auto name = shown_name(item.remote.bytes());
  if (item.kind == Kind::kFolder) {
    return {ErrorCode::kNotFolder, name + ": is a file on the drive; the folder of that name was not put", false};
  }
  if (there != nullptr && there->kind() == wire::FOLDER) {
    return {ErrorCode::kIsFolder, name + ": is a folder on the drive; a file can't take its place", false};
  }
  const auto wanted = std::to_string(rules.if_match.value_or(0));
  if (there == nullptr) return {ErrorCode::kConflict, name + ": there is no such file, so no version " + wanted, false};
  return {ErrorCode::kConflict,
          name + ": the current version is " + std::to_string(there->version()) + ", not " + wanted, false};
}

std::string_view action_word(PutAction action) {
  switch (action) {
    case PutAction::kCreate: return "create";
    case PutAction::kReplace: return "replace";
    case PutAction::kAttributes: return "attributes";
    case PutAction::kSame: return "same";
    case PutAction::kHeal: return "heal";
    case PutAction::kFolder: return "folder";
    case PutAction::kLink: return "link";
    case PutAction::kKeep: return "skip";
    case PutAction::kCompare: return "compare";
    case PutAction::kRefuse: return "refuse";
  }
  return "refuse";
}

}  // namespace ndisk::client
