#include "client/proof/verify_receipts.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "client/file_descriptor.hpp"
#include "client/request.hpp"
#include "client/transfer/source_file.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

using protocol::FrameType;

constexpr std::size_t kReceiptsAtOnce = 64;
constexpr std::size_t kBlock = 64 * 1024;
constexpr std::size_t kLongestLine = 64 * 1024;  // of the longest path, user and key there is

// What is wrong with one receipt, as a difference.
void differs(VerifyReport::Outcome& outcome, const char* what, const std::string& why, const Receipt& receipt) {
  outcome.difference = {
      .what = what,
      .line = "receipt " + std::to_string(receipt.sequence) + ", " + shown_name(receipt.path) + ": " + why,
      .path = receipt.path,
      .receipt = receipt.sequence};
}

// Errors that tell of the drive, not of the way there.
bool is_about_content(ErrorCode code) {
  return code == ErrorCode::kNotFound || code == ErrorCode::kIntegrity || code == ErrorCode::kIsFolder ||
         code == ErrorCode::kNotFolder || code == ErrorCode::kIo;
}

}  // namespace

// Lines in batches. Blocks: on the pool.
class VerifyReceipts::Reader {
 public:
  static Result<Reader> open(const std::string& path) {
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!file) return fail_errno(errno, "reading", shown_name(path));
    return Reader(std::move(file), path);
  }

  // None at the end.
  Result<std::vector<Line>> next() {
    std::vector<Line> lines;
    std::string block(kBlock, '\0');
    while (lines.empty() && !ended_) {
      const auto count = ::read(file_.get(), block.data(), block.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return fail_errno(errno, "reading", shown_name(path_));
      rest_.append(block, 0, static_cast<std::size_t>(count));
      ended_ = count == 0;
      std::size_t begin = 0;
      for (auto end = rest_.find('\n'); end != rest_.npos; end = rest_.find('\n', begin)) {
        lines.push_back({++number_, rest_.substr(begin, end - begin)});
        begin = end + 1;
      }
      rest_.erase(0, begin);
      if (ended_ && !rest_.empty()) lines.push_back({++number_, std::move(rest_)});
      if (rest_.size() > kLongestLine) {
        return fail(ErrorCode::kInvalid,
                    shown_name(path_) + ": line " + std::to_string(number_ + 1) + " is longer than any receipt");
      }
    }
    return lines;
  }

 private:
  Reader(FileDescriptor file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}
  FileDescriptor file_;
  std::string path_;
  std::string rest_;
  std::uint64_t number_ = 0;
  bool ended_ = false;
};

VerifyReceipts::VerifyReceipts(Context& context, VerifyReport& report, std::optional<Digest> pin)
    : context_(context),
      report_(report),
      pin_(pin),
      slots_(context.executor, kReceiptsAtOnce),
      tasks_(context.executor) {}

net::Task<> VerifyReceipts::run(std::string path) {
  auto reader = Reader::open(path);
  if (!reader) co_return report_.failed(reader.error(), path);
  auto read = [&reader] { return reader->next(); };
  while (!context_.link.stopping() && !context_.link.given_up()) {
    auto lines = co_await net::run_blocking(context_.pool, read);
    if (!lines) {
      report_.failed(lines.error(), path);
      break;
    }
    if (lines->empty()) break;
    for (auto& line : *lines) {
      if (!line.text.empty()) co_await start(std::move(line), path);
    }
  }
  co_await tasks_.join();
}

net::Task<> VerifyReceipts::start(Line line, const std::string& file) {
  co_await report_.wait_for_room();
  auto share = co_await slots_.take(1);
  tasks_.spawn(check(std::move(line), file, report_.begin(), std::move(share)));
}

net::Task<> VerifyReceipts::check(Line line, std::string file, VerifyReport::Outcome& outcome,
                                  [[maybe_unused]] net::ByteBudget::Share share) {
  const auto receipt = receipt_from_line(line.text);
  if (!receipt) {
    const auto words = shown_name(file) + ": line " + std::to_string(line.number) + " " + receipt.error().message;
    outcome.difference = {.what = "line", .line = words, .path = {}, .receipt = {}};
    co_return report_.settle(outcome);
  }
  outcome.name = receipt->receipt.path;
  if (!pin_) pin_ = sha256(receipt->server_key);
  auto verify = [&receipt, pin = pin_] { return check_signature(*receipt, pin); };
  const auto is_signed = co_await net::run_blocking(context_.pool, verify);
  Result<void> fits;
  if (is_signed) fits = chain_.add(receipt->receipt);
  if (!is_signed) {
    differs(outcome, "signature", is_signed.error().message, receipt->receipt);
  } else if (!fits) {
    differs(outcome, "chain", fits.error().message, receipt->receipt);
  } else {
    co_await check_with_server(*receipt, outcome);
  }
  report_.settle(outcome);
}

net::Task<> VerifyReceipts::check_with_server(const ReceiptLine& line, VerifyReport::Outcome& outcome) {
  const auto& receipt = line.receipt;
  wire::CheckReceipt question;
  question.set_sequence(receipt.sequence);
  const auto state =
      co_await request<wire::ReceiptState>(context_.link, FrameType::kCheckReceipt, question, FrameType::kReceiptState);
  if (!state) {
    outcome.error = state.error();
    co_return;
  }
  const auto text = sha256(as_bytes(receipt_text(receipt)));
  if (state->sha256().empty()) {
    co_return differs(outcome, "unknown",
                      "the server knows no receipt of that number, its newest is " + std::to_string(state->last()) +
                          ": it was put back to an older state, or is another user's",
                      receipt);
  }
  if (state->sha256() != as_text(text)) {
    co_return differs(outcome, "unknown",
                      "the server gave that number to something else: it was put back to an older "
                      "state, or is another user's",
                      receipt);
  }
  co_await check_content(receipt, outcome);
}

net::Task<> VerifyReceipts::check_content(const Receipt& receipt, VerifyReport::Outcome& outcome) {
  wire::Verify question;
  question.set_path(receipt.path);
  question.set_version(receipt.version);
  const auto verified =
      co_await request<wire::Verified>(context_.link, FrameType::kVerify, question, FrameType::kVerified);
  if (!verified) {
    const auto& error = verified.error();
    if (is_about_content(error.code)) co_return differs(outcome, "content", error.message, receipt);
    outcome.error = error;
    co_return;
  }
  if (verified->size() != receipt.size || verified->sha256() != as_text(receipt.sha256)) {
    co_return differs(outcome, "content", "the server holds other bytes now", receipt);
  }
  outcome.size = receipt.size;
  outcome.fields = {{"type", std::string("verified")}};
  add_path(outcome.fields, receipt.path);
  outcome.fields.emplace_back("size", receipt.size);
  outcome.fields.emplace_back("sha256", to_hex(receipt.sha256));
  outcome.fields.emplace_back("version", receipt.version);
  outcome.fields.emplace_back("sequence", receipt.sequence);
  outcome.fields.emplace_back("current", verified->current());
}

bool is_receipts_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  const auto file = SourceFile::open(path, kFollowAll);
  if (!file) return false;
  Bytes begin(64);
  const auto count = file->read(0, begin);
  return count && begins_as_receipts(as_text(begin).substr(0, *count));
}

}  // namespace ndisk::client
