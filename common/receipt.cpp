#include "common/receipt.hpp"

#include "common/bytes.hpp"

namespace ndisk {

std::string receipt_text(const Receipt& receipt) {
  std::string text = "ndisk receipt 1\n";
  const auto line = [&text](const char* name, const std::string& value) {
    text.append(name).append(" ").append(value).append("\n");
  };
  line("user", receipt.user);
  line("sequence", std::to_string(receipt.sequence));
  line("previous", to_hex(receipt.previous));
  line("path", to_hex(as_bytes(receipt.path)));
  line("version", std::to_string(receipt.version));
  line("size", std::to_string(receipt.size));
  line("sha256", to_hex(receipt.sha256));
  line("durable_ns", std::to_string(receipt.durable));
  line("change", std::to_string(receipt.change));
  return text;
}

}  // namespace ndisk
