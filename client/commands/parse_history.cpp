#include "client/commands/parse.hpp"
#include "client/commands/words.hpp"

namespace ndisk::client {
namespace {

constexpr char kGroup[] = "What was there before";

void add_versions(CLI::App& app, Values& values) {
  auto* command = app.add_subcommand("versions", "The versions that are kept of a file")->group(kGroup);
  add_operands(*command, "REMOTE", values.versions.remotes, "files; patterns are expanded")->required();
  command->footer("Examples:\n  ndisk versions letter.txt\n  ndisk get letter.txt --version 17 -o before.txt");
  command->callback([&values] { values.chosen = values.versions; });
}

void add_restore(CLI::App& app, Values& values) {
  auto& options = values.restore;
  auto* command = app.add_subcommand("restore", "Bring back what was replaced or removed")->group(kGroup);
  add_operands(*command, "REMOTE", options.remotes, "files, or paths of what was removed")->required();
  add_version(*command, "--version", options.version, "this version of the one file (default: the one before)");
  command->footer(
      "Examples:\n  ndisk restore letter.txt\n  ndisk restore letter.txt --version 17\n"
      "  ndisk restore /backup/photos        (removed: comes back from the trash)");
  command->callback([&values] {
    if (values.restore.version && values.restore.remotes.size() > 1) {
      refuse("--version takes one REMOTE: it is one file's");
    }
    values.chosen = values.restore;
  });
}

void add_trash_list(CLI::App& trash, TrashOptions& options) {
  auto* command = trash.add_subcommand("list", "What is in the trash, newest first")->alias("ls");
  command->add_flag("-0,--null", options.raw, "raw paths alone, each ended by a NUL byte");
  command->footer("Examples:\n  ndisk trash list\n  ndisk --json trash list");
  command->callback([&options] { options.action = TrashAction::kList; });
}

void add_trash_restore(CLI::App& trash, TrashOptions& options) {
  auto* command = trash.add_subcommand("restore", "Back to where it was");
  add_operands(*command, "ITEM", options.items, "its number, or its path as it was (the newest of that path)")
      ->required();
  add_word(*command, "--to", "REMOTE", options.to, "another path for the one item");
  command->footer(
      "Where something else stands by now, both are kept.\n\n"
      "Examples:\n  ndisk trash restore 42\n  ndisk trash restore letter.txt --to found.txt");
  command->callback([&options] {
    if (options.to && options.items.size() > 1) refuse("--to takes one ITEM: it names the one result");
    options.action = TrashAction::kRestore;
  });
}

void add_trash_empty(CLI::App& trash, TrashOptions& options) {
  auto* command = trash.add_subcommand("empty", "Delete for good: all of it, or the items that are named");
  add_operands(*command, "ITEM", options.items, "its number, or its path as it was (all of that path)");
  const auto now = SystemClock().now();
  auto older = [&options, now](const std::string& word) {
    options.older_than = value_or_refuse(parse_moment(word, now));
  };
  add_each(*command, "--older-than", "AGE|DATE", older, "only what was removed before that: 7d, 12h, 2026-01-31");
  command->footer("Examples:\n  ndisk trash empty\n  ndisk trash empty 42 43\n  ndisk trash empty --older-than 7d");
  command->callback([&options] { options.action = TrashAction::kEmpty; });
}

void add_trash(CLI::App& app, Values& values) {
  auto* command = app.add_subcommand("trash", "List, restore and empty the trash")->group(kGroup);
  command->require_subcommand(0, 1);
  add_trash_list(*command, values.trash);
  add_trash_restore(*command, values.trash);
  add_trash_empty(*command, values.trash);
  command->footer(
      "Examples:\n  ndisk trash list\n  ndisk trash restore 42\n  ndisk trash restore /letter.txt --to /found.txt\n"
      "  ndisk trash empty --older-than 7d");
  command->callback([&values] { values.chosen = values.trash; });
}

}  // namespace

void add_history_commands(CLI::App& app, Values& values) {
  add_versions(app, values);
  add_restore(app, values);
  add_trash(app, values);
}

}  // namespace ndisk::client
