#include "client/remote/remote_glob.hpp"

#include <algorithm>
#include <asio/this_coro.hpp>

#include "client/remote/listing.hpp"
#include "client/request.hpp"
#include "common/glob.hpp"
#include "common/net/byte_budget.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using Paths = std::vector<RemotePath>;

// Folders that are looked into side by side: over a long way one after the other would take a round trip each.
constexpr std::size_t kAtOnce = 32;

bool is_wild(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '*' || text[i] == '?' || text[i] == '[') {
      return true;
    }
  }
  return false;
}

std::string without_backslashes(std::string_view text) {
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    name.push_back(text[i]);
  }
  return name;
}

Error too_many(std::string_view operand) {
  return {ErrorCode::kInvalid,
          shown_name(operand) + ": matches more than " + std::to_string(kMaxGlobResults) +
              " names; name the folder itself, or a part of it",
          false};
}

// What stands at a path; nothing if nothing does.
net::Task<Result<std::optional<wire::Kind>>> kind_of(Link& link, const RemotePath& path) {
  wire::Stat message;
  message.set_path(path.bytes());
  const auto info =
      co_await request<wire::StatInfo>(link, protocol::FrameType::kStat, message, protocol::FrameType::kStatInfo);
  if (info) co_return info->entry().kind();
  const auto code = info.error().code;
  if (code != ErrorCode::kNotFound && code != ErrorCode::kNotFolder) co_return std::unexpected(info.error());
  co_return std::optional<wire::Kind>();
}

// One expansion: the paths that match the components so far, component by component.
class Expansion {
 public:
  Expansion(Link& link, const net::Executor& executor, std::string_view operand, std::vector<GlobComponent> components)
      : link_(link),
        operand_(operand),
        components_(std::move(components)),
        folders_only_(operand.ends_with('/')),
        slots_(executor, kAtOnce),
        tasks_(executor) {}

  net::Task<Result<Paths>> run() {
    Paths paths(1);
    for (std::size_t i = 0; i < components_.size() && !paths.empty(); ++i) {
      // A plain name needs no look unless it comes last: what is below it is looked for anyway.
      const bool is_last = i + 1 == components_.size();
      if (!components_[i].is_pattern && !is_last) {
        append_name(paths, components_[i].text);
        continue;
      }
      auto found = co_await look_below(std::move(paths), components_[i], is_last);
      if (!found) co_return found;
      paths = std::move(*found);
    }
    if (paths.empty()) co_return fail(ErrorCode::kNotFound, shown_name(operand_) + ": no match");
    co_return paths;
  }

 private:
  static void append_name(Paths& paths, std::string_view name) {
    Paths longer;
    for (const auto& path : paths) {
      if (auto child = path.child(name)) longer.push_back(std::move(*child));  // too long a path is no match
    }
    paths = std::move(longer);
  }

  net::Task<Result<Paths>> look_below(Paths folders, const GlobComponent& component, bool is_last) {
    failure_.reset();
    count_ = 0;
    std::vector<Paths> found(folders.size());
    for (std::size_t i = 0; i < folders.size() && !failure_; ++i) {
      auto slot = co_await slots_.take(1);
      tasks_.spawn(look(folders[i], component, is_last, found[i], std::move(slot)));
    }
    co_await tasks_.join();
    if (failure_) co_return std::unexpected(*failure_);
    Paths all;
    for (auto& part : found) std::ranges::move(part, std::back_inserter(all));
    co_return all;
  }

  net::Task<> look(const RemotePath& folder, const GlobComponent& component, bool is_last, Paths& found,
                   [[maybe_unused]] net::ByteBudget::Share slot) {
    Result<void> looked;
    if (component.is_pattern) {
      looked = co_await list(folder, component, is_last, found);
    } else {
      looked = co_await look_at(folder, component, found);
    }
    if (!looked && !failure_) failure_ = looked.error();
  }

  net::Task<Result<void>> look_at(const RemotePath& folder, const GlobComponent& component, Paths& found) {
    auto path = folder.child(component.text);
    if (!path) co_return Result<void>();
    const auto kind = co_await kind_of(link_, *path);
    if (!kind) co_return std::unexpected(kind.error());
    if (*kind && (**kind == wire::FOLDER || !folders_only_)) found.push_back(std::move(*path));
    co_return Result<void>();
  }

  net::Task<Result<void>> list(const RemotePath& folder, const GlobComponent& component, bool is_last, Paths& found) {
    const bool folders_only = !is_last || folders_only_;
    wire::List request;
    request.set_path(folder.bytes());
    request.set_folders_only(folders_only);
    request.mutable_filter()->add_names(component.text);
    Listing listing(link_, std::move(request));
    for (;;) {
      const auto page = co_await listing.next();
      if (!page) co_return nothing_there(page.error(), folder);
      if (!*page || listing.is_file() || failure_) co_return Result<void>();
      for (const auto& entry : **page) {
        if ((folders_only && entry.kind() != wire::FOLDER) || !component.matches(entry.path())) continue;
        if (++count_ > kMaxGlobResults) co_return std::unexpected(too_many(operand_));
        if (auto path = folder.child(entry.path())) found.push_back(std::move(*path));
      }
    }
  }

  // A plain name in the middle was taken on trust; a folder may go between two looks.
  static Result<void> nothing_there(const Error& error, const RemotePath& folder) {
    const bool is_gone = error.code == ErrorCode::kNotFound || error.code == ErrorCode::kNotFolder;
    if (is_gone && !folder.is_root()) return {};
    return std::unexpected(error);
  }

  Link& link_;
  std::string_view operand_;
  std::vector<GlobComponent> components_;
  bool folders_only_;
  std::size_t count_ = 0;
  std::optional<Error> failure_;
  net::ByteBudget slots_;
  net::TaskGroup tasks_;
};

}  // namespace

bool GlobComponent::matches(std::string_view name) const {
  if (!is_pattern) return name == text;
  if (name.starts_with('.') && !text.starts_with('.') && !text.starts_with("\\.")) return false;
  return glob_matches(text, name);
}

Result<std::vector<GlobComponent>> split_glob(std::string_view operand) {
  const auto whole = RemotePath::from_user(operand);
  if (!whole) return std::unexpected(whole.error());
  std::vector<GlobComponent> components;
  for (const auto part : whole->components()) {
    const bool wild = is_wild(part);
    components.push_back({wild ? std::string(part) : without_backslashes(part), wild});
  }
  return components;
}

net::Task<Result<Paths>> expand_remote(Link& link, const std::string& operand) {
  auto literal = RemotePath::from_user(operand);
  if (!literal) co_return fail_with_context(shown_name(operand), literal.error());
  if (!is_glob(operand)) co_return Paths(1, std::move(*literal));
  const auto kind = co_await kind_of(link, *literal);
  if (!kind) co_return std::unexpected(kind.error());
  if (*kind) co_return Paths(1, std::move(*literal));
  auto components = split_glob(operand);
  if (!components) co_return std::unexpected(components.error());
  const net::Executor executor = co_await asio::this_coro::executor;
  Expansion expansion(link, executor, operand, std::move(*components));
  co_return co_await expansion.run();
}

}  // namespace ndisk::client
