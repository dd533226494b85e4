// A receipt with its signature, as one line of JSON (docs/json.md, "receipt"). Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "client/upload/upload.hpp"
#include "common/receipt.hpp"

namespace ndisk::client {

struct ReceiptLine {
  Receipt receipt;
  Bytes signature;   // by the server's key, over receipt_text(receipt)
  Bytes server_key;  // DER SubjectPublicKeyInfo
};

// Without the newline.
[[nodiscard]] std::string receipt_to_line(const ReceiptLine& line);
// kInvalid, saying what is wrong with it.
[[nodiscard]] Result<ReceiptLine> receipt_from_line(std::string_view text);
// Whether a file that begins so is one of receipts.
[[nodiscard]] bool begins_as_receipts(std::string_view text);

// kIntegrity unless the signature is the server's over this very receipt; with a pin, the server must be that one.
[[nodiscard]] Result<void> check_signature(const ReceiptLine& line, const std::optional<Digest>& pin);

// What the server gave for what was put. kProtocol if it gave none or one that can't be; its signature is not checked.
[[nodiscard]] Result<ReceiptLine> receipt_of(const Uploaded& uploaded, const RemotePath& remote);

}  // namespace ndisk::client
