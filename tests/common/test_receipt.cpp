#include "common/receipt.hpp"

#include "tests/catch.hpp"

namespace ndisk {

TEST_CASE("receipt: the text names every field in its order") {
  Receipt receipt;
  receipt.user = "owner";
  receipt.sequence = 2;
  receipt.previous.fill(0xab);
  receipt.path = "a b\n";
  receipt.version = 7;
  receipt.size = 12;
  receipt.sha256.fill(0x01);
  receipt.durable = -5;
  receipt.change = 9;
  std::string ab, one;
  for (int i = 0; i < 32; ++i) ab += "ab", one += "01";
  CHECK(receipt_text(receipt) ==
        "ndisk receipt 1\nuser owner\nsequence 2\nprevious " + ab +
            "\npath 6120620a\nversion 7\nsize 12\nsha256 " + one + "\ndurable_ns -5\nchange 9\n");
}

}  // namespace ndisk
