#include <spdlog/spdlog.h>

#include <algorithm>

#include "server/handlers/handlers.hpp"
#include "server/handlers/open_file.hpp"
#include "server/handlers/open_target.hpp"
#include "server/handlers/read_error.hpp"

namespace ndisk::server {
namespace {

using protocol::FrameType;
using storage::FileReader;

constexpr std::size_t kBlockBytes = 256 * 1024;

struct VerifyRequest {
  storage::OpenTarget target;
  std::string nonce;
};

Result<VerifyRequest> parse(const Bytes& payload) {
  const auto message = protocol::parse_message<wire::Verify>(payload);
  if (!message) return std::unexpected(message.error());
  if (message->nonce().size() > protocol::kMaxVerifyNonceBytes) {
    return fail(ErrorCode::kProtocol,
                "Verify.nonce is over " + std::to_string(protocol::kMaxVerifyNonceBytes) + " bytes");
  }
  auto target = open_target_of(*message);
  if (!target) return std::unexpected(target.error());
  return VerifyRequest{.target = std::move(*target), .nonce = message->nonce()};
}

// Reads a whole file, block by block, each in its turn with the session's other work. Content that is not what was
// recorded is read once more, from the disk, before it counts as damaged.
class Verification {
 public:
  Verification(Request& request, const FileReader& file, std::string_view nonce)
      : request_(request), file_(file), nonce_(nonce) {
    begin();
  }

  // Answers. Returns early when the stream is over.
  net::Task<> run() {
    auto read = [this] { return add_block(); };
    while (!is_read()) {
      if (request_.stream.is_over()) co_return;
      const auto share = co_await request_.outgoing.take(kBlockBytes);
      const auto added = co_await net::run_blocking(request_.pool, read);
      if (!added) co_return co_await answer_read_error(request_, file_, added.error());
      request_.stream.progress->received = content_.size();
    }
    const auto digest = content_.digest();
    if (digest != file_.sha256()) co_await mark_damaged(digest);
    answer(digest);
  }

 private:
  void begin() {
    content_ = Sha256();
    proof_ = Sha256();
    proof_.add(as_bytes(nonce_));
  }

  bool is_read() {
    if (content_.size() < file_.size()) return false;
    if (is_second_ || content_.digest() == file_.sha256()) return true;
    is_second_ = true;
    begin();
    return file_.size() == 0;
  }

  // On the pool: the block takes memory only while it is worked on.
  Result<void> add_block() {
    const auto at = content_.size();
    if (at == 0) file_.forget_cached();
    Bytes block(static_cast<std::size_t>(std::min<std::uint64_t>(kBlockBytes, file_.size() - at)));
    const auto count = file_.read(at, block);
    if (!count) return std::unexpected(count.error());
    if (*count == 0) return fail(ErrorCode::kIntegrity, "the file's content on the server's disk is cut short");
    const auto bytes = ByteView(block).first(*count);
    content_.add(bytes);
    if (!nonce_.empty()) proof_.add(bytes);
    return {};
  }

  net::Task<> mark_damaged(const Digest& found) {
    spdlog::error("verify found damage version={} expected={} found={}", file_.version(), to_hex(file_.sha256()),
                  to_hex(found));
    auto mark = [this] { return request_.services.drive.mark_damaged(file_); };
    const auto marked = co_await net::run_blocking(request_.upload_pool, mark);
    if (!marked) spdlog::error("what verify found damaged is not marked reason=\"{}\"", marked.error().message);
  }

  void answer(const Digest& digest) {
    const auto proof = nonce_.empty() ? digest : proof_.digest();
    wire::Verified verified;
    verified.set_version(file_.version());
    verified.set_size(content_.size());
    verified.set_sha256(digest.data(), digest.size());
    verified.set_proof(proof.data(), proof.size());
    verified.set_current(file_.is_current());
    request_.stream.answer(FrameType::kVerified, verified);
  }

  Request& request_;
  const FileReader& file_;
  const std::string_view nonce_;
  bool is_second_ = false;
  Sha256 content_;
  Sha256 proof_;
};

}  // namespace

net::Task<> handle_verify(Request request, Stream::Incoming first) {
  const auto verify = parse(first.frame.payload);
  if (!verify) co_return request.stream.answer(verify.error());
  first = {};
  const auto opened = co_await open_in_turn(request, verify->target);
  if (!opened) co_return request.stream.answer(opened.error());
  Verification verification(request, *opened->reader, verify->nonce);
  co_await verification.run();
  if (request.stream.is_cancelled()) request.stream.answer({ErrorCode::kCancelled, "cancelled", false});
}

}  // namespace ndisk::server
