#include "storage/check_receipts.hpp"

#include "common/receipt.hpp"

namespace ndisk::storage {
namespace {

constexpr std::int64_t kReceiptsAtOnce = 2048;
constexpr char kAdvice[] =
    "compare with the receipts that the devices keep: ndisk verify --receipts; if theirs are whole, restore a backup";

struct Row {
  Receipt receipt;
  Digest hash{};
  bool has_version = false;
};

Row to_row(const Query& query, const std::string& user) {
  Row row;
  row.receipt.user = user;
  row.receipt.sequence = query.number(0);
  row.receipt.version = query.number(1);
  row.receipt.path = query.bytes(2);
  row.receipt.durable = query.integer(3);
  row.receipt.change = query.number(4);
  row.receipt.previous = query.fixed<32>(5);
  row.hash = query.fixed<32>(6);
  row.has_version = !query.is_null(7);
  row.receipt.size = query.number(7);
  row.receipt.sha256 = query.fixed<32>(8);
  return row;
}

// Empty: nothing is wrong with it.
std::string fault_of(const Row& row, std::uint64_t sequence, const Digest& hash) {
  const auto number = std::to_string(row.receipt.sequence);
  if (row.receipt.sequence != sequence + 1) {
    return "the receipts before receipt " + number + " are missing, from " + std::to_string(sequence + 1) + " on";
  }
  if (row.receipt.previous != hash) return "receipt " + number + " does not follow the one before it";
  if (row.has_version && sha256(as_bytes(receipt_text(row.receipt))) != row.hash) {
    return "receipt " + number + " is not of what is stored";
  }
  return {};
}

}  // namespace

Result<bool> ReceiptsCheck::step(CheckOutcome& outcome) {
  return parts_.catalog.read([&](Database& database) -> Result<bool> {
    if (!has_user_ && !find_next_user(database)) return false;
    has_user_ = follow(database, outcome);
    return true;
  });
}

// Whose user was removed have nobody left who could ask for them.
bool ReceiptsCheck::find_next_user(Database& database) {
  auto query = database.query(
      "SELECT id, name FROM users WHERE id > ? AND name NOT LIKE 'removed:%' ORDER BY id LIMIT 1", chain_.user);
  if (!query.step()) return false;
  chain_ = {};
  chain_.user = query.integer(0);
  chain_.name = query.bytes(1);
  return true;
}

// False: that was the end of the chain.
bool ReceiptsCheck::follow(Database& database, CheckOutcome& outcome) {
  auto query = database.query(
      "SELECT receipts.sequence, receipts.version, receipts.path, receipts.durable, receipts.change, "
      "receipts.previous, receipts.hash, versions.size, objects.sha256 FROM receipts "
      "LEFT JOIN versions ON versions.id = receipts.version AND EXISTS "
      "(SELECT 1 FROM objects WHERE objects.id = versions.object) "
      "LEFT JOIN objects ON objects.id = versions.object "
      "WHERE receipts.user = ? AND receipts.sequence > ? ORDER BY receipts.sequence LIMIT ?",
      chain_.user, chain_.sequence, kReceiptsAtOnce);
  bool any = false;
  while (query.step()) {
    any = true;
    const auto row = to_row(query, chain_.name);
    auto fault = chain_.is_broken ? std::string() : fault_of(row, chain_.sequence, chain_.hash);
    chain_.sequence = row.receipt.sequence;
    chain_.hash = row.hash;
    ++checked_;
    if (fault.empty()) continue;
    chain_.is_broken = true;
    outcome.found.push_back({.kind = FindingKind::kRecord,
                             .user = chain_.name,
                             .path = row.receipt.path,
                             .version = row.receipt.version,
                             .cause = std::move(fault),
                             .advice = kAdvice});
    ++outcome.report.damage;
  }
  return any;
}

}  // namespace ndisk::storage
