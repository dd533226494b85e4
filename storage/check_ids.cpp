#include "storage/check_ids.hpp"

#include <string_view>

#include "storage/check_totals.hpp"
#include "storage/counters.hpp"

namespace ndisk::storage {
namespace {

constexpr std::string_view kObject = "object", kNode = "node";

}  // namespace

Result<bool> IdsCheck::step(CheckOutcome& outcome) {
  constexpr const char* kCounters[][2] = {
      {"node",
       "SELECT max(ifnull((SELECT max(id) FROM nodes), 0), ifnull((SELECT max(root) FROM users), 0), "
       "ifnull((SELECT max(trash) FROM users), 0))"},
      {"object", "SELECT ifnull(max(id), 0) FROM objects"},
      {"user", "SELECT ifnull(max(id), 0) FROM users"},
  };
  for (const auto& [counter, used] : kCounters) {
    if (auto checked = check(counter, used, outcome); !checked) return std::unexpected(std::move(checked.error()));
  }
  done_ = true;
  return false;
}

// Objects get their numbers from a block that is reserved, so its place counts: read after what is used, as it goes on.
Result<IdsCheck::Ids> IdsCheck::look_at(const char* counter, const char* used) {
  auto ids = parts_.catalog.read([&](Database& database) -> Result<Ids> {
    auto query = database.query(used);
    Ids found;
    if (query.step()) found.used = query.integer(0);
    found.next = find_counter(database, counter).value_or(0);
    return found;
  });
  if (ids && counter == kObject) ids->next = parts_.ids.next_of_this_run();
  return ids;
}

Result<void> IdsCheck::check(const char* counter, const char* used, CheckOutcome& outcome) {
  const auto ids = look_at(counter, used);
  if (!ids) return std::unexpected(ids.error());
  if (ids->next > ids->used) return {};
  const auto mended = repair_ ? raise(counter, ids->used) : Result<void>();
  note_number(outcome,
              {.cause = std::string("the next ") + counter + " would get the number " + std::to_string(ids->next) +
                        ", though " + std::to_string(ids->used) + " is given out",
               .advice = "nothing: the next number is one that nobody has"},
              repair_, mended);
  return {};
}

Result<void> IdsCheck::raise(const char* counter, std::int64_t used) {
  auto raised = parts_.queue.run<void>([counter, used](WriteContext& context) -> Result<void> {
    if (counter == kNode) {
      context.raise_node_ids(used + 1);
    } else {
      context.database.run("UPDATE counters SET value = max(value, ?) WHERE name = ?", used + 1, counter);
    }
    return {};
  });
  if (raised && counter == kObject) raised = parts_.ids.renew();
  return raised;
}

}  // namespace ndisk::storage
