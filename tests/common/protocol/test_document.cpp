// docs/protocol.md against the code: tables and examples.
#include <openssl/evp.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>

#include "common/protocol/bulk.hpp"
#include "common/protocol/invite.hpp"
#include "common/protocol/messages.hpp"
#include "common/protocol/versions.hpp"
#include "common/receipt.hpp"
#include "tests/catch.hpp"

namespace ndisk::protocol {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream in(std::string(NDISK_SOURCE_DIR) + "/" + path);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

const std::string& document() {
  static const std::string text = read_file("docs/protocol.md");
  return text;
}

using Row = std::vector<std::string>;

// The cells of a table's row; none for another line.
Row cells_of(std::string_view line) {
  Row cells;
  if (!line.starts_with("| ") || !line.ends_with(" |")) return cells;
  for (line.remove_prefix(2); !line.empty();) {
    const auto end = line.find(" |");
    cells.emplace_back(line.substr(0, end));
    line.remove_prefix(std::min(line.size(), end + 3));
  }
  return cells;
}

// All rows below the heading of a table, given as its first two cells.
std::vector<Row> table(const std::string& first, const std::string& second) {
  std::istringstream lines(document());
  std::vector<Row> rows;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    auto cells = cells_of(line);
    if (inside && cells.empty()) return rows;
    if (inside && cells[0] != "---") rows.push_back(std::move(cells));
    if (!inside) inside = cells.size() > 1 && cells[0] == first && cells[1] == second;
  }
  return rows;
}

// Two columns of a table, by the first of them.
std::map<std::string, std::string> columns(const std::vector<Row>& rows, std::size_t key, std::size_t value) {
  std::map<std::string, std::string> found;
  for (const auto& row : rows) {
    REQUIRE(row.size() > std::max(key, value));
    CHECK(found.emplace(row[key], row[value]).second);
  }
  return found;
}

// The bytes of the block ```hex NAME, without its remarks.
Bytes example(const std::string& name) {
  const auto start = document().find("```hex " + name + "\n");
  REQUIRE(start != std::string::npos);
  std::istringstream block(document().substr(start, document().find("\n```", start) - start));
  std::string digits, line;
  std::getline(block, line);
  while (std::getline(block, line)) {
    for (char c : line.substr(0, line.find('#'))) {
      if (c != ' ') digits.push_back(c);
    }
  }
  return from_hex(digits).value();
}

Bytes counting(std::uint8_t first, std::size_t count) {
  Bytes bytes;
  for (std::size_t i = 0; i < count; ++i) bytes.push_back(static_cast<std::uint8_t>(first + i));
  return bytes;
}

std::string text_of(ByteView bytes) { return std::string(as_text(bytes)); }

Bytes frame(FrameType type, StreamId stream, std::initializer_list<ByteView> parts) {
  std::size_t length = 0;
  for (auto part : parts) length += part.size();
  const auto header = encode_header({static_cast<std::uint32_t>(length), type, stream});
  Bytes out(header.begin(), header.end());
  for (auto part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

// The secret key of RFC 8032, section 7.1, test 1.
constexpr char kExampleSeed[] = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> example_key() {
  const auto seed = from_hex(kExampleSeed).value();
  return {EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()), EVP_PKEY_free};
}

Bytes example_public_key() {
  Bytes key(32);
  auto size = key.size();
  REQUIRE(EVP_PKEY_get_raw_public_key(example_key().get(), key.data(), &size) == 1);
  return key;
}

TEST_CASE("document: lists every frame type with its number and name, and no other") {
  std::map<std::string, std::string> types;
  for (int number = 0; number < 256; ++number) {
    const auto byte = static_cast<std::uint8_t>(number);
    if (!is_known_frame_type(byte)) continue;
    types.emplace("0x" + to_hex(Bytes{byte}), frame_type_name(FrameType{byte}));
  }
  CHECK(columns(table("type", "name"), 0, 1) == types);
}

TEST_CASE("document: lists every error code with its number and name, and no other") {
  std::map<std::string, std::string> codes;
  for (int number = 1; number <= wire::ErrorCode_MAX; ++number) {
    if (!wire::ErrorCode_IsValid(number)) continue;
    codes.emplace(std::to_string(number), wire::ErrorCode_Name(static_cast<wire::ErrorCode>(number)));
  }
  CHECK(columns(table("code", "name"), 0, 1) == codes);
}

TEST_CASE("document: gives every error the exit code of the code") {
  const auto codes = columns(table("code", "name"), 0, 4);
  CHECK(codes.size() == 18);
  for (const auto& [number, exit] : codes) {
    CAPTURE(number);
    CHECK(std::to_string(exit_code(static_cast<ErrorCode>(std::stoi(number)))) == exit);
  }
}

TEST_CASE("document: gives every limit the value of the code") {
  const std::map<std::string, std::string> limits = {{"kVersion", std::to_string(kVersion)},
                                                     {"kDefaultPort", std::to_string(kDefaultPort)},
                                                     {"kMaxPayloadBytes", std::to_string(kMaxPayloadBytes)},
                                                     {"kMaxControlBytes", std::to_string(kMaxControlBytes)},
                                                     {"kMaxLoginBytes", std::to_string(kMaxLoginBytes)},
                                                     {"kMaxDataBytes", std::to_string(kMaxDataBytes)},
                                                     {"kMaxBulkHeaderBytes", std::to_string(kMaxBulkHeaderBytes)},
                                                     {"kMaxSmallFileBytes", std::to_string(kMaxSmallFileBytes)},
                                                     {"kMaxStreams", std::to_string(kMaxStreams)},
                                                     {"kMaxFileBytes", std::to_string(kMaxFileBytes)},
                                                     {"kMaxComponentBytes", std::to_string(kMaxComponentBytes)},
                                                     {"kMaxPathBytes", std::to_string(kMaxPathBytes)},
                                                     {"kMaxListPageEntries", std::to_string(kMaxListPageEntries)},
                                                     {"kMaxChunksPageEntries", std::to_string(kMaxChunksPageEntries)},
                                                     {"kMaxCopyRangeBytes", std::to_string(kMaxCopyRangeBytes)},
                                                     {"kMaxOpenRanges", std::to_string(kMaxOpenRanges)},
                                                     {"kMaxLinkBytes", std::to_string(kMaxLinkBytes)},
                                                     {"kMaxFilterNames", std::to_string(kMaxFilterNames)},
                                                     {"kMaxGlobBytes", std::to_string(kMaxGlobBytes)},
                                                     {"kMaxTrashIds", std::to_string(kMaxTrashIds)},
                                                     {"kMaxVerifyNonceBytes", std::to_string(kMaxVerifyNonceBytes)},
                                                     {"kMaxErrorTextBytes", std::to_string(kMaxErrorTextBytes)},
                                                     {"kMaxPingBytes", std::to_string(kMaxPingBytes)},
                                                     {"kMaxDeviceNameBytes", std::to_string(kMaxDeviceNameBytes)},
                                                     {"kMaxInviteAddresses", std::to_string(kMaxInviteAddresses)},
                                                     {"kRequestIdBytes", std::to_string(kRequestIdBytes)},
                                                     {"kUploadIdBytes", std::to_string(kUploadIdBytes)},
                                                     {"kDeviceIdBytes", std::to_string(kDeviceIdBytes)},
                                                     {"kTokenBytes", std::to_string(kTokenBytes)},
                                                     {"kNonceBytes", std::to_string(kNonceBytes)},
                                                     {"kPublicKeyBytes", std::to_string(kPublicKeyBytes)},
                                                     {"kSignatureBytes", std::to_string(kSignatureBytes)}};
  CHECK(columns(table("limit", "value"), 0, 1) == limits);
}

TEST_CASE("document: leaves no constant of limits.hpp out") {
  const auto limits = columns(table("limit", "value"), 0, 1);
  std::istringstream lines(read_file("common/protocol/limits.hpp"));
  int constants = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto equals = line.find(" = ");
    if (!line.starts_with("inline constexpr ") || equals == line.npos) continue;
    const auto name = line.substr(line.rfind(' ', equals - 1) + 1, equals - line.rfind(' ', equals - 1) - 1);
    if (name == "kAlpn[]") continue;
    CAPTURE(name);
    CHECK(limits.contains(name));
    ++constants;
  }
  CHECK(constants == 30);
}

TEST_CASE("document: the example of a receipt's text is what is signed") {
  const Receipt receipt{.user = "owner",
                        .sequence = 1,
                        .previous = {},
                        .path = "notes/a.txt",
                        .version = 7,
                        .size = 6,
                        .sha256 = sha256(as_bytes("hello\n")),
                        .durable = 1700000000123456789,
                        .change = 9};
  const std::string fence = "```text receipt\n";
  const auto start = document().find(fence);
  REQUIRE(start != std::string::npos);
  const auto begin = start + fence.size();
  CHECK(document().substr(begin, document().find("```", begin) - begin) == receipt_text(receipt));
}

TEST_CASE("document: names the ALPN of the code") {
  CHECK(document().find("ALPN name `" + std::string(kAlpn) + "`") != std::string::npos);
}

TEST_CASE("document: its exporter label is the code's") {
  CHECK(document().find("label `" + std::string(kExporterLabel) + "`") != std::string::npos);
}

TEST_CASE("document: its Hello is what the code writes") {
  wire::Hello hello;
  hello.set_version_min(1);
  hello.set_version_max(1);
  hello.set_software("example 1.0");
  hello.set_nonce(text_of(counting(0, 32)));
  CHECK(example("hello") == frame(FrameType::kHello, 0, {as_bytes(hello.SerializeAsString())}));
}

TEST_CASE("document: its PutSmall is what the code writes") {
  const std::string content = "hello\n";
  wire::PutSmall put;
  put.set_request_id(text_of(counting(16, 16)));
  put.set_path("notes/a.txt");
  put.mutable_attributes()->set_mtime_ns(1'700'000'000'000'000'000);
  put.mutable_attributes()->set_mode(0644);
  put.set_sha256(text_of(sha256(as_bytes(content))));
  const auto prefix = encode_small_prefix(put.SerializeAsString());
  CHECK(example("put_small") == frame(FrameType::kPutSmall, 1, {prefix, as_bytes(content)}));
}

TEST_CASE("document: its login text and signature are the code's") {
  const ChannelBinding binding{{}, counting(0, 32), counting(32, 32)};
  const auto text = login_text(binding, example_public_key(), {});
  CHECK(example("login_text") == text);

  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  Bytes signature(64);
  auto size = signature.size();
  REQUIRE(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, example_key().get()) == 1);
  REQUIRE(EVP_DigestSign(context.get(), signature.data(), &size, text.data(), text.size()) == 1);
  CHECK(example("login_signature") == signature);
}

TEST_CASE("document: its invite is whole") {
  const auto start = document().rfind("ndisk://");
  const auto invite = parse_invite(document().substr(start, document().find('\n', start) - start));
  REQUIRE(invite);
  CHECK(text_of(invite->token) == text_of(counting(0, 16)));
  CHECK(invite->pin.front() == 0xFF);
  CHECK(invite->pin.back() == 0xE0);
  CHECK(invite->addresses.size() == 3);
}

}  // namespace
}  // namespace ndisk::protocol
