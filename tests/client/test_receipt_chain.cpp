#include "client/proof/receipt_chain.hpp"

#include "tests/catch.hpp"
#include "tests/client/signed_receipt.hpp"

namespace ndisk::client {
namespace {

ErrorCode code_of(const Result<void>& result) { return result ? ErrorCode::kInternal : result.error().code; }

TEST_CASE("receipt chain: neighbours fit whatever the order in which they come") {
  ReceiptMaker maker;
  const auto one = maker.next(), two = maker.next(), three = maker.next();
  ReceiptChain chain;
  CHECK(chain.add(three.receipt));
  CHECK(chain.add(one.receipt));
  CHECK(chain.add(two.receipt));
}

TEST_CASE("receipt chain: one that does not follow its neighbour is found, from either side") {
  ReceiptMaker maker;
  const auto one = maker.next();
  auto two = maker.next();
  two.receipt.previous[0] ^= 1;
  ReceiptChain forward, backward;
  CHECK(forward.add(one.receipt));
  CHECK(code_of(forward.add(two.receipt)) == ErrorCode::kIntegrity);
  CHECK(backward.add(two.receipt));
  CHECK(code_of(backward.add(one.receipt)) == ErrorCode::kIntegrity);
}

TEST_CASE("receipt chain: one number for two things means an older state") {
  ReceiptMaker maker;
  const auto one = maker.next();
  auto other = one.receipt;
  other.path = "elsewhere";
  ReceiptChain chain;
  CHECK(chain.add(one.receipt));
  CHECK(chain.add(one.receipt));
  CHECK(code_of(chain.add(other)) == ErrorCode::kIntegrity);
}

TEST_CASE("receipt chain: a number from before the beginning means an older state") {
  ReceiptMaker maker;
  const auto one = maker.next(), two = maker.next();
  ReceiptChain chain;
  chain.begin_after(1);
  CHECK(chain.add(two.receipt));
  CHECK(code_of(chain.add(one.receipt)) == ErrorCode::kIntegrity);
}

TEST_CASE("receipt chain: the first has none before it") {
  ReceiptMaker maker;
  auto one = maker.next();
  one.receipt.previous[0] = 1;
  CHECK(code_of(ReceiptChain().add(one.receipt)) == ErrorCode::kIntegrity);
}

TEST_CASE("receipt chain: remembers a bounded number") {
  ReceiptMaker maker;
  const auto first = maker.next();
  ReceiptChain chain;
  REQUIRE(chain.add(first.receipt));
  Receipt other = first.receipt;
  for (std::size_t i = 0; i < ReceiptChain::kRemembered; ++i) {
    other.sequence += 2;
    REQUIRE(chain.add(other));
  }
  auto changed = first.receipt;
  changed.path = "forgotten";
  CHECK(chain.add(changed));
}

}  // namespace
}  // namespace ndisk::client
