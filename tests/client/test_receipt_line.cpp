#include "client/proof/receipt_line.hpp"

#include "tests/catch.hpp"
#include "tests/client/signed_receipt.hpp"

namespace ndisk::client {
namespace {

TEST_CASE("receipt line: comes back as it was") {
  ReceiptMaker maker;
  const auto line = maker.next();
  const auto back = receipt_from_line(receipt_to_line(line)).value();
  CHECK(back.receipt == line.receipt);
  CHECK(back.signature == line.signature);
  CHECK(back.server_key == line.server_key);
}

TEST_CASE("receipt line: a path that is not UTF-8 comes back by its bytes") {
  ReceiptMaker maker;
  const auto line = maker.next("a/\xFF\xFE");
  CHECK(receipt_from_line(receipt_to_line(line)).value().receipt.path == "a/\xFF\xFE");
}

TEST_CASE("receipt line: a file that begins with one is known by it") {
  ReceiptMaker maker;
  CHECK(begins_as_receipts(receipt_to_line(maker.next())));
  CHECK_FALSE(begins_as_receipts(R"({"type":"file"})"));
  CHECK_FALSE(begins_as_receipts(""));
}

TEST_CASE("receipt line: what is cut off, of another type or without a field is none") {
  ReceiptMaker maker;
  const auto text = receipt_to_line(maker.next());
  CHECK(receipt_from_line(text.substr(0, text.size() / 2)).error().code == ErrorCode::kInvalid);
  CHECK(receipt_from_line(R"({"type":"file"})").error().code == ErrorCode::kInvalid);
  auto without = text;
  without.replace(without.find("\"version\""), 9, "\"varsion\"");
  CHECK(receipt_from_line(without).error().message.find("'version'") != std::string::npos);
}

TEST_CASE("receipt line: a signature holds for exactly what was signed") {
  ReceiptMaker maker;
  auto line = maker.next();
  CHECK(check_signature(line, maker.pin()));
  CHECK(check_signature(line, std::nullopt));
  line.receipt.size = 6;
  CHECK(check_signature(line, maker.pin()).error().code == ErrorCode::kIntegrity);
}

TEST_CASE("receipt line: another server's signature does not pass for the pinned one's") {
  ReceiptMaker maker, other;
  CHECK(check_signature(other.next(), maker.pin()).error().code == ErrorCode::kIntegrity);
}

TEST_CASE("receipt line: the server's answer becomes one, and no receipt in it is a broken promise") {
  ReceiptMaker maker;
  const auto made = maker.next("x");
  Uploaded uploaded{.version = made.receipt.version,
                    .size = 5,
                    .sha256 = made.receipt.sha256,
                    .change = made.receipt.change,
                    .receipt = {}};
  const auto path = RemotePath::from_wire("x").value();
  CHECK(receipt_of(uploaded, path).error().code == ErrorCode::kProtocol);
  wire::Receipt given;
  given.set_user("owner");
  given.set_sequence(made.receipt.sequence);
  given.set_previous(std::string(as_text(made.receipt.previous)));
  given.set_durable_ns(made.receipt.durable);
  given.set_signature(std::string(as_text(made.signature)));
  given.set_public_key(std::string(as_text(made.server_key)));
  uploaded.receipt = given;
  CHECK(receipt_of(uploaded, path).value().receipt == made.receipt);
}

}  // namespace
}  // namespace ndisk::client
