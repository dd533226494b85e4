#include "tests/crash/open_drive.hpp"

#include <algorithm>

#include "storage/backup.hpp"
#include "tests/crash/account_look.hpp"

namespace ndisk::crash {
namespace {

constexpr TimeNs kMtime = 1'600'000'000'123'456'789;

std::string attributes_text(const storage::Attributes& attributes) {
  return "mtime " + std::to_string(attributes.mtime) + " mode " + std::to_string(attributes.mode);
}

std::string digest_text(const Digest& digest) { return to_hex(digest).substr(0, 16); }

}  // namespace

OpenDrive::OpenDrive(SimulatedDisk& disk, const Settings& settings)
    : disk_(disk), settings_(settings), files_(disk, settings.reliable_syncfs), vfs_(disk) {}

Result<std::unique_ptr<OpenDrive>> OpenDrive::open(SimulatedDisk& disk, const Settings& settings) {
  std::unique_ptr<OpenDrive> opened(new OpenDrive(disk, settings));
  storage::DriveOptions options;
  options.data_directory = settings.data;
  options.tree = settings.tree;
  options.checkpoint_bytes = settings.checkpoint_bytes;
  options.retention = settings.retention;
  options.sqlite_vfs = opened->vfs_.name();
  options.catalog_log_pages = settings.log_pages;
  auto drive = storage::Drive::open(std::move(options), opened->files_, opened->clock_);
  if (!drive) return std::unexpected(std::move(drive.error()));
  opened->drive_ = std::move(*drive);
  auto owner = opened->drive_->accounts().local_owner();
  if (!owner) return std::unexpected(std::move(owner.error()));
  opened->actor_ = owner->actor;
  return opened;
}

Result<storage::Actor> OpenDrive::enrol(const std::string& user) {
  auto& accounts = drive_->accounts();
  if (auto made = accounts.create_user(user, std::nullopt); !made) return std::unexpected(std::move(made.error()));
  const auto invite = accounts.create_invite(user);
  if (!invite) return std::unexpected(invite.error());
  const auto identity = accounts.enrol(*invite, key_of(user), "laptop");
  if (!identity) return std::unexpected(identity.error());
  return identity->actor;
}

Result<storage::InviteToken> OpenDrive::invite(const std::string& user, const std::string& device) {
  if (const auto known = notes_.invites.find(device); known != notes_.invites.end()) return known->second.token;
  auto token = drive_->accounts().create_invite(user);
  if (token) notes_.invites[device] = {*token, disk_.recorded()};
  return token;
}

storage::PublicKey OpenDrive::key_of(const std::string& device) { return sha256(as_bytes(device)); }

storage::RequestId OpenDrive::request_id(const std::string& step) {
  storage::RequestId id;
  std::ranges::copy_n(sha256(as_bytes(step)).begin(), id.size(), id.begin());
  return id;
}

storage::SmallFile OpenDrive::small(const std::string& step, const std::string& path, Bytes content) {
  storage::SmallFile file;
  file.request_id = request_id(step);
  file.path = storage::at(path);
  file.attributes = {kMtime, 0640};
  file.sha256 = sha256(content);
  file.content = std::move(content);
  return file;
}

Result<void> OpenDrive::back_up(bool copies) {
  storage::BackUpOptions options;
  options.copy = copies;
  options.data_directory = kData;
  options.destination = kBackup;
  options.sqlite_vfs = vfs_.name();
  auto report = storage::back_up(options, files_);
  if (!report) return std::unexpected(std::move(report.error()));
  if (report->damaged > 0) return fail(ErrorCode::kIntegrity, "the backup found damage");
  return {};
}

Result<std::uint64_t> OpenDrive::trash_id(const std::string& step, const std::string& path) {
  if (const auto known = notes_.trash_ids.find(step); known != notes_.trash_ids.end()) return known->second;
  auto items = drive_->trash(actor_, 0, 1000);
  if (!items) return std::unexpected(std::move(items.error()));
  for (const auto& item : *items) {
    if (item.path == path) return notes_.trash_ids[step] = item.id;
  }
  return fail(ErrorCode::kNotFound, path + " is not in the trash");
}

Result<void> OpenDrive::check(bool mend_tree) {
  std::string findings;
  const auto report = run_check({.read_data = true, .repair = mend_tree}, findings);
  if (!report) return std::unexpected(report.error());
  return report->damage == 0 ? Result<void>() : fail(ErrorCode::kIntegrity, "fsck found damage:\n" + findings);
}

Result<void> OpenDrive::repair() {
  std::string findings;
  const auto report = run_check({.read_data = true, .repair = true, .restart = true}, findings);
  if (!report) return std::unexpected(report.error());
  if (report->damage == report->mended) return {};
  return fail(ErrorCode::kIntegrity, "fsck could not mend all of it:\n" + findings);
}

Result<storage::CheckReport> OpenDrive::run_check(const storage::CheckRequest& request, std::string& findings) {
  auto check = drive_->check(request);
  if (!check) return std::unexpected(std::move(check.error()));
  std::vector<storage::Finding> found;
  for (bool more = true; more;) {
    auto step = (*check)->step(found);
    if (!step) return std::unexpected(std::move(step.error()));
    more = *step;
  }
  for (const auto& finding : found) findings += "  " + finding.path + ": " + finding.cause + "\n";
  return (*check)->report();
}

Result<World> OpenDrive::look() {
  World world;
  if (auto looked = look_at_files(world); !looked) return std::unexpected(std::move(looked.error()));
  if (auto looked = look_at_trash(world); !looked) return std::unexpected(std::move(looked.error()));
  if (auto looked = look_at_receipts(world); !looked) return std::unexpected(std::move(looked.error()));
  auto looked = look_at_accounts(*drive_, settings_.devices, vfs_.name(), world);
  if (!looked) return std::unexpected(std::move(looked.error()));
  return world;
}

Result<void> OpenDrive::look_at_files(World& world) {
  storage::ListRequest request{storage::at(""), true, "", 1000};
  auto page = drive_->list(actor_, request);
  if (!page) return std::unexpected(std::move(page.error()));
  if (!page->last) return fail(ErrorCode::kInternal, "a scenario with more than a page of files");
  for (const auto& entry : page->entries) {
    if (entry.kind == storage::Kind::kFolder) {
      world["folder " + entry.path] = "mode " + std::to_string(entry.attributes.mode);
      continue;
    }
    auto content = content_of({storage::at(entry.path), {}});
    if (!content) return fail_with_context(entry.path, std::move(content.error()));
    auto versions = versions_of(entry.path);
    if (!versions) return fail_with_context("versions of " + entry.path, std::move(versions.error()));
    world[(entry.kind == storage::Kind::kLink ? "link " : "file ") + entry.path] =
        std::to_string(entry.size) + " bytes, " + *content + ", " + attributes_text(entry.attributes);
    world["versions " + entry.path] = *versions;
  }
  return {};
}

Result<std::string> OpenDrive::content_of(const storage::OpenTarget& target) {
  auto reader = drive_->open_file(actor_, target);
  if (!reader && settings_.has_damage && reader.error().code == ErrorCode::kIntegrity) return "damaged";
  if (!reader) return std::unexpected(std::move(reader.error()));
  Bytes bytes((*reader)->size());
  const auto count = (*reader)->read(0, bytes);
  if (!count && settings_.has_damage && count.error().code == ErrorCode::kIntegrity) return "damaged";
  if (!count) return std::unexpected(count.error());
  if (settings_.has_damage && sha256(bytes) != (*reader)->sha256()) return "damaged";
  if (sha256(bytes) != (*reader)->sha256()) return fail(ErrorCode::kIntegrity, "the content is torn");
  return digest_text((*reader)->sha256());
}

Result<std::string> OpenDrive::versions_of(const std::string& path) {
  auto versions = drive_->versions(actor_, storage::at(path), 0, 1000);
  if (!versions) return std::unexpected(std::move(versions.error()));
  std::string text;
  for (const auto& version : *versions) {
    auto content = content_of({storage::at(path), version.version});
    if (!content) return content;
    text += *content + (version.current ? "* " : " ");
  }
  return text;
}

Result<void> OpenDrive::look_at_trash(World& world) {
  auto items = drive_->trash(actor_, 0, 1000);
  if (!items) return std::unexpected(std::move(items.error()));
  for (const auto& item : *items) {
    world["trash " + item.path] +=
        "(" + std::to_string(item.files) + " files, " + std::to_string(item.bytes) + " bytes)";
  }
  return {};
}

Result<void> OpenDrive::look_at_receipts(World& world) {
  for (std::uint64_t number = 1;; ++number) {
    auto state = drive_->receipt_state(actor_, number);
    if (!state) return std::unexpected(std::move(state.error()));
    if (!state->sha256) return {};
    world["receipt " + std::to_string(number)] = digest_text(*state->sha256);
  }
}

}  // namespace ndisk::crash
