#include "client/proof/receipt_line.hpp"

#include <nlohmann/json.hpp>

#include "client/json_line.hpp"
#include "common/net/server_signature.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using Json = nlohmann::json;

std::unexpected<Error> not_one(const std::string& why) { return fail(ErrorCode::kInvalid, "is no receipt: " + why); }

// RFC 4648 section 4, with padding.
Result<Bytes> from_base64(std::string text) {
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) {
    if (c == '-' || c == '_') return not_one("a value is not base64");
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  auto bytes = from_base64url(text);
  if (!bytes) return not_one("a value is not base64");
  return bytes;
}

// The fields of one object; the first that is missing or of another type is remembered.
class Fields {
 public:
  explicit Fields(const Json& object) : object_(object) {}

  std::string text(const char* key) {
    const auto found = object_.find(key);
    if (found != object_.end() && found->is_string()) return found->get<std::string>();
    note(key);
    return {};
  }
  std::uint64_t number(const char* key) {
    const auto found = object_.find(key);
    if (found != object_.end() && found->is_number_unsigned()) return found->get<std::uint64_t>();
    note(key);
    return 0;
  }
  std::int64_t time(const char* key) {
    const auto found = object_.find(key);
    if (found != object_.end() && found->is_number_integer()) return found->get<std::int64_t>();
    note(key);
    return 0;
  }
  Digest digest(const char* key) {
    const auto bytes = from_hex(text(key));
    const auto digest = bytes ? digest_from(*bytes) : std::unexpected(bytes.error());
    if (!digest) note(key);
    return digest.value_or(Digest{});
  }
  Bytes base64(const char* key) {
    auto bytes = from_base64(text(key));
    if (!bytes) note(key);
    return bytes ? std::move(*bytes) : Bytes{};
  }
  [[nodiscard]] bool has(const char* key) const { return object_.contains(key); }
  [[nodiscard]] const std::string& missing() const { return missing_; }

 private:
  void note(const char* key) {
    if (missing_.empty()) missing_ = key;
  }
  const Json& object_;
  std::string missing_;
};

}  // namespace

std::string receipt_to_line(const ReceiptLine& line) {
  const auto& receipt = line.receipt;
  JsonFields fields{{"type", std::string("receipt")}};
  add_path(fields, receipt.path);
  fields.emplace_back("version", receipt.version);
  fields.emplace_back("size", receipt.size);
  fields.emplace_back("sha256", to_hex(receipt.sha256));
  fields.emplace_back("durable", std::int64_t{receipt.durable});
  fields.emplace_back("change", receipt.change);
  fields.emplace_back("user", receipt.user);
  fields.emplace_back("sequence", receipt.sequence);
  fields.emplace_back("previous", to_hex(receipt.previous));
  fields.emplace_back("signature", to_base64(as_text(line.signature)));
  fields.emplace_back("server_key", to_base64(as_text(line.server_key)));
  return to_json_line(fields);
}

Result<ReceiptLine> receipt_from_line(std::string_view text) {
  const auto object = Json::parse(text, nullptr, false);
  if (!object.is_object()) return not_one("it is not a JSON object");
  Fields fields(object);
  if (fields.text("type") != "receipt") return not_one("its type is another");
  ReceiptLine line;
  auto& receipt = line.receipt;
  receipt.path = fields.text("path");
  if (fields.has("path_base64")) receipt.path = std::string(as_text(fields.base64("path_base64")));
  receipt.version = fields.number("version");
  receipt.size = fields.number("size");
  receipt.sha256 = fields.digest("sha256");
  receipt.durable = fields.time("durable");
  receipt.change = fields.number("change");
  receipt.user = fields.text("user");
  receipt.sequence = fields.number("sequence");
  receipt.previous = fields.digest("previous");
  line.signature = fields.base64("signature");
  line.server_key = fields.base64("server_key");
  if (!fields.missing().empty()) return not_one("'" + fields.missing() + "' is missing or can't be");
  const auto path = RemotePath::from_wire(receipt.path);
  if (!path) return not_one(path.error().message);
  return line;
}

bool begins_as_receipts(std::string_view text) {
  constexpr std::string_view kBegin = R"({"type":"receipt",)";
  return text.starts_with(kBegin);
}

Result<void> check_signature(const ReceiptLine& line, const std::optional<Digest>& pin) {
  if (pin && net::pin_of_public_key(line.server_key) != *pin) {
    return fail(ErrorCode::kIntegrity, "the receipt is signed by the key of another server");
  }
  const auto text = receipt_text(line.receipt);
  if (net::signature_of_server_is_valid(line.server_key, line.signature, as_bytes(text))) return {};
  return fail(ErrorCode::kIntegrity, "the receipt's signature is not the server's");
}

Result<ReceiptLine> receipt_of(const Uploaded& uploaded, const RemotePath& remote) {
  if (!uploaded.receipt) {
    return fail(ErrorCode::kProtocol, shown_name(remote.bytes()) + ": is stored, but the server gave no receipt");
  }
  const auto& given = *uploaded.receipt;
  const auto previous = protocol::digest_field(given.previous());
  if (!previous) return std::unexpected(previous.error());
  const auto bytes = [](const std::string& text) { return Bytes(text.begin(), text.end()); };
  return ReceiptLine{.receipt = {.user = given.user(),
                                 .sequence = given.sequence(),
                                 .previous = *previous,
                                 .path = remote.bytes(),
                                 .version = uploaded.version,
                                 .size = uploaded.size,
                                 .sha256 = uploaded.sha256,
                                 .durable = given.durable_ns(),
                                 .change = uploaded.change},
                     .signature = bytes(given.signature()),
                     .server_key = bytes(given.public_key())};
}

}  // namespace ndisk::client
