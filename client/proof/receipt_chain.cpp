#include "client/proof/receipt_chain.hpp"

#include <string>

namespace ndisk::client {
namespace {

std::unexpected<Error> broken(std::uint64_t number, const std::string& why) {
  return fail(ErrorCode::kIntegrity, "receipt " + std::to_string(number) + " " + why);
}

}  // namespace

Result<void> ReceiptChain::add(const Receipt& receipt) {
  const auto number = receipt.sequence;
  const Known known{receipt.previous, sha256(as_bytes(receipt_text(receipt)))};
  if (number <= before_) {
    return broken(number, "was given out before, up to " + std::to_string(before_) +
                              ": the server was put back to an older state");
  }
  if (const auto same = known_.find(number); same != known_.end()) {
    if (same->second.text == known.text) return {};
    return broken(number, "was given out twice, for different things: the server was put back to an older state");
  }
  if (number == 1 && receipt.previous != Digest{}) return broken(number, "is the first and names one before it");
  const auto earlier = known_.find(number - 1);
  if (earlier != known_.end() && earlier->second.text != known.previous) {
    return broken(number, "does not follow the receipt before it");
  }
  const auto later = known_.find(number + 1);
  if (later != known_.end() && later->second.previous != known.text) {
    return broken(number + 1, "does not follow the receipt before it");
  }
  known_.emplace(number, known);
  order_.push_back(number);
  if (order_.size() > kRemembered) {
    known_.erase(order_.front());
    order_.pop_front();
  }
  return {};
}

}  // namespace ndisk::client
