#include "tests/faults/steps.hpp"

#include "tests/faults/system_calls.hpp"

namespace ndisk::faults {
namespace {

using storage::at;
using storage::Completion;
using storage::Drive;

constexpr std::size_t kPieceBytes = 64 * 1024;
const std::string kTrash = "trash:/";

Result<void> no_drive() { return fail(ErrorCode::kIo, "the drive is not open"); }

// A call with a Completion<T>, as a future that tells only whether it was done.
template <class T>
std::future<Result<void>> begin_call(World& world, std::function<void(Drive&, Completion<T>)> call) {
  if (!world.drive) return ended(no_drive());
  std::promise<Result<void>> end;
  auto future = end.get_future();
  call(*world.drive, [end = std::move(end)](Result<T> result) mutable {
    end.set_value(result ? Result<void>() : Result<void>(std::unexpected(result.error())));
  });
  return future;
}

// All of it that the drive has not got yet, or up to `end`.
Result<void> send(storage::UploadWriter& writer, const std::string& content, std::size_t end) {
  const auto bytes = as_bytes(content);
  const auto had = writer.received();
  if (had > content.size() || writer.sha256_so_far() != sha256(bytes.first(had))) {
    return fail(ErrorCode::kInternal, "the drive resumes from bytes that were never sent");
  }
  for (auto sent = had; sent < end;) {
    const auto piece = bytes.subspan(sent, std::min<std::size_t>(kPieceBytes, end - sent));
    if (auto appended = writer.append(sent, piece); !appended) return appended;
    sent += piece.size();
  }
  return {};
}

Result<std::unique_ptr<storage::UploadWriter>> hold(World& world, const storage::UploadOffer& offer, bool& committed) {
  if (!world.drive) return std::unexpected(no_drive().error());
  auto answer = world.offer(offer);
  if (!answer) return std::unexpected(answer.error());
  committed = answer->committed.has_value();
  return std::move(answer->writer);
}

Result<void> upload_now(World& world, const std::string& step, const std::string& path, const std::string& content,
                        bool known) {
  auto offer = world.large(path, known ? std::optional<std::uint64_t>(content.size()) : std::nullopt);
  offer.request_id = request_of(world, step);
  bool committed = false;
  auto writer = hold(world, offer, committed);
  if (!writer) return std::unexpected(writer.error());
  if (committed) return {};
  if (auto sent = send(**writer, content, content.size()); !sent) return sent;
  auto done = world.commit(std::move(*writer), storage::to_bytes(content));
  if (!done) return std::unexpected(done.error());
  return {};
}

Result<void> upload_half_now(World& world, const std::string& path, const std::string& content) {
  bool committed = false;
  auto writer = hold(world, world.large(path, content.size()), committed);
  if (!writer) return std::unexpected(writer.error());
  return send(**writer, content, content.size() / 2);
}

// What the server does for a range that is copied: reads the version that is there, and appends.
Result<void> append_held(storage::UploadWriter& writer, const storage::FileReader& held, std::size_t offset,
                         std::size_t end) {
  while (offset < end) {
    Bytes piece(std::min(kPieceBytes, end - offset));
    const auto count = held.read(offset, piece);
    if (!count) return std::unexpected(count.error());
    if (auto appended = writer.append(writer.received(), ByteView(piece).first(*count)); !appended) return appended;
    offset += *count;
  }
  return {};
}

Result<void> upload_parts_now(World& world, const std::string& step, const std::string& path, const std::string& made,
                              std::size_t changed, std::size_t length) {
  auto offer = world.large(path, made.size());
  offer.request_id = request_of(world, step);
  bool committed = false;
  auto writer = hold(world, offer, committed);
  if (!writer) return std::unexpected(writer.error());
  if (committed) return {};
  const auto held = world.drive->open_file(world.actor, {at(path), {}});
  if (!held) return std::unexpected(held.error());
  auto& to = **writer;
  Result<void> sent = append_held(to, **held, to.received(), changed);
  if (sent) sent = send(to, made, std::max<std::size_t>(to.received(), changed + length));
  if (sent) sent = append_held(to, **held, to.received(), made.size());
  if (!sent) return sent;
  auto done = world.commit(std::move(*writer), storage::to_bytes(made));
  if (!done) return std::unexpected(done.error());
  return {};
}

Result<void> reopen_now(World& world) {
  world.drive.reset();
  auto opened = Drive::open(world.options, world.files, world.clock);
  if (!opened) return std::unexpected(opened.error());
  world.drive = std::move(*opened);
  return {};
}

void add_parents(Holding& holding, const std::string& path) {
  for (auto slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1)) {
    holding.emplace(path.substr(0, slash + 1), "");
  }
}

std::optional<Holding> with_file(Holding holding, const std::string& path, const std::string& content) {
  add_parents(holding, path);
  holding[path] = content;
  return holding;
}

bool is_at_or_below(const std::string& path, const std::string& top) {
  return path == top || path.starts_with(top + "/");
}

// What stands at `from` and below stands at `to` as well, or instead.
std::optional<Holding> with_placed(Holding holding, const std::string& from, const std::string& to, bool stays) {
  Holding placed;
  for (const auto& [path, content] : holding) {
    if (is_at_or_below(path, from)) placed[to + path.substr(from.size())] = content;
  }
  if (placed.empty()) return std::nullopt;
  if (!stays) std::erase_if(holding, [&](const auto& entry) { return is_at_or_below(entry.first, from); });
  holding.merge(placed);
  return holding;
}

// A folder's own name has a slash at its end, in the trash too.
std::optional<Holding> with_removed(const Holding& holding, const std::string& path) {
  auto moved = with_placed(holding, path, kTrash + path, false);
  if (!moved) return moved;
  // The trash lists what was removed, not what is in it.
  std::erase_if(*moved, [&](const auto& entry) {
    const auto top = kTrash + path;
    return is_at_or_below(entry.first, top) && entry.first != top && entry.first != top + "/";
  });
  for (auto& [name, content] : *moved) {
    if (name.starts_with(kTrash)) content.clear();
  }
  return moved;
}

}  // namespace

std::future<Result<void>> ended(Result<void> result) {
  std::promise<Result<void>> end;
  end.set_value(std::move(result));
  return end.get_future();
}

std::optional<Holding> same(Holding holding) { return holding; }

storage::RequestId request_of(World& world, const std::string& step) {
  const auto [found, is_new] = world.requests.try_emplace(step);
  if (is_new) found->second = random_bytes<16>();
  return found->second;
}

std::string content(std::size_t size, std::uint32_t seed) { return std::string(as_text(storage::pattern(size, seed))); }

Step put(const std::string& path, const std::string& content) {
  const auto name = "put " + path + " of " + std::to_string(content.size());
  const auto begin = [=](World& world) {
    return begin_call<storage::Committed>(world, [&](Drive& drive, auto done) {
      auto file = world.small(path, storage::to_bytes(content));
      file.request_id = request_of(world, name);
      drive.put_small(world.actor, std::move(file), std::move(done));
    });
  };
  return {name, begin, [=](Holding holding) { return with_file(std::move(holding), path, content); }};
}

Step upload(const std::string& path, const std::string& content, bool known) {
  const auto name = "upload " + path + " of " + std::to_string(content.size());
  return {name, [=](World& world) { return ended(upload_now(world, name, path, content, known)); },
          [=](Holding holding) { return with_file(std::move(holding), path, content); }};
}

Step upload_half(const std::string& path, const std::string& content) {
  return {"upload half of " + path, [=](World& world) { return ended(upload_half_now(world, path, content)); }, same,
          false};
}

Step make_folder(const std::string& path) {
  const auto name = "mkdir " + path;
  const auto begin = [=](World& world) {
    return begin_call<std::uint64_t>(world, [&](Drive& drive, auto done) {
      storage::FolderRequest request;
      request.request_id = request_of(world, name);
      request.path = at(path);
      drive.make_folder(world.actor, std::move(request), std::move(done));
    });
  };
  return {name, begin, [=](Holding holding) { return with_file(std::move(holding), path + "/", ""); }};
}

Step remove(const std::string& path) {
  const auto name = "rm " + path;
  const auto begin = [=](World& world) {
    return begin_call<std::uint64_t>(world, [&](Drive& drive, auto done) {
      drive.remove(world.actor, request_of(world, name), at(path), true, std::move(done));
    });
  };
  return {name, begin, [=](const Holding& holding) { return with_removed(holding, path); }};
}

Step move(const std::string& from, const std::string& to) {
  const auto name = "mv " + from;
  const auto begin = [=](World& world) {
    return begin_call<storage::Placed>(world, [&](Drive& drive, auto done) {
      storage::MoveRequest request{request_of(world, name), at(from), at(to), true, false};
      drive.move(world.actor, std::move(request), std::move(done));
    });
  };
  return {name, begin, [=](Holding holding) { return with_placed(std::move(holding), from, to, false); }};
}

Step copy(const std::string& from, const std::string& to) {
  const auto name = "cp " + from;
  const auto begin = [=](World& world) {
    return begin_call<storage::Placed>(world, [&](Drive& drive, auto done) {
      storage::CopyRequest request;
      static_cast<storage::MoveRequest&>(request) = {request_of(world, name), at(from), at(to), true, false};
      request.recursive = true;
      drive.copy(world.actor, std::move(request), std::move(done));
    });
  };
  return {name, begin, [=](Holding holding) { return with_placed(std::move(holding), from, to, true); }};
}

Step restore(const std::string& path, const std::string& content) {
  const auto name = "restore " + path;
  const auto begin = [=](World& world) {
    return begin_call<storage::Placed>(world, [&](Drive& drive, auto done) {
      drive.restore(world.actor, request_of(world, name), at(path), std::nullopt, std::move(done));
    });
  };
  return {name, begin, [=](Holding holding) { return with_file(std::move(holding), path, content); }};
}

Step restore_trash(const std::string& path, const std::string& content) {
  const auto name = "restore from the trash " + path;
  const auto begin = [=](World& world) {
    return begin_call<storage::Placed>(world, [&](Drive& drive, auto done) {
      const auto items = drive.trash(world.actor, 0, 100);
      if (!items) return done(std::unexpected(items.error()));
      // Asked for again after a lost answer, the item is gone, and its id does not matter.
      std::uint64_t id = 1;
      for (const auto& item : *items) id = item.path == path ? item.id : id;
      drive.restore_trash(world.actor, request_of(world, name), id, std::nullopt, std::move(done));
    });
  };
  const auto apply = [=](Holding holding) -> std::optional<Holding> {
    if (holding.erase(kTrash + path) == 0) return std::nullopt;
    return with_file(std::move(holding), path, content);
  };
  return {name, begin, apply};
}

Step empty_trash() {
  const auto begin = [](World& world) {
    return begin_call<storage::Emptied>(world, [&](Drive& drive, auto done) {
      storage::EmptyTrashRequest request{request_of(world, "empty the trash"), {}, {}};
      drive.empty_trash(world.actor, std::move(request), std::move(done));
    });
  };
  const auto apply = [](Holding holding) -> std::optional<Holding> {
    std::erase_if(holding, [](const auto& entry) { return entry.first.starts_with(kTrash); });
    return holding;
  };
  return {"empty the trash", begin, apply};
}

Step collect() {
  const auto begin = [](World& world) {
    if (!world.drive) return ended(no_drive());
    const auto report = world.drive->collect();
    return ended(report ? Result<void>() : std::unexpected(report.error()));
  };
  return {"collect", begin, same};
}

Step reopen() {
  return {"reopen", [](World& world) { return ended(reopen_now(world)); }, same};
}

Step read(const std::string& path, const std::string& content) {
  const auto begin = [=](World& world) {
    if (!world.drive) return ended(no_drive());
    const auto reader = world.drive->open_file(world.actor, {at(path), {}});
    if (!reader) return ended(std::unexpected(reader.error()));
    Bytes bytes(content.size() + 1);
    const auto count = (*reader)->read(0, bytes);
    if (!count) return ended(std::unexpected(count.error()));
    CHECK(as_text(ByteView(bytes).first(*count)) == content);
    return ended({});
  };
  return {"read " + path, begin, same};
}

Step flush_tree() {
  const auto begin = [](World& world) { return ended(world.drive ? world.drive->flush_tree() : no_drive()); };
  return {"flush the tree", begin, same};
}

Step upload_of_parts(const std::string& path, const std::string& held, const std::string& middle) {
  const auto name = "upload of parts of " + path;
  const auto changed = held.size() / 2;
  auto made = held;
  made.replace(changed, middle.size(), middle);
  const auto length = middle.size();
  return {name, [=](World& world) { return ended(upload_parts_now(world, name, path, made, changed, length)); },
          [=](Holding holding) { return with_file(std::move(holding), path, made); }};
}

}  // namespace ndisk::faults
