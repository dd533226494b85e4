#include "common/protocol/messages.hpp"

#include "common/shown_name.hpp"
#include "tests/catch.hpp"

namespace ndisk::protocol {
namespace {

constexpr ErrorCode kOnTheWire[] = {ErrorCode::kInternal,   ErrorCode::kInvalid,      ErrorCode::kNotFound,
                                    ErrorCode::kNotAllowed, ErrorCode::kIdentity,     ErrorCode::kConflict,
                                    ErrorCode::kIntegrity,  ErrorCode::kNoSpace,      ErrorCode::kNetwork,
                                    ErrorCode::kDeadline,   ErrorCode::kProtocol,     ErrorCode::kUnsupportedVersion,
                                    ErrorCode::kIsFolder,   ErrorCode::kNotFolder,    ErrorCode::kCancelled,
                                    ErrorCode::kBusy,       ErrorCode::kShuttingDown, ErrorCode::kIo};

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return out;
}

TEST_CASE("error code: code and wire have the same numbers under the same names") {
  int on_the_wire = 0;
  for (int number = 1; number <= wire::ErrorCode_MAX; ++number) on_the_wire += wire::ErrorCode_IsValid(number) ? 1 : 0;
  CHECK(on_the_wire == static_cast<int>(std::size(kOnTheWire)));
  for (auto code : kOnTheWire) {
    const auto number = static_cast<int>(code);
    REQUIRE(wire::ErrorCode_IsValid(number));
    CHECK(wire::ErrorCode_Name(static_cast<wire::ErrorCode>(number)) == upper(error_name(code)));
  }
}

TEST_CASE("error: code, message and retryable survive the wire") {
  for (auto code : kOnTheWire) {
    for (bool retryable : {false, true}) {
      const auto bytes = to_wire({code, "photos/ü.jpg: why", retryable}).SerializeAsString();
      const auto message = parse_message<wire::ErrorMessage>(as_bytes(bytes));
      REQUIRE(message);
      const auto error = from_wire(*message);
      CHECK(error.code == code);
      CHECK(error.message == "photos/ü.jpg: why");
      CHECK(error.retryable == retryable);
    }
  }
}

TEST_CASE("error: a code that is not known reads as internal") {
  for (int number : {0, 7, 20, 1000, -1}) {
    wire::ErrorMessage message;
    message.set_code(static_cast<wire::ErrorCode>(number));
    message.set_retryable(true);
    CHECK(from_wire(message).code == ErrorCode::kInternal);
    CHECK(from_wire(message).retryable);
  }
}

TEST_CASE("error: a code that is the client's own is written as internal") {
  CHECK(to_wire({ErrorCode::kSomeFailed, "", false}).code() == wire::INTERNAL);
}

TEST_CASE("error: a text is cut at 4 KiB and not before") {
  CHECK(to_wire({ErrorCode::kIo, std::string(4096, 'x'), false}).message().size() == 4096);
  CHECK(to_wire({ErrorCode::kIo, std::string(4097, 'x'), false}).message().size() == 4096);
}

TEST_CASE("error: a text is cut between characters") {
  std::string text = "x";
  while (text.size() < 5000) text += "日";  // 3 bytes: 4096 is not between two
  const auto cut = to_wire({ErrorCode::kIo, text, false}).message();
  CHECK(cut.size() == 4096);
  const auto shifted = to_wire({ErrorCode::kIo, "x" + text, false}).message();
  CHECK(shifted.size() == 4094);
  CHECK(is_utf8(cut));
  CHECK(is_utf8(shifted));
}

TEST_CASE("error: bytes that are not UTF-8 are escaped, for no reader would take them") {
  CHECK(to_wire({ErrorCode::kNotFound, "a\xFF: no such file", false}).message() == "a\\xFF: no such file");
}

TEST_CASE("message: bytes that are not a message are refused and the type is named") {
  const Bytes cut{0x0A, 0x05, 'a'};  // a field of 5 bytes, of which one is there
  const auto message = parse_message<wire::Offer>(cut);
  REQUIRE_FALSE(message);
  CHECK(message.error().code == ErrorCode::kProtocol);
  CHECK_THAT(message.error().message, Catch::Contains("ndisk.wire.Offer"));
}

TEST_CASE("message: an offer cut at any place is refused or lacks what was cut") {
  wire::Offer offer;
  offer.set_request_id(std::string(16, 'r'));
  offer.set_path("a/b");
  offer.mutable_attributes()->set_mtime_ns(1);
  offer.set_size(300);
  const auto bytes = offer.SerializeAsString();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto parsed = parse_message<wire::Offer>(as_bytes(bytes).first(size));
    if (parsed) CHECK(parsed->ByteSizeLong() == size);
  }
  CHECK(parse_message<wire::Offer>(as_bytes(bytes)).value().size() == 300);
}

TEST_CASE("message: fields of a later version are no error") {
  const Bytes later{0xFA, 0x3F, 0x01, 'x', 0x08, 0x01};  // field 1023, then version_min
  CHECK(parse_message<wire::Hello>(later).value().version_min() == 1);
}

TEST_CASE("message: text that is not UTF-8 is refused in a string and taken in bytes") {
  const Bytes software{0x1A, 0x01, 0xFF};
  CHECK_FALSE(parse_message<wire::Hello>(software));
  const Bytes path{0x12, 0x01, 0xFF};
  CHECK(parse_message<wire::Offer>(path).value().path() == "\xFF");
}

template <class T>
void check_size(Result<T> (*field)(std::string_view), std::size_t size, std::string_view name) {
  CHECK(as_text(field(std::string(size, 'x')).value()) == std::string(size, 'x'));
  for (std::size_t wrong : {std::size_t{0}, size - 1, size + 1}) {
    const auto result = field(std::string(wrong, 'x'));
    REQUIRE_FALSE(result);
    CHECK(result.error().code == ErrorCode::kProtocol);
    CHECK_THAT(result.error().message, Catch::Contains(std::string(name)));
  }
}

TEST_CASE("field: ids and digests have exactly their size, and the error names the field") {
  check_size(request_id_field, 16, "request_id");
  check_size(upload_id_field, 16, "upload_id");
  check_size(digest_field, 32, "sha256");
}

TEST_CASE("field: a path that can't be is invalid, not a broken protocol") {
  CHECK(path_field("a/b").value().bytes() == "a/b");
  CHECK(path_field("").value().is_root());
  for (const char* path : {"/a", "a/../b"}) {
    const auto result = path_field(path);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == ErrorCode::kInvalid);
  }
}

}  // namespace
}  // namespace ndisk::protocol
