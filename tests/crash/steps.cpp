#include "tests/crash/steps.hpp"

namespace ndisk::crash {
namespace {

storage::MoveRequest from_to(const std::string& name, const std::string& from, const std::string& to) {
  storage::MoveRequest request;
  request.request_id = OpenDrive::request_id(name);
  request.from = storage::at(from);
  request.to = storage::at(to);
  request.exact = true;
  return request;
}

}  // namespace

Step put(const std::string& path, const std::string& content) {
  const auto name = "put " + path + " " + content.substr(0, 20);
  return {name, {}, [=](OpenDrive& drive, storage::Completion<void> done) {
            drive.drive().put_small(drive.actor(), OpenDrive::small(name, path, storage::to_bytes(content)),
                                    without_value<storage::Committed>(std::move(done)));
          }};
}

Step put_link(const std::string& path, const std::string& target) {
  const auto name = "put link " + path + " " + target;
  return {name, {}, [=](OpenDrive& drive, storage::Completion<void> done) {
            auto link = OpenDrive::small(name, path, storage::to_bytes(target));
            link.kind = storage::Kind::kLink;
            drive.drive().put_small(drive.actor(), std::move(link), without_value<storage::Committed>(std::move(done)));
          }};
}

Step put_with_receipt(const std::string& path, const std::string& content) {
  const auto name = "put with a receipt " + path + " " + content;
  return {name, {}, [=](OpenDrive& drive, storage::Completion<void> done) {
            auto file = OpenDrive::small(name, path, storage::to_bytes(content));
            file.receipt = true;
            drive.drive().put_small(drive.actor(), std::move(file), without_value<storage::Committed>(std::move(done)));
          }};
}

Step put_beside(const std::string& path, const std::string& content) {
  auto step = put(path, content);
  step.paths = {path};
  return step;
}

Step upload(const std::string& path, Bytes content, std::size_t piece) {
  const auto size = content.size();
  return send_part(path, std::move(content), size, piece);
}

Step send_part(const std::string& path, Bytes content, std::size_t until, std::size_t piece) {
  Upload upload;
  upload.path = path;
  upload.content = std::move(content);
  upload.until = until;
  upload.piece = piece;
  return send(std::move(upload));
}

Step send(Upload upload) {
  const auto name = upload.device + "send " + upload.path + " until " + std::to_string(upload.until);
  return {name, {}, [name, upload = std::move(upload)](OpenDrive& drive, storage::Completion<void> done) {
            done(drive.upload(name, upload));
          }};
}

Step make_folder(const std::string& path) {
  const auto name = "make folder " + path;
  return {name, {}, [=](OpenDrive& drive, storage::Completion<void> done) {
            storage::FolderRequest request;
            request.request_id = OpenDrive::request_id(name);
            request.path = storage::at(path);
            drive.drive().make_folder(drive.actor(), std::move(request), without_value<std::uint64_t>(std::move(done)));
          }};
}

Step remove(const std::string& path) {
  const auto name = "remove " + path;
  return {name, {}, [=](OpenDrive& drive, storage::Completion<void> done) {
            drive.drive().remove(drive.actor(), OpenDrive::request_id(name), storage::at(path), true,
                                 without_value<std::uint64_t>(std::move(done)));
          }};
}

Step move(const std::string& from, const std::string& to) {
  const auto name = "move " + from + " to " + to;
  return {name, {}, [=](OpenDrive& drive, storage::Completion<void> done) {
            drive.drive().move(drive.actor(), from_to(name, from, to), without_value<storage::Placed>(std::move(done)));
          }};
}

Step copy(const std::string& from, const std::string& to) {
  const auto name = "copy " + from + " to " + to;
  return {name, {}, [=](OpenDrive& drive, storage::Completion<void> done) {
            storage::CopyRequest request;
            static_cast<storage::MoveRequest&>(request) = from_to(name, from, to);
            request.recursive = true;
            drive.drive().copy(drive.actor(), request, without_value<storage::Placed>(std::move(done)));
          }};
}

Step restore(const std::string& path) {
  const auto name = "restore " + path;
  return {name, {}, [=](OpenDrive& drive, storage::Completion<void> done) {
            drive.drive().restore(drive.actor(), OpenDrive::request_id(name), storage::at(path), std::nullopt,
                                  without_value<storage::Placed>(std::move(done)));
          }};
}

Step restore_trash(const std::string& path) {
  const auto name = "restore from the trash " + path;
  return {name, {}, [=](OpenDrive& drive, storage::Completion<void> done) {
            const auto id = drive.trash_id(name, path);
            if (!id) return done(std::unexpected(id.error()));
            drive.drive().restore_trash(drive.actor(), OpenDrive::request_id(name), *id, std::nullopt,
                                        without_value<storage::Placed>(std::move(done)));
          }};
}

Step empty_trash() {
  return {"empty the trash", {}, [](OpenDrive& drive, storage::Completion<void> done) {
            storage::EmptyTrashRequest request;
            request.request_id = OpenDrive::request_id("empty the trash");
            drive.drive().empty_trash(drive.actor(), request, without_value<storage::Emptied>(std::move(done)));
          }};
}

Step collect() {
  return {"collect", {}, [](OpenDrive& drive, storage::Completion<void> done) {
            auto collected = drive.drive().collect();
            if (collected) return done({});
            done(std::unexpected(std::move(collected.error())));
          }};
}

Step back_up(const std::string& name, bool copies) {
  Step step{name, {}, [copies](OpenDrive& drive, storage::Completion<void> done) { done(drive.back_up(copies)); }};
  step.is_backup = true;
  return step;
}

Step repair() {
  Step step{"repair", {}, [](OpenDrive& drive, storage::Completion<void> done) { done(drive.repair()); }};
  step.is_gradual = true;
  return step;
}

Phase alone(Step step) {
  Phase phase;
  phase.push_back(std::move(step));
  return phase;
}

}  // namespace ndisk::crash
