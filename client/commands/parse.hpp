// How the command line is put together: one function for each group of commands, and the kinds of options they share.
// Only for the parse_*.cpp files and command_line.cpp, which alone know CLI11. One thread.
#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "client/options.hpp"
#include "common/error.hpp"

namespace ndisk::client {

// One value for each command, filled while parsing; `chosen` in the end. Outlives the CLI::App.
struct Values {
  GlobalOptions global;
  LoginOptions login;
  PutOptions put;
  GetOptions get;
  CatOptions cat;
  VerifyOptions verify;
  ListOptions list;
  RemoveOptions remove;
  MakeFolderOptions make_folder;
  MoveOptions move;
  std::optional<std::string> move_target;  // -t
  CopyOptions copy;
  std::optional<std::string> copy_target;
  StatOptions stat;
  FindOptions find;
  DiskUsageOptions disk_usage;
  VersionsOptions versions;
  RestoreOptions restore;
  TrashOptions trash;
  UploadsOptions uploads;
  std::optional<CommandOptions> chosen;
};

void add_transfer_commands(CLI::App& app, Values& values);   // put, get, cat, verify
void add_namespace_commands(CLI::App& app, Values& values);  // list, find, stat, du
void add_change_commands(CLI::App& app, Values& values);     // mkdir, mv, cp, rm
void add_history_commands(CLI::App& app, Values& values);    // versions, restore, trash
void add_drive_commands(CLI::App& app, Values& values);      // login, uploads, ping

// CLI11 takes some words for more than they are ("[a,b]" for a list of two): a mark keeps them one, until the functions
// below take it away.
[[nodiscard]] std::string marked(std::string argument);

// Makes the parse end with a usage error of these words.
[[noreturn]] void refuse(const std::string& message);
template <class T>
T value_or_refuse(Result<T> result) {
  if (!result) refuse(result.error().message);
  return std::move(*result);
}

// Words that stand by themselves, as many as there are, in their order.
CLI::Option* add_operands(CLI::App& command, const std::string& name, std::vector<std::string>& into,
                          const std::string& description);
CLI::Option* add_operand(CLI::App& command, const std::string& name, std::string& into, const std::string& description);
// An option with a word behind it. `take` is called for each time that it is given, in the order of the command line.
CLI::Option* add_each(CLI::App& command, const std::string& names, const std::string& type,
                      std::function<void(std::string)> take, const std::string& description);
// An option that is given once at most.
CLI::Option* add_word(CLI::App& command, const std::string& names, const std::string& type, std::string& into,
                      const std::string& description);
CLI::Option* add_word(CLI::App& command, const std::string& names, const std::string& type,
                      std::optional<std::string>& into, const std::string& description);
CLI::Option* add_version(CLI::App& command, const std::string& names, std::optional<std::uint64_t>& into,
                         const std::string& description);
CLI::Option* add_depth(CLI::App& command, const std::string& names, std::optional<std::uint32_t>& into,
                       const std::string& description);
// --include, --exclude and --files-from.
void add_filter(CLI::App& command, FilterOptions& filter);

}  // namespace ndisk::client
