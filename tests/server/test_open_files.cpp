#include "server/open_files.hpp"

#include <vector>

#include "tests/catch.hpp"

namespace ndisk::server {
namespace {

// As many as the user may have now, or `most`.
std::vector<OpenFiles::Share> take_all(OpenFiles& files, std::int64_t user, std::size_t most = SIZE_MAX) {
  std::vector<OpenFiles::Share> shares;
  while (shares.size() < most) {
    auto share = files.take(user);
    if (!share) break;
    shares.push_back(std::move(*share));
  }
  return shares;
}

TEST_CASE("open files: a user who takes all it may leaves half of what was free to the next one") {
  OpenFiles files({.all = 128, .turns_of_session = 8});
  const auto first = take_all(files, 1);
  CHECK(first.size() == 64);
  const auto second = take_all(files, 2);
  CHECK(second.size() == 32);
  CHECK(take_all(files, 3).size() == 16);
  CHECK_FALSE(files.take(1));
}

TEST_CASE("open files: who is refused is told to try again, and can when one was given back") {
  OpenFiles files({.all = 8, .turns_of_session = 1});
  auto shares = take_all(files, 1);
  REQUIRE(shares.size() == 4);
  const auto refused = files.take(1);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kBusy);
  CHECK(refused.error().retryable);
  shares.pop_back();
  CHECK(files.take(1));
}

TEST_CASE("open files: all that was given back is free again, also of who has none any more") {
  OpenFiles files({.all = 64, .turns_of_session = 4});
  for (int user = 0; user < 1000; ++user) CHECK(take_all(files, user).size() == 32);
}

TEST_CASE("open files: how many there may be follows from the process's descriptors") {
  CHECK(open_files_with(1 << 20).all == (1 << 20) - 1024 - 640);
  CHECK(open_files_with(1 << 20).turns_of_session == 32);
  CHECK(open_files_with(65536).all == 63872);
  CHECK(open_files_with(4096).all == 2432);
  CHECK(open_files_with(1024).all == 128);
  CHECK(open_files_with(1024).turns_of_session == 8);
  CHECK(open_files_with(256).all == 32);
  CHECK(open_files_with(64).all == 8);
  CHECK(open_files_with(64).turns_of_session == 1);
  CHECK(open_files_with(2).all == 4);
}

TEST_CASE("open files: how many small files may wait to be durable follows from the process's descriptors, too") {
  CHECK(small_files_with(1 << 20) == 512);
  CHECK(small_files_with(4096) == 512);
  CHECK(small_files_with(1100) == 256);
  CHECK(small_files_with(1024) == 256);
  CHECK(small_files_with(256) == 24);
  CHECK(small_files_with(64) == 6);
  CHECK(small_files_with(2) == 4);
}

}  // namespace
}  // namespace ndisk::server
