// Every message of the wire: what is taken is written again the same, and what its fields hold is checked by one rule.
#include "common/protocol/bulk.hpp"
#include "common/protocol/messages.hpp"
#include "common/shown_name.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/message_types.hpp"
#include "tests/fuzz/targets.hpp"

namespace ndisk::fuzz {
namespace {

std::string written(const google::protobuf::MessageLite& message) { return message.SerializeAsString(); }

void check_message(google::protobuf::MessageLite& message, ByteView payload) {
  if (!protocol::parse_into(message, payload)) return;
  const auto first = written(message);
  require(protocol::parse_into(message, as_bytes(first)).has_value(), "what was written can be read");
  require(written(message) == first, "what was read is written the same");
}

void check_error(ByteView payload) {
  const auto message = protocol::parse_message<wire::ErrorMessage>(payload);
  if (!message) return;
  const auto error = protocol::from_wire(*message);
  const auto again = protocol::to_wire(error);
  require(is_utf8(again.message()), "an error's text is UTF-8");
  require(again.message().size() <= protocol::kMaxErrorTextBytes, "an error's text has a limit");
  require(protocol::from_wire(again).code == error.code, "an error keeps its code");
}

void check_fields(std::string_view bytes) {
  require(protocol::request_id_field(bytes).has_value() == (bytes.size() == 16), "a request id has 16 bytes");
  require(protocol::digest_field(bytes).has_value() == (bytes.size() == 32), "a digest has 32 bytes");
  const Error error{ErrorCode::kInvalid, std::string(bytes), true};
  require(is_utf8(protocol::to_wire(error).message()), "any text can be an error's");
}

void check_bulk(ByteView payload) {
  if (const auto data = protocol::parse_data(payload)) {
    require(!data->content.empty() && data->content.size() <= protocol::kMaxDataBytes,
            "Data has content, with a limit");
    require(data->offset <= protocol::kMaxFileBytes - data->content.size(), "Data ends within the largest file");
    const auto offset = protocol::encode_data_offset(data->offset);
    require(std::ranges::equal(offset, payload.first(offset.size())), "an offset is written the same");
  }
  const auto small = protocol::parse_small(payload);
  if (!small) return;
  require(small->content.size() <= protocol::kMaxSmallFileBytes, "a small file has a limit");
  require(small->message.size() <= protocol::kMaxBulkHeaderBytes, "and so has what stands before it");
  auto prefix = protocol::encode_small_prefix(as_text(small->message));
  prefix.insert(prefix.end(), small->content.begin(), small->content.end());
  require(std::ranges::equal(prefix, payload), "a small file is written the same");
}

}  // namespace

void message(ByteView input) {
  Choices choices(input);
  const auto type = protocol::FrameType{choices.byte()};
  const auto payload = choices.rest();
  const auto empty = message_of(type);
  if (empty) check_message(*empty, payload);
  if (type == protocol::FrameType::kError) check_error(payload);
  if (protocol::is_bulk(type)) check_bulk(payload);
  check_fields(as_text(payload));
}

}  // namespace ndisk::fuzz
