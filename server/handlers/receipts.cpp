#include "server/handlers/receipts.hpp"

#include "server/handlers/convert.hpp"

namespace ndisk::server {
namespace {

using protocol::FrameType;

Result<void> fill(wire::Receipt& message, const Receipt& receipt, const net::ServerSigner& signer) {
  const auto signature = signer.sign(as_bytes(receipt_text(receipt)));
  if (!signature) return std::unexpected(signature.error());
  message.set_sequence(receipt.sequence);
  message.set_previous(receipt.previous.data(), receipt.previous.size());
  message.set_durable_ns(receipt.durable);
  message.set_signature(signature->data(), signature->size());
  message.set_public_key(signer.public_key_der().data(), signer.public_key_der().size());
  message.set_user(receipt.user);
  return {};
}

}  // namespace

void answer_committed(Request& request, const Result<storage::Committed>& committed) {
  if (!committed) return request.stream.answer(committed.error());
  // What else refers to the content that came again gets it from the collector.
  if (committed->healed) request.services.collect_soon();
  auto message = to_wire(*committed);
  if (committed->receipt) {
    const auto filled = fill(*message.mutable_receipt(), *committed->receipt, request.services.signer);
    if (!filled) {
      return request.stream.answer({ErrorCode::kInternal,
                                    "committed as version " + std::to_string(committed->version) +
                                        ", but there is no receipt for it: " + filled.error().message,
                                    false});
    }
  }
  request.stream.answer(FrameType::kCommitted, message);
}

net::Task<> handle_check_receipt(Request request, Stream::Incoming first) {
  const auto message = protocol::parse_message<wire::CheckReceipt>(first.frame.payload);
  if (!message) co_return request.stream.answer(message.error());
  const auto sequence = message->sequence();
  auto look = [&request, sequence] { return request.services.drive.receipt_state(request.actor, sequence); };
  const auto state = co_await net::run_blocking(request.pool, look);
  if (!state) co_return request.stream.answer(state.error());
  wire::ReceiptState answer;
  if (state->sha256) answer.set_sha256(state->sha256->data(), state->sha256->size());
  answer.set_last(state->last);
  answer.set_change(state->change);
  request.stream.answer(FrameType::kReceiptState, answer);
}

}  // namespace ndisk::server
