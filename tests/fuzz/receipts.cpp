// Receipts as lines of JSON: what is taken is written again the same, and no bytes make a signature.
#include "client/proof/receipt_chain.hpp"
#include "client/proof/receipt_line.hpp"
#include "client/proof/receipts_file.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/targets.hpp"

namespace ndisk::fuzz {
namespace {

constexpr std::size_t kMostLines = 64;

void check_line(std::string_view text, client::ReceiptChain& chain) {
  const auto line = client::receipt_from_line(text);
  static_cast<void>(client::begins_as_receipts(text));
  if (!line) return;
  const auto written = client::receipt_to_line(*line);
  require(written.find('\n') == std::string::npos, "a receipt is one line");
  require(client::begins_as_receipts(written), "a receipt is known by how it begins");
  const auto again = client::receipt_from_line(written);
  require(again && again->receipt == line->receipt && again->signature == line->signature &&
              again->server_key == line->server_key,
          "a receipt that is written reads as the same");
  require(!client::check_signature(*line, Digest{1}), "no key has a pin that nobody made");
  static_cast<void>(client::check_signature(*line, std::nullopt));
  static_cast<void>(chain.add(line->receipt));
}

}  // namespace

void receipts(ByteView input) {
  client::ReceiptChain chain;
  Choices choices(input);
  for (std::size_t count = 0; !choices.is_over() && count < kMostLines; ++count) check_line(choices.line(), chain);
  const MemoryFile file(input);
  const auto opened = client::ReceiptsFile::open(file.path(), std::nullopt);
  if (!opened) return;
  require(input.empty() || client::begins_as_receipts(as_text(input.first(std::min<std::size_t>(input.size(), 64)))),
          "nothing is added to a file that holds something else");
}

}  // namespace ndisk::fuzz
