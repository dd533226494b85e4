// Folders, moves, copies, history: what reaches the drive and what is answered.
#include "common/net/bulk_frame.hpp"
#include "tests/server/session_fixture.hpp"

namespace ndisk::server {
namespace {

using net::Executor;
using net::Task;
using protocol::FrameType;

const std::string kId(16, 'r');

Task<> a_move_reaches_the_drive(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  wire::Move move;
  move.set_request_id(kId);
  move.set_from("a/b");
  move.set_to("c");
  move.set_exact(true);
  move.set_no_clobber(true);
  const auto done = co_await fixture.ask<wire::Done>(FrameType::kMove, move, FrameType::kDone);
  CHECK(done.change() == 9);
  CHECK(done.path() == "there");
  const auto& asked = fixture.drive.move_request;
  CHECK(as_text(asked.request_id) == kId);
  CHECK(asked.from.bytes() == "a/b");
  CHECK(asked.to.bytes() == "c");
  CHECK(asked.exact);
  CHECK(asked.no_clobber);
  co_await fixture.finish();
}

Task<> a_copy_reaches_the_drive(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  wire::Copy copy;
  copy.set_request_id(kId);
  copy.set_from("a");
  copy.set_to("b");
  copy.set_recursive(true);
  copy.set_version(0);
  const auto done = co_await fixture.ask<wire::Done>(FrameType::kCopy, copy, FrameType::kDone);
  CHECK(done.path() == "copy");
  CHECK(fixture.drive.copy_request.from.bytes() == "a");
  CHECK(fixture.drive.copy_request.recursive);
  CHECK(fixture.drive.copy_request.version == 0);
  co_await fixture.finish();
}

Task<> a_path_that_cant_be_fails_its_stream_only(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  wire::Move move;
  move.set_request_id(kId);
  move.set_from("a/../b");
  const auto error = co_await fixture.ask_for_error(FrameType::kMove, move);
  CHECK(error.code == ErrorCode::kInvalid);
  fixture.send(FrameType::kPing, 0, wire::Ping());
  const auto pong = co_await fixture.expect(FrameType::kPong);
  co_await fixture.finish();
}

Task<> a_folder_gets_its_attributes(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  wire::MakeFolder make;
  make.set_request_id(kId);
  make.set_path("f");
  make.mutable_attributes()->set_mtime_ns(-3);
  make.mutable_attributes()->set_mode(01750);
  make.set_must_not_exist(true);
  const auto done = co_await fixture.ask<wire::Done>(FrameType::kMakeFolder, make, FrameType::kDone);
  CHECK(fixture.drive.folder_request.attributes == storage::Attributes{.mtime = -3, .mode = 0750});
  CHECK(fixture.drive.folder_request.must_not_exist);
  co_await fixture.finish();
}

Task<> a_folder_without_attributes_asks_for_none(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  wire::MakeFolder make;
  make.set_request_id(kId);
  make.set_path("f");
  const auto done = co_await fixture.ask<wire::Done>(FrameType::kMakeFolder, make, FrameType::kDone);
  CHECK_FALSE(fixture.drive.folder_request.attributes.has_value());
  co_await fixture.finish();
}

Task<> stat_tells_all(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.status_answer = {.entry = {.path = "a", .kind = storage::Kind::kLink, .size = 3, .version = 8},
                                 .created = 77,
                                 .device_name = "laptop",
                                 .versions = 2,
                                 .change = 5};
  co_await fixture.log_in();
  wire::Stat stat;
  stat.set_path("a");
  const auto info = co_await fixture.ask<wire::StatInfo>(FrameType::kStat, stat, FrameType::kStatInfo);
  CHECK(info.entry().kind() == wire::LINK);
  CHECK(info.entry().version() == 8);
  CHECK(info.created_ns() == 77);
  CHECK(info.device_name() == "laptop");
  CHECK(info.versions() == 2);
  CHECK(info.change() == 5);
  co_await fixture.finish();
}

Task<> versions_come_in_pages_newest_first(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.versions_held = 500;
  co_await fixture.log_in();
  wire::ListVersions list;
  list.set_path("a");
  fixture.send(FrameType::kListVersions, 1, list);
  for (std::uint64_t expected = 500; expected > 0;) {
    const auto frame = co_await fixture.expect(FrameType::kVersionsPage);
    const auto page = protocol::parse_message<wire::VersionsPage>(frame.payload).value();
    for (const auto& version : page.versions()) CHECK(version.version() == expected--);
  }
  const auto end = co_await fixture.expect(FrameType::kEnd);
  co_await fixture.finish();
}

Task<> trash_comes_in_pages_newest_first(Executor executor) {
  SessionFixture fixture(executor);
  fixture.drive.trash_items = 100;
  co_await fixture.log_in();
  fixture.send(FrameType::kListTrash, 1, wire::ListTrash());
  int pages = 0;
  for (std::uint64_t expected = 100; expected > 0; ++pages) {
    const auto frame = co_await fixture.expect(FrameType::kTrashPage);
    const auto page = protocol::parse_message<wire::TrashPage>(frame.payload).value();
    for (const auto& item : page.entries()) CHECK(item.id() == expected--);
  }
  CHECK(pages == 7);  // 16 paths of 4,000 bytes each
  const auto end = co_await fixture.expect(FrameType::kEnd);
  co_await fixture.finish();
}

Task<> an_empty_trash_is_just_an_end(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  fixture.send(FrameType::kListTrash, 1, wire::ListTrash());
  const auto end = co_await fixture.expect(FrameType::kEnd);
  co_await fixture.finish();
}

Task<> restoring_names_the_place(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  wire::Restore restore;
  restore.set_request_id(kId);
  restore.set_path("a/b");
  restore.set_version(6);
  const auto done = co_await fixture.ask<wire::Done>(FrameType::kRestore, restore, FrameType::kDone);
  CHECK(done.path() == "a/b");
  CHECK(fixture.drive.restored_version == 6);
  co_await fixture.finish();
}

Task<> restoring_trash_without_a_place_asks_for_the_old_one(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  wire::RestoreTrash restore;
  restore.set_request_id(kId);
  restore.set_id(5);
  auto done = co_await fixture.ask<wire::Done>(FrameType::kRestoreTrash, restore, FrameType::kDone);
  CHECK_FALSE(fixture.drive.restored_to.has_value());
  restore.set_to("new/place");
  done = co_await fixture.ask<wire::Done>(FrameType::kRestoreTrash, restore, FrameType::kDone);
  CHECK(fixture.drive.restored_to.value().bytes() == "new/place");
  co_await fixture.finish();
}

Task<> emptying_the_trash_calls_the_collector(Executor executor) {
  SessionFixture fixture(executor);
  int calls = 0;
  fixture.services.collect_soon = [&calls] { ++calls; };
  fixture.drive.emptied = 3;
  co_await fixture.log_in();
  wire::EmptyTrash empty;
  empty.set_request_id(kId);
  empty.add_ids(4);
  empty.add_ids(9);
  empty.set_removed_before_ns(100);
  const auto done = co_await fixture.ask<wire::Done>(FrameType::kEmptyTrash, empty, FrameType::kDone);
  CHECK(done.count() == 3);
  CHECK(calls == 1);
  CHECK(fixture.drive.empty_request.ids == std::vector<std::uint64_t>{4, 9});
  CHECK(fixture.drive.empty_request.removed_before == 100);
  co_await fixture.finish();
}

Task<> emptying_nothing_calls_nobody(Executor executor) {
  SessionFixture fixture(executor);
  int calls = 0;
  fixture.services.collect_soon = [&calls] { ++calls; };
  co_await fixture.log_in();
  wire::EmptyTrash empty;
  empty.set_request_id(kId);
  const auto done = co_await fixture.ask<wire::Done>(FrameType::kEmptyTrash, empty, FrameType::kDone);
  CHECK(done.count() == 0);
  CHECK(calls == 0);
  co_await fixture.finish();
}

Task<> more_ids_than_the_limit_end_the_session(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  wire::EmptyTrash empty;
  empty.set_request_id(kId);
  for (std::size_t id = 1; id <= protocol::kMaxTrashIds; ++id) empty.add_ids(id);
  co_await fixture.ask<wire::Done>(FrameType::kEmptyTrash, empty, FrameType::kDone);
  CHECK(fixture.drive.empty_request.ids.size() == protocol::kMaxTrashIds);
  empty.add_ids(1);
  fixture.send(FrameType::kEmptyTrash, ++fixture.last_stream, empty);
  const auto error = co_await fixture.expect_end();
  CHECK(error.code == ErrorCode::kProtocol);
  CHECK(error.message.find("EmptyTrash.ids") != std::string::npos);
  co_await fixture.finish();
}

Task<Error> put_link(SessionFixture& fixture, std::string_view target) {
  wire::PutSmall message;
  message.set_request_id(kId);
  message.set_path("link");
  message.set_sha256(std::string(32, 'd'));
  message.set_kind(wire::LINK);
  fixture.client.post_frames(
      net::encode_small_frame(FrameType::kPutSmall, ++fixture.last_stream, message, as_bytes(target)));
  const auto stream = fixture.last_stream;
  co_return co_await fixture.expect_error(stream);
}

Task<> links_need_a_target_that_can_be(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  for (const auto& target : {std::string(), std::string(4097, 't'), std::string("a\0b", 3)}) {
    const auto error = co_await put_link(fixture, target);
    CHECK(error.code == ErrorCode::kInvalid);
  }
  CHECK(fixture.drive.log.small_files == 0);
  co_await fixture.finish();
}

Task<> a_link_is_put_as_one(Executor executor) {
  SessionFixture fixture(executor);
  co_await fixture.log_in();
  wire::PutSmall message;
  message.set_request_id(kId);
  message.set_path("link");
  message.set_sha256(std::string(32, 'd'));
  message.set_kind(wire::LINK);
  fixture.client.post_frames(net::encode_small_frame(FrameType::kPutSmall, 1, message, as_bytes("../target")));
  const auto committed = co_await fixture.expect(FrameType::kCommitted);
  CHECK(fixture.drive.small_file.kind == storage::Kind::kLink);
  CHECK(as_text(fixture.drive.small_file.content) == "../target");
  co_await fixture.finish();
}

}  // namespace

TEST_CASE("move: reaches the drive, and the answer names the place") { net::run_task(a_move_reaches_the_drive); }
TEST_CASE("copy: reaches the drive, and the answer names the place") { net::run_task(a_copy_reaches_the_drive); }
TEST_CASE("move: a path that can't be fails its stream and no other") {
  net::run_task(a_path_that_cant_be_fails_its_stream_only);
}
TEST_CASE("make folder: attributes reach the drive, the mode as & 0777") {
  net::run_task(a_folder_gets_its_attributes);
}
TEST_CASE("make folder: without attributes none are asked for") {
  net::run_task(a_folder_without_attributes_asks_for_none);
}
TEST_CASE("stat: tells all that the drive knows") { net::run_task(stat_tells_all); }
TEST_CASE("versions: come in pages, newest first") { net::run_task(versions_come_in_pages_newest_first); }
TEST_CASE("trash: comes in pages that fit a frame, newest first") { net::run_task(trash_comes_in_pages_newest_first); }
TEST_CASE("trash: an empty one is just an End") { net::run_task(an_empty_trash_is_just_an_end); }
TEST_CASE("restore: the version reaches the drive, and the answer names the place") {
  net::run_task(restoring_names_the_place);
}
TEST_CASE("restore from the trash: without a path it goes to where it was") {
  net::run_task(restoring_trash_without_a_place_asks_for_the_old_one);
}
TEST_CASE("empty trash: what was given up is collected soon") { net::run_task(emptying_the_trash_calls_the_collector); }
TEST_CASE("empty trash: without anything in it nobody is called") { net::run_task(emptying_nothing_calls_nobody); }
TEST_CASE("empty trash: more ids than the limit end the session") {
  net::run_task(more_ids_than_the_limit_end_the_session);
}
TEST_CASE("links: an empty target, a long one and one with a NUL are refused") {
  net::run_task(links_need_a_target_that_can_be);
}
TEST_CASE("links: one is put as a link, whose content is the target") { net::run_task(a_link_is_put_as_one); }

}  // namespace ndisk::server
