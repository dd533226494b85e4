#include "client/commands/find_filter.hpp"
#include "tests/catch.hpp"

namespace ndisk::client {
namespace {

wire::Entry file(std::uint64_t size, std::int64_t mtime = 0) {
  wire::Entry entry;
  entry.set_kind(wire::FILE);
  entry.set_size(size);
  entry.mutable_attributes()->set_mtime_ns(mtime);
  return entry;
}

wire::Entry folder(std::uint64_t files, std::uint64_t folders = 0) {
  wire::Entry entry;
  entry.set_kind(wire::FOLDER);
  entry.mutable_totals()->set_files(files);
  entry.mutable_totals()->set_folders(folders);
  return entry;
}

bool found(const FindOptions& options, std::string_view name, const wire::Entry& entry) {
  return matches(*find_filter(options), name, entry);
}

TEST_CASE("find filter: without a condition there is none") {
  CHECK_FALSE(find_filter({.remotes = {"a"}, .raw = true}));
}

TEST_CASE("find filter: one of the names has to match") {
  const FindOptions options{.remotes = {}, .names = {"*.jpg", "a*"}};
  CHECK(found(options, "b.jpg", file(1)));
  CHECK(found(options, "a.txt", file(1)));
  CHECK_FALSE(found(options, "b.txt", file(1)));
}

TEST_CASE("find filter: one of the kinds has to match") {
  const FindOptions options{.remotes = {}, .kinds = {FindKind::kLink, FindKind::kFolder}};
  CHECK(found(options, "a", folder(1)));
  CHECK_FALSE(found(options, "a", file(1)));
}

TEST_CASE("find filter: bounds of sizes are included, and folders have no size") {
  const FindOptions options{.remotes = {}, .min_size = 2, .max_size = 4};
  CHECK_FALSE(found(options, "a", file(1)));
  CHECK(found(options, "a", file(2)));
  CHECK(found(options, "a", file(4)));
  CHECK_FALSE(found(options, "a", file(5)));
  CHECK_FALSE(found(options, "a", folder(3)));
}

TEST_CASE("find filter: times are after and before, not at") {
  const FindOptions options{.remotes = {}, .newer_than = 10, .older_than = 12};
  CHECK_FALSE(found(options, "a", file(1, 10)));
  CHECK(found(options, "a", file(1, 11)));
  CHECK_FALSE(found(options, "a", file(1, 12)));
}

TEST_CASE("find filter: empty are files of no bytes and folders with nothing below") {
  const FindOptions options{.remotes = {}, .empty = true};
  CHECK(found(options, "a", file(0)));
  CHECK_FALSE(found(options, "a", file(1)));
  CHECK(found(options, "a", folder(0)));
  CHECK_FALSE(found(options, "a", folder(1)));
  CHECK_FALSE(found(options, "a", folder(0, 1)));
}

TEST_CASE("find filter: all conditions have to hold") {
  const FindOptions options{.remotes = {}, .names = {"a"}, .min_size = 2};
  CHECK(found(options, "a", file(2)));
  CHECK_FALSE(found(options, "a", file(1)));
  CHECK_FALSE(found(options, "b", file(2)));
}

}  // namespace
}  // namespace ndisk::client
