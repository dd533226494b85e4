// A server's receipts, made by the test: one key, and a chain that grows.
#pragma once

#include "client/proof/receipt_line.hpp"
#include "common/net/server_signature.hpp"
#include "common/net/tls.hpp"

namespace ndisk::client {

class ReceiptMaker {
 public:
  ReceiptMaker() : signer_(net::ServerSigner::create(net::make_server_identity().value()).value()) {}

  // The next of the chain.
  ReceiptLine next(const std::string& path = "photos/a.jpg") {
    ReceiptLine line;
    line.receipt = {.user = "owner",
                    .sequence = ++sequence_,
                    .previous = previous_,
                    .path = path,
                    .version = 40 + sequence_,
                    .size = 5,
                    .sha256 = sha256(as_bytes("hello")),
                    .durable = 1'700'000'000'000'000'000,
                    .change = 90 + sequence_};
    previous_ = sha256(as_bytes(receipt_text(line.receipt)));
    sign(line);
    return line;
  }
  void sign(ReceiptLine& line) const {
    line.signature = signer_.sign(as_bytes(receipt_text(line.receipt))).value();
    line.server_key = signer_.public_key_der();
  }
  [[nodiscard]] Digest pin() const { return net::pin_of_public_key(signer_.public_key_der()); }

 private:
  net::ServerSigner signer_;
  std::uint64_t sequence_ = 0;
  Digest previous_{};
};

}  // namespace ndisk::client
