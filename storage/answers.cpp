#include "storage/answers.hpp"

namespace ndisk::storage {
namespace {

Result<std::optional<RequestRow>> find_row(RequestTable requests, const Asked& asked) {
  auto row = requests.find(asked.actor.device, asked.id);
  if (row && row->kind != asked.kind) {
    return fail(ErrorCode::kInvalid, "this request id was used for another request");
  }
  return row;
}

}  // namespace

Result<std::optional<RequestRow>> find_answer(WriteContext& context, const Asked& asked) {
  return find_row(context.requests, asked);
}

Result<std::optional<Placed>> find_placed(WriteContext& context, const Asked& asked) {
  return find_placed(context.database, asked);
}

Result<std::optional<Placed>> find_placed(Database& database, const Asked& asked) {
  auto row = find_row(RequestTable(database), asked);
  if (!row) return std::unexpected(std::move(row.error()));
  if (!*row) return std::nullopt;
  return Placed{(*row)->result.change, (*row)->path};
}

void remember_placed(WriteContext& context, const Asked& asked, const Placed& placed) {
  RequestRow row;
  row.kind = asked.kind;
  row.result.change = placed.change;
  row.path = placed.path;
  context.requests.insert(asked.actor.device, asked.id, row, context.now());
}

}  // namespace ndisk::storage
