#include "client/proof/receipts_file.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "tests/catch.hpp"
#include "tests/client/scratch_folder.hpp"
#include "tests/client/signed_receipt.hpp"

namespace ndisk::client {
namespace {

std::unique_ptr<ReceiptsFile> open_at(const ScratchFolder& scratch) {
  return ReceiptsFile::open(scratch.path("receipts"), std::nullopt).value();
}

TEST_CASE("receipts file: is its user's alone, and holds a line for each") {
  const ScratchFolder scratch;
  ReceiptMaker maker;
  const auto one = maker.next(), two = maker.next();
  const auto file = open_at(scratch);
  REQUIRE(file->append(one));
  REQUIRE(file->append(two));
  REQUIRE(file->finish());
  CHECK(scratch.read("receipts") == receipt_to_line(one) + "\n" + receipt_to_line(two) + "\n");
  struct stat status {};
  REQUIRE(::stat(scratch.path("receipts").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("receipts file: later runs add to it") {
  const ScratchFolder scratch;
  ReceiptMaker maker;
  const auto one = maker.next(), two = maker.next();
  REQUIRE(open_at(scratch)->append(one));
  REQUIRE(open_at(scratch)->append(two));
  CHECK(scratch.read("receipts") == receipt_to_line(one) + "\n" + receipt_to_line(two) + "\n");
}

TEST_CASE("receipts file: nothing is written of a receipt whose signature is not the server's") {
  const ScratchFolder scratch;
  ReceiptMaker maker;
  auto line = maker.next();
  line.receipt.version = 1;
  CHECK(open_at(scratch)->append(line).error().code == ErrorCode::kIntegrity);
  CHECK(scratch.read("receipts").empty());
}

TEST_CASE("receipts file: the server's pin counts") {
  const ScratchFolder scratch;
  ReceiptMaker maker, other;
  const auto file = ReceiptsFile::open(scratch.path("receipts"), maker.pin()).value();
  CHECK(file->append(other.next()).error().code == ErrorCode::kIntegrity);
  CHECK(file->append(maker.next()));
}

TEST_CASE("receipts file: a server that counts from an older number again is found out") {
  const ScratchFolder scratch;
  ReceiptMaker maker;
  const auto one = maker.next(), two = maker.next();
  REQUIRE(open_at(scratch)->append(two));
  CHECK(open_at(scratch)->append(one).error().code == ErrorCode::kIntegrity);
}

TEST_CASE("receipts file: a chain that broke between two runs is found out") {
  const ScratchFolder scratch;
  ReceiptMaker maker;
  REQUIRE(open_at(scratch)->append(maker.next()));
  auto two = maker.next();
  two.receipt.previous[5] ^= 1;
  maker.sign(two);
  CHECK(open_at(scratch)->append(two).error().code == ErrorCode::kIntegrity);
}

TEST_CASE("receipts file: a line that an earlier run left unfinished stays alone") {
  const ScratchFolder scratch;
  ReceiptMaker maker;
  const auto one = maker.next(), two = maker.next();
  const auto cut = receipt_to_line(one).substr(0, 100);
  scratch.write("receipts", cut);
  REQUIRE(open_at(scratch)->append(two));
  CHECK(scratch.read("receipts") == cut + "\n" + receipt_to_line(two) + "\n");
}

TEST_CASE("receipts file: a line that found no room stays alone, too") {
  const ScratchFolder scratch;
  ReceiptMaker maker;
  const auto one = maker.next(), two = maker.next(), three = maker.next();
  const auto file = open_at(scratch);
  REQUIRE(file->append(one));
  const auto begun = receipt_to_line(one) + "\n" + receipt_to_line(two).substr(0, 50);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit low{begun.size(), before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &low);
  const auto refused = file->append(two);
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_handler);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kNoSpace);
  REQUIRE(file->append(three));
  CHECK(scratch.read("receipts") == begun + "\n" + receipt_to_line(three) + "\n");
}

TEST_CASE("receipts file: another server or user needs another file") {
  const ScratchFolder scratch;
  ReceiptMaker maker, other;
  REQUIRE(open_at(scratch)->append(maker.next()));
  CHECK(open_at(scratch)->append(other.next()).error().code == ErrorCode::kIntegrity);
}

TEST_CASE("receipts file: what holds something else is left alone") {
  const ScratchFolder scratch;
  scratch.write("receipts", "my diary\n");
  CHECK(ReceiptsFile::open(scratch.path("receipts"), std::nullopt).error().code == ErrorCode::kInvalid);
  CHECK(ReceiptsFile::open(scratch.path(), std::nullopt).error().code == ErrorCode::kIsFolder);
}

}  // namespace
}  // namespace ndisk::client
