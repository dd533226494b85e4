#include "server/options_backup.hpp"

#include <CLI/CLI.hpp>

namespace ndisk::server {

void BackUpCommands::add_to(CLI::App& app) {
  backup_ = app.add_subcommand("backup", "copy the drive, as it is at this moment, into a data directory of its own");
  backup_
      ->add_option("DEST", back_up_command_.destination,
                   "an empty folder, one that is to be made, or an earlier backup of this drive")
      ->required();
  backup_->add_flag("--copy", back_up_command_.copy, "no hard links, also on the same file system");
  backup_->add_flag("--verify", back_up_command_.verify, "read all of the backup again and compare digests");
  rebuild_ = app.add_subcommand("rebuild", "make a lost catalog anew from tree/ and objects/, while no server runs");
  rebuild_->add_flag("--force", rebuild_command_.force,
                     "although there is a catalog, which is moved aside, or the tree was off");
}

std::optional<Command> BackUpCommands::command() const {
  if (backup_->parsed()) return back_up_command_;
  if (rebuild_->parsed()) return rebuild_command_;
  return std::nullopt;
}

}  // namespace ndisk::server
