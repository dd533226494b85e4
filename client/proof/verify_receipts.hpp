// Receipts against the server that gave them: the signature, the row that they form, what the server remembers of
// them, and the bytes that it holds, which it reads again.
//
// The I/O thread only; files and signatures are looked at on the pool. Memory is bounded, whatever the length of the
// file.
#pragma once

#include <optional>
#include <string>

#include "client/proof/receipt_chain.hpp"
#include "client/proof/receipt_line.hpp"
#include "client/proof/verify_report.hpp"
#include "common/net/byte_budget.hpp"

namespace ndisk::client {

class VerifyReceipts {
 public:
  // Without a pin the receipts of a file have to be of one key all the same.
  VerifyReceipts(Context& context, VerifyReport& report, std::optional<Digest> pin);

  // Every line of one file.
  net::Task<> run(std::string path);

 private:
  struct Line {
    std::uint64_t number = 0;
    std::string text;
  };
  class Reader;

  net::Task<> start(Line line, const std::string& file);
  net::Task<> check(Line line, std::string file, VerifyReport::Outcome& outcome, net::ByteBudget::Share share);
  net::Task<> check_with_server(const ReceiptLine& line, VerifyReport::Outcome& outcome);
  net::Task<> check_content(const Receipt& receipt, VerifyReport::Outcome& outcome);

  Context& context_;
  VerifyReport& report_;
  std::optional<Digest> pin_;
  ReceiptChain chain_;
  net::ByteBudget slots_;
  net::TaskGroup tasks_;
};

// Whether a local file is one of receipts. Blocks: on the pool.
[[nodiscard]] bool is_receipts_file(const std::string& path);

}  // namespace ndisk::client
