#include "storage/check_tree.hpp"

#include <algorithm>
#include <cerrno>

#include "common/shown_name.hpp"
#include "storage/large_buffer.hpp"
#include "storage/log.hpp"

namespace ndisk::storage {
namespace {

constexpr std::int64_t kNodesAtOnce = 256;
constexpr std::size_t kLooksAtOnce = 1024;
constexpr std::size_t kLooksOfASuspicion = 32;  // it waits for the writer and for the mirror
constexpr std::size_t kReadBytes = 256 * 1024;
constexpr int kReadsAtOnce = 16;
constexpr int kTries = 8;

using Node = TreeCheck::Node;

std::vector<Node> nodes_after(Database& database, std::int64_t after, std::int64_t limit, std::int64_t& last) {
  auto query = database.query(
      "SELECT nodes.id, nodes.kind, nodes.size, nodes.sha256, objects.id, objects.state FROM nodes "
      "LEFT JOIN versions ON versions.id = nodes.version LEFT JOIN objects ON objects.id = versions.object "
      "WHERE nodes.id > ? ORDER BY nodes.id LIMIT ?",
      after, limit);
  NodePlaces places(database);
  std::vector<Node> nodes;
  while (query.step()) {
    last = query.integer(0);
    const auto kind = static_cast<Kind>(query.integer(1));
    // Links are left out of the tree; of a file without content the check of records says so.
    if (kind == Kind::kLink || (kind == Kind::kFile && query.is_null(4))) continue;
    auto place = places.find_in_drive(last);
    if (!place) continue;
    Node node{.id = last, .place = std::move(*place), .is_folder = kind == Kind::kFolder};
    node.size = query.number(2);
    if (!node.is_folder) node.sha256 = query.fixed<32>(3);
    node.object = query.integer(4);
    node.is_healthy = static_cast<ObjectState>(query.integer(5)) == ObjectState::kHealthy;
    nodes.push_back(std::move(node));
  }
  return nodes;
}

std::optional<Node> find_node(Database& database, std::int64_t id) {
  std::int64_t last = 0;
  auto nodes = nodes_after(database, id - 1, 1, last);
  if (!nodes.empty() && nodes[0].id == id) return std::move(nodes[0]);
  return std::nullopt;
}

// A user's own folder.
std::optional<Node> find_root(Database& database, std::int64_t root) {
  const auto place = NodePlaces(database).find_folder(root);
  if (!place || !place->path.empty()) return std::nullopt;
  auto inside = database.query("SELECT 1 FROM nodes WHERE parent = ? AND kind <> 3 LIMIT 1", root);
  return Node{.id = root, .place = *place, .is_folder = true, .is_empty = !inside.step()};
}

std::optional<Node> find_again(Database& database, const Node& node) {
  return node.place.path.empty() ? find_root(database, node.id) : find_node(database, node.id);
}

// Of files or memory, which says nothing of what stands there.
bool is_short(Errno error) { return error.number == EMFILE || error.number == ENFILE || error.number == ENOMEM; }

}  // namespace

CheckProgress TreeCheck::progress() const {
  const auto done = static_cast<std::uint64_t>(after_) - std::min<std::uint64_t>(after_, pending_.size());
  return {"tree", done, static_cast<std::uint64_t>(std::max(last_, after_))};
}

Result<bool> TreeCheck::step(CheckOutcome& outcome) {
  looked_ = 0;
  view_.forget();
  auto more = go_on(outcome);
  if (more || !stalled_) return more;
  note(outcome,
       {.cause = "tree/ does not follow the catalog: " + stalled_->message,
        .advice = "help the server's disk, then check again"},
       false);
  return false;
}

Result<bool> TreeCheck::go_on(CheckOutcome& outcome) {
  Result<void> done;
  if (!begun_) {
    begun_ = true;
    done = begin(outcome);
  }
  while (done && looked_ < kLooksAtOnce && !parts_.stop) {
    if (reading_) {
      done = read_on(outcome);
      break;
    }
    if (pending_.empty()) {
      const auto more = fetch();
      if (!more || !*more) return more;
      continue;
    }
    const auto node = std::move(pending_.front());
    pending_.pop_front();
    ++looked_;
    done = check(node, outcome);
  }
  if (!done) return std::unexpected(std::move(done.error()));
  return true;
}

Result<void> TreeCheck::begin(CheckOutcome& outcome) {
  if (auto settled = settle(); !settled) return settled;
  const auto known = parts_.catalog.read([&](Database& database) -> Result<void> {
    auto users = database.query("SELECT root FROM users WHERE name NOT LIKE 'removed:%'");
    while (users.step()) {
      if (auto root = find_root(database, users.integer(0))) pending_.push_back(std::move(*root));
    }
    auto last = database.query("SELECT max(id) FROM nodes");
    if (last.step()) last_ = last.integer(0);
    return {};
  });
  if (!known) return known;
  return check_users(outcome);
}

// False: there are no more.
Result<bool> TreeCheck::fetch() {
  const auto before = after_;
  auto nodes = parts_.catalog.read([&](Database& database) -> Result<std::vector<Node>> {
    return nodes_after(database, before, kNodesAtOnce, after_);
  });
  if (!nodes) return std::unexpected(std::move(nodes.error()));
  for (auto& node : *nodes) pending_.push_back(std::move(node));
  looked_ += kNodesAtOnce / 4;
  return after_ != before;
}

Result<void> TreeCheck::check(const Node& node, CheckOutcome& outcome) {
  const auto seen = look(node);
  if (!seen) return std::unexpected(seen.error());
  if (seen->seen == Seen::kHidden) return {};
  if (seen->seen == Seen::kRight) return node.is_folder && !node.is_empty ? check_names(node, outcome) : Result<void>();
  if (seen->seen != Seen::kUnlinked) return suspect(node, std::nullopt, outcome);
  auto file = view_.open_file(node.place.user, node.place.path);
  if (!file && is_short(file.error())) return fail_disk(file.error(), "open", "tree/" + node.place.user);
  if (!file) return suspect(node, std::nullopt, outcome);
  reading_.emplace(Reading{node, *seen, std::move(*file), 0, {}});
  return {};
}

Result<TreeCheck::Look> TreeCheck::look(const Node& node) {
  const auto shown = view_.status(node.place.user, node.place.path);
  if (shown) return compare(node, *shown);
  switch (shown.error().number) {
    case ENOENT: return Look{may_be_missing(node) ? Seen::kRight : Seen::kMissing};
    // What is wrong there is said of the folder above.
    case ENOTDIR: return Look{Seen::kHidden};
    case EACCES:
    case EPERM: return Look{Seen::kClosed};
    case ENAMETOOLONG:
    case EINVAL:
    case EILSEQ: return Look{Seen::kRefused};
    default: return fail_disk(shown.error(), "look at", "tree/" + node.place.user);
  }
}

// Without its content a file can't be shown. That is the matter of another check, as all damaged content is.
bool TreeCheck::may_be_missing(const Node& node) {
  if (node.is_folder) return node.is_empty;
  return !node.is_healthy || !parts_.objects.may_exist(node.object, node.sha256);
}

// Behind a link that was planted among the folders of objects the object can't be looked at, which another check says:
// then the content tells, as it does of a copy.
Result<TreeCheck::Look> TreeCheck::compare(const Node& node, const FileStatus& shown) {
  Look look{Seen::kOther, shown.device, shown.inode};
  if (node.is_folder) {
    if (shown.type == FileType::kFolder) look.seen = Seen::kRight;
    return look;
  }
  if (shown.type != FileType::kFile) return look;
  const auto object = parts_.files.status_at(parts_.objects.folder(), ObjectStore::name(node.object, node.sha256));
  const auto error = object ? 0 : object.error().number;
  if (!object && error != ENOENT && error != ELOOP && error != ENOTDIR) {
    return fail_disk(object.error(), "look at", "an object");
  }
  const bool is_linked = object && object->inode == shown.inode && object->device == shown.device;
  if (is_linked || error == ENOENT || !node.is_healthy) {
    look.seen = Seen::kRight;
  } else if (shown.size == node.size) {
    look.seen = Seen::kUnlinked;
  }
  return look;
}

Result<void> TreeCheck::read_on(CheckOutcome& outcome) {
  auto& reading = *reading_;
  auto buffer = make_buffer(kReadBytes);
  if (!buffer) return fail_disk(buffer.error(), "read", "a file of the tree");
  for (int i = 0; i < kReadsAtOnce; ++i) {
    const auto count = parts_.files.read_at(reading.file.get(), *buffer, reading.offset);
    if (count && *count > 0 && reading.offset <= reading.node.size) {
      reading.digest.add(ByteView(*buffer).first(*count));
      reading.offset += *count;
      outcome.report.bytes += *count;
      continue;
    }
    const bool is_whole = count && reading.digest.digest() == reading.node.sha256;
    const auto read = std::move(reading);
    reading_.reset();
    return is_whole ? Result<void>() : suspect(read.node, read.look, outcome);
  }
  return {};
}

Result<TreeCheck::Seen> TreeCheck::look_again(const Node& node, const std::optional<Look>& damaged) {
  const auto known = parts_.catalog.read(
      [&](Database& database) -> Result<std::optional<Node>> { return find_again(database, node); });
  if (!known) return std::unexpected(known.error());
  if (!*known) return Seen::kRight;
  view_.forget();
  const auto seen = look(**known);
  if (!seen) return std::unexpected(seen.error());
  if (seen->seen == Seen::kHidden) return Seen::kRight;
  if (seen->seen != Seen::kUnlinked) return seen->seen;
  // A copy, unless it is the very file that was read.
  const bool is_same =
      damaged && seen->inode == damaged->inode && seen->device == damaged->device && (*known)->sha256 == node.sha256;
  return is_same ? Seen::kUnlinked : Seen::kRight;
}

Result<void> TreeCheck::suspect(const Node& node, const std::optional<Look>& damaged, CheckOutcome& outcome) {
  auto seen = Seen::kRight;
  const std::function<Result<bool>()> is_wrong = [&]() -> Result<bool> {
    const auto again = look_again(node, damaged);
    if (!again) return std::unexpected(again.error());
    seen = *again;
    return seen != Seen::kRight;
  };
  const auto wrong = confirm(is_wrong);
  if (!wrong) return std::unexpected(wrong.error());
  if (!*wrong) return {};
  Finding finding{.user = node.place.user, .path = node.place.path};
  switch (seen) {
    case Seen::kRight:
    case Seen::kHidden:
    case Seen::kMissing: finding.cause = "tree/ does not have it"; break;
    case Seen::kOther:
      finding.cause =
          node.is_folder ? "what stands there in tree/ is no folder" : "what stands there in tree/ is not the file";
      break;
    case Seen::kUnlinked: finding.cause = "the file in tree/ has other content"; break;
    case Seen::kClosed:
      finding.cause = "the folder that holds it in tree/ is closed to the server";
      finding.advice = "give that folder back to the server's user, with mode 0755";
      break;
    case Seen::kRefused:
      finding.cause = "tree/ can't have it: its file system refuses the name";
      finding.advice = "nothing: the drive has it";
      finding.damage = false;
      break;
  }
  const bool can_be_mended = finding.advice.empty();
  const auto put_aside = [&] { return strangers_.put_aside(node.place.user, node.place.path); };
  const auto make = [&] { return make_anew(node); };
  const auto mended = can_be_mended ? mend(finding, put_aside, make, is_wrong) : Result<bool>(false);
  if (!mended) return std::unexpected(mended.error());
  note(outcome, std::move(finding), *mended);
  return {};
}

Result<void> TreeCheck::make_anew(const Node& node) {
  return parts_.queue.run<void>([&](WriteContext& context) -> Result<void> {
    const auto known = find_again(context.database, node);
    if (!known) return {};
    const auto& [user, path] = std::pair(known->place.user_id, known->place.path);
    if (known->is_folder) {
      context.tell_tree_all(user, known->id, path);
    } else if (known->is_healthy) {
      context.tell_tree({0, user, TreeOp::kLink, path, known->object, known->sha256, {}});
    } else {
      context.tell_tree({0, user, TreeOp::kRemove, path, 0, {}, {}});
    }
    return {};
  });
}

// Whoever waits for the writer knows that the mirror was told of all that can be read; and then the mirror has done it.
Result<void> TreeCheck::settle() {
  auto written = parts_.queue.run_upkeep<void>([](WriteContext&) -> Result<void> { return {}; });
  if (!written) return written;
  auto flushed = parts_.mirror.flush();
  if (!flushed && flushed.error().code != ErrorCode::kShuttingDown) stalled_ = flushed.error();
  return flushed;
}

Result<bool> TreeCheck::confirm(const std::function<Result<bool>()>& is_wrong) {
  const auto told = [this] {
    return parts_.catalog.read(
        [](Database& database) -> Result<std::int64_t> { return OutboxTable(database).highest_used(); });
  };
  looked_ += kLooksOfASuspicion;
  for (int i = 0; i < kTries; ++i) {
    const auto before = told();
    if (!before) return std::unexpected(before.error());
    if (auto settled = settle(); !settled) return std::unexpected(settled.error());
    const auto wrong = is_wrong();
    if (!wrong || !*wrong) return wrong;
    const auto after = told();
    if (!after) return std::unexpected(after.error());
    if (*after == *before) return true;
  }
  return true;
}

Result<bool> TreeCheck::mend(Finding& finding, const std::function<Result<std::optional<std::string>>()>& put_aside,
                             const std::function<Result<void>()>& tell, const std::function<Result<bool>()>& is_wrong) {
  if (!repair_) return false;
  const auto kept = put_aside();
  if (!kept) {
    finding.advice = "move it away yourself, and check again; it could not be put aside: " + kept.error().message;
    return false;
  }
  finding.kept = kept->value_or("");
  // Folders that people removed or moved may be open there.
  parts_.mirror.forget_folders();
  if (auto told = tell(); !told) {
    log_warning("tree/ is not made anew: " + told.error().message);
    return false;
  }
  if (auto settled = settle(); !settled) return std::unexpected(settled.error());
  const auto wrong = is_wrong();
  if (!wrong) return std::unexpected(wrong.error());
  return !*wrong;
}

// Nothing of the drive was hit by what is mended: the tree is derived.
void TreeCheck::note(CheckOutcome& outcome, Finding finding, bool mended) {
  finding.kind = FindingKind::kTree;
  finding.mended = mended;
  if (mended) {
    finding.damage = false;
    finding.advice = finding.kept.empty()
                         ? "nothing: tree/ was made anew there"
                         : "look at it: it was moved to " + shown_name(finding.kept) + ", and tree/ made anew there";
  } else if (finding.advice.empty()) {
    finding.advice =
        repair_ ? "tree/ could not be made anew there; the server's log says why" : "--repair makes tree/ anew there";
    if (!finding.kept.empty()) finding.advice += "; what stood there was moved to " + shown_name(finding.kept);
  }
  if (!finding.kept.empty()) ++outcome.report.kept;
  if (finding.damage) ++outcome.report.damage;
  outcome.found.push_back(std::move(finding));
}

}  // namespace ndisk::storage
