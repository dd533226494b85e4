// Proofs and receipts.
#include "common/net/bulk_frame.hpp"
#include "tests/server/session_fixture.hpp"

namespace ndisk::server {
namespace {

using net::Executor;
using net::Task;
using protocol::FrameType;

Task<> the_bytes_are_read_and_digested(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.held = some_content(1'000'000);  // several blocks, the last not full
  co_await fixture.log_in();
  wire::Verify verify;
  verify.set_path("a");
  verify.set_version(21);
  verify.set_nonce("nonce");
  const auto verified = co_await fixture.ask<wire::Verified>(FrameType::kVerify, verify, FrameType::kVerified);
  CHECK(verified.version() == 21);
  CHECK(verified.size() == 1'000'000);
  CHECK(verified.current());
  CHECK(verified.sha256() == as_text(sha256(*fixture.drive.held)));
  Sha256 proof;
  proof.add(as_bytes("nonce"));
  proof.add(*fixture.drive.held);
  CHECK(verified.proof() == as_text(proof.digest()));
  CHECK(fixture.drive.opened.path.bytes() == "a");
  CHECK(fixture.drive.opened.version == 21);
  CHECK(fixture.drive.forgotten == 1);
  CHECK(fixture.drive.marked.empty());
  co_await fixture.finish();
}

Task<> an_empty_file_is_verified(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.held = Bytes();
  co_await fixture.log_in();
  wire::Verify verify;
  verify.set_path("a");
  const auto verified = co_await fixture.ask<wire::Verified>(FrameType::kVerify, verify, FrameType::kVerified);
  CHECK(verified.size() == 0);
  CHECK(verified.sha256() == as_text(sha256(Bytes())));
  CHECK(verified.proof() == verified.sha256());
  co_await fixture.finish();
}

Task<> content_that_is_cut_short_is_no_proof(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.held = some_content(600'000);
  fixture.drive.readable = 300'000;
  co_await fixture.log_in();
  wire::Verify verify;
  verify.set_path("a");
  const auto error = co_await fixture.ask_for_error(FrameType::kVerify, verify);
  CHECK(error.code == ErrorCode::kIntegrity);
  co_await fixture.finish();
}

Task<> content_that_is_not_what_was_recorded_is_marked(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.held = some_content(600'000);
  fixture.drive.recorded = Digest{9};
  co_await fixture.log_in();
  wire::Verify verify;
  verify.set_path("a");
  verify.set_nonce("nonce");
  const auto verified = co_await fixture.ask<wire::Verified>(FrameType::kVerify, verify, FrameType::kVerified);
  CHECK(verified.sha256() == as_text(sha256(*fixture.drive.held)));
  Sha256 proof;
  proof.add(as_bytes("nonce"));
  proof.add(*fixture.drive.held);
  CHECK(verified.proof() == as_text(proof.digest()));
  CHECK(fixture.drive.forgotten == 2);
  CHECK(fixture.drive.marked == std::vector<std::int64_t>{5});
  co_await fixture.finish();
}

Task<> what_is_not_there_is_not_verified(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  wire::Verify verify;
  verify.set_path("a");
  const auto error = co_await fixture.ask_for_error(FrameType::kVerify, verify);
  CHECK(error.code == ErrorCode::kNotFound);
  co_await fixture.finish();
}

Task<> a_long_nonce_ends_the_session(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  wire::Verify verify;
  verify.set_path("a");
  verify.set_nonce(std::string(33, 'n'));
  fixture.send(FrameType::kVerify, 1, verify);
  const auto error = co_await fixture.expect_end();
  CHECK(error.code == ErrorCode::kProtocol);
  CHECK(error.message.find("nonce") != std::string::npos);
  co_await fixture.finish();
}

// Both frames are read before the first block: the file is large enough for the Cancel to come in between.
Task<> cancel_ends_a_verification(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.held = Bytes(64 << 20);
  co_await fixture.log_in();
  wire::Verify verify;
  verify.set_path("a");
  fixture.send(FrameType::kVerify, 1, verify);
  fixture.send(FrameType::kCancel, 1, wire::Cancel());
  const auto error = co_await fixture.expect_error(1);
  CHECK(error.code == ErrorCode::kCancelled);
  co_await fixture.finish();
}

Task<> no_data_comes_to_a_verification(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.held = Bytes(64 << 20);
  co_await fixture.log_in();
  wire::Verify verify;
  verify.set_path("a");
  fixture.send(FrameType::kVerify, 1, verify);
  fixture.client.post_frames(net::DataFrame(10).finish(1, 0, 10));
  const auto error = co_await fixture.expect_end();
  CHECK(error.code == ErrorCode::kProtocol);
  CHECK(error.message.find("Data") != std::string::npos);
  co_await fixture.finish();
}

Task<wire::Committed> put(SessionFixture& fixture, bool receipt) {
  wire::PutSmall message;
  message.set_request_id(std::string(16, 'r'));
  message.set_path("file");
  message.set_sha256(std::string(as_text(sha256(as_bytes("x")))));
  message.set_receipt(receipt);
  fixture.client.post_frames(
      net::encode_small_frame(FrameType::kPutSmall, ++fixture.last_stream, message, as_bytes("x")));
  const auto frame = co_await fixture.expect(FrameType::kCommitted);
  co_return protocol::parse_message<wire::Committed>(frame.payload).value();
}

Task<> a_receipt_is_signed_by_the_pinned_key(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  const auto committed = co_await put(fixture, true);
  const auto& receipt = committed.receipt();
  CHECK(receipt.user() == "owner");
  CHECK(receipt.sequence() == 4);
  const Receipt expected{.user = "owner", .sequence = 4, .path = "file", .version = 1};
  CHECK(net::signature_of_server_is_valid(as_bytes(receipt.public_key()), as_bytes(receipt.signature()),
                                          as_bytes(receipt_text(expected))));
  CHECK(net::pin_of_public_key(as_bytes(receipt.public_key())) ==
        net::pin_of(fixture.identity.certificate_pem).value());
  co_await fixture.finish();
}

Task<> nobody_gets_a_receipt_unasked(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  const auto committed = co_await put(fixture, false);
  CHECK_FALSE(committed.has_receipt());
  co_await fixture.finish();
}

Task<> the_state_of_a_receipt_is_told(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  wire::CheckReceipt check;
  check.set_sequence(4);
  auto state = co_await fixture.ask<wire::ReceiptState>(FrameType::kCheckReceipt, check, FrameType::kReceiptState);
  CHECK(state.sha256() == as_text(Digest{9}));
  CHECK(state.last() == 4);
  CHECK(state.change() == 30);
  check.set_sequence(5);
  state = co_await fixture.ask<wire::ReceiptState>(FrameType::kCheckReceipt, check, FrameType::kReceiptState);
  CHECK(state.sha256().empty());
  co_await fixture.finish();
}

}  // namespace

TEST_CASE("verify: the bytes are read again, and digest and proof are theirs") {
  net::run_task(the_bytes_are_read_and_digested);
}
TEST_CASE("verify: an empty file has the digest of nothing") { net::run_task(an_empty_file_is_verified); }
TEST_CASE("verify: content that is cut short is INTEGRITY") { net::run_task(content_that_is_cut_short_is_no_proof); }
TEST_CASE("verify: content that is not what was recorded is read twice, and then marked as damaged") {
  net::run_task(content_that_is_not_what_was_recorded_is_marked);
}
TEST_CASE("verify: what is not there is NOT_FOUND") { net::run_task(what_is_not_there_is_not_verified); }
TEST_CASE("verify: a nonce over the limit ends the session") { net::run_task(a_long_nonce_ends_the_session); }
TEST_CASE("verify: Cancel ends it") { net::run_task(cancel_ends_a_verification); }
TEST_CASE("verify: no Data may come to it") { net::run_task(no_data_comes_to_a_verification); }
TEST_CASE("receipts: one is signed by the key that the pin names") {
  net::run_task(a_receipt_is_signed_by_the_pinned_key);
}
TEST_CASE("receipts: nobody gets one unasked") { net::run_task(nobody_gets_a_receipt_unasked); }
TEST_CASE("receipts: the server says what it knows of a number, and which is the newest") {
  net::run_task(the_state_of_a_receipt_is_told);
}

}  // namespace ndisk::server
