#include "server/handlers/entries.hpp"
#include "tests/server/session_fixture.hpp"

namespace ndisk::server {
namespace {

using net::Executor;
using net::Task;
using protocol::FrameType;
using storage::Kind;

Task<wire::ListPage> receive_page(SessionFixture& fixture) {
  const auto frame = co_await fixture.expect(FrameType::kListPage);
  co_return protocol::parse_message<wire::ListPage>(frame.payload).value();
}

Task<> what_was_asked_for_reaches_the_drive(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  wire::List list;
  list.set_path("folder");
  list.set_recursive(true);
  list.set_after("x/y");
  list.set_with_totals(true);
  list.set_max_depth(3);
  list.set_folders_only(true);
  const auto error = co_await fixture.ask_for_error(FrameType::kList, list);
  CHECK(error.code == ErrorCode::kNotFound);
  const auto& asked = fixture.drive.list_request;
  CHECK(asked.path.bytes() == "folder");
  CHECK(asked.recursive);
  CHECK(asked.after == "x/y");
  CHECK(asked.with_totals);
  CHECK(asked.max_depth == 3);
  CHECK(asked.folders_only);
  CHECK_FALSE(asked.filter.has_value());
  co_await fixture.finish();
}

Task<> every_condition_of_a_filter_reaches_the_drive(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  wire::List list;
  auto& filter = *list.mutable_filter();
  filter.add_names("*.jpg");
  filter.add_kinds(wire::LINK);
  filter.set_min_size(0);
  filter.set_max_size(9);
  filter.set_newer_than_ns(-5);
  filter.set_older_than_ns(7);
  filter.set_empty(true);
  const auto error = co_await fixture.ask_for_error(FrameType::kList, list);
  const auto& asked = fixture.drive.list_request.filter.value();
  CHECK(asked.names == std::vector<std::string>{"*.jpg"});
  CHECK(asked.kinds == std::vector{Kind::kLink});
  CHECK(asked.min_size == 0);
  CHECK(asked.max_size == 9);
  CHECK(asked.newer_than == -5);
  CHECK(asked.older_than == 7);
  CHECK(asked.empty);
  co_await fixture.finish();
}

Task<> an_empty_page_is_followed_by_the_next(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.pages = {{.entries = {}, .reached = "m"}, {.entries = {{.path = "z"}}, .reached = "z", .last = true}};
  co_await fixture.log_in();
  fixture.send(FrameType::kList, 1, wire::List());
  const auto empty = co_await receive_page(fixture);
  CHECK(empty.entries().empty());
  const auto page = co_await receive_page(fixture);
  CHECK(page.entries(0).path() == "z");
  CHECK(fixture.drive.list_request.after == "m");
  const auto end = co_await fixture.expect(FrameType::kEnd);
  co_await fixture.finish();
}

Task<> a_drive_that_stands_still_ends_the_listing(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.pages = {{.entries = {{.path = "m"}}, .reached = "m"}, {.entries = {{.path = "m"}}, .reached = "m"}};
  co_await fixture.log_in();
  fixture.send(FrameType::kList, 1, wire::List());
  const auto page = co_await receive_page(fixture);
  const auto error = co_await fixture.expect_error(1);
  CHECK(error.code == ErrorCode::kInternal);
  co_await fixture.finish();
}

Task<> more_patterns_than_the_limit_end_the_session(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  wire::List list;
  for (std::size_t i = 0; i <= protocol::kMaxFilterNames; ++i) list.mutable_filter()->add_names("x");
  fixture.send(FrameType::kList, 1, list);
  const auto error = co_await fixture.expect_end();
  CHECK(error.code == ErrorCode::kProtocol);
  CHECK(error.message.find("Filter.names") != std::string::npos);
  co_await fixture.finish();
}

Task<> a_cancelled_listing_says_so(Executor executor) {
  SessionFixture fixture(executor);
  for (int number = 0; number < 1000; ++number) {
    const auto path = std::to_string(number);
    fixture.drive.pages.push_back({.entries = {{.path = path}}, .reached = path});
  }
  co_await fixture.log_in();
  fixture.send(FrameType::kList, 1, wire::List());
  const auto page = co_await receive_page(fixture);
  fixture.send(FrameType::kCancel, 1, wire::Cancel());
  auto frame = co_await fixture.client.read_frame();
  while (frame && frame->header.type == FrameType::kListPage) frame = co_await fixture.client.read_frame();
  REQUIRE(frame.has_value());
  REQUIRE(frame->header.type == FrameType::kError);
  CHECK(protocol::parse_message<wire::ErrorMessage>(frame->payload)->code() == wire::CANCELLED);
  co_await fixture.finish();
}

}  // namespace

TEST_CASE("list: path, depth and all else that was asked for reaches the drive") {
  net::run_task(what_was_asked_for_reaches_the_drive);
}
TEST_CASE("list: every condition of a filter reaches the drive") {
  net::run_task(every_condition_of_a_filter_reaches_the_drive);
}
TEST_CASE("list: a page without entries is sent, and the next follows where it ended") {
  net::run_task(an_empty_page_is_followed_by_the_next);
}
TEST_CASE("list: a drive that gives the same page again ends the listing") {
  net::run_task(a_drive_that_stands_still_ends_the_listing);
}
TEST_CASE("list: more patterns than the limit end the session") {
  net::run_task(more_patterns_than_the_limit_end_the_session);
}
TEST_CASE("list: a cancelled listing ends with CANCELLED") { net::run_task(a_cancelled_listing_says_so); }

TEST_CASE("list: a pattern over the limit is a broken rule") {
  wire::List list;
  list.mutable_filter()->add_names(std::string(protocol::kMaxGlobBytes, 'x'));
  CHECK(list_request_of(list).has_value());
  list.mutable_filter()->add_names(std::string(protocol::kMaxGlobBytes + 1, 'x'));
  CHECK(list_request_of(list).error().code == ErrorCode::kProtocol);
}

TEST_CASE("list: a kind that nobody knows is refused") {
  wire::List list;
  list.mutable_filter()->add_kinds(wire::KIND_UNSPECIFIED);
  CHECK(list_request_of(list).error().code == ErrorCode::kInvalid);
}

TEST_CASE("list: long patterns make pages end sooner, usual ones don't") {
  wire::List list;
  list.mutable_filter()->add_names("*.jpg");
  const auto usual = list_request_of(list)->max_visited;
  CHECK(usual == storage::ListRequest().max_visited);
  for (int i = 0; i < 60; ++i) list.mutable_filter()->add_names(std::string(protocol::kMaxGlobBytes, '*'));
  CHECK(list_request_of(list)->max_visited < 4);
}

TEST_CASE("list: a page as large as the drive may make it fits a control message") {
  storage::Entry entry{.path = {},
                       .kind = Kind::kLink,
                       .size = protocol::kMaxFileBytes,
                       .attributes = {.mtime = -1, .mode = 0777},
                       .version = protocol::kMaxFileBytes,
                       .sha256 = {},
                       .totals = storage::Totals{}};
  const auto limit = list_request_of(wire::List())->max_bytes;
  for (const std::size_t length : {0, 1, 20, 255, 4096}) {
    CAPTURE(length);
    entry.path.assign(length, 'p');
    wire::ListPage page;
    page.set_is_file(true);
    for (std::size_t counted = 80 + length; counted <= limit; counted += 80 + length) fill(*page.add_entries(), entry);
    CHECK(page.ByteSizeLong() <= protocol::kMaxControlBytes);
  }
}

TEST_CASE("list: folders have attributes, and totals if they were counted") {
  wire::Entry message;
  fill(message, {.path = "f",
                 .kind = Kind::kFolder,
                 .attributes = {.mtime = 5, .mode = 0750},
                 .sha256 = {},
                 .totals = storage::Totals{1, 2, 3}});
  CHECK(message.kind() == wire::FOLDER);
  CHECK(message.attributes().mode() == 0750);
  CHECK(message.totals().folders() == 2);
  CHECK(message.sha256().empty());
}

}  // namespace ndisk::server
