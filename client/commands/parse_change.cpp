#include "client/commands/parse.hpp"

namespace ndisk::client {
namespace {

constexpr char kGroup[] = "Changing";

// SOURCE... DESTINATION, or with -t SOURCE... alone.
void add_naming(CLI::App& command, MoveOptions& options, std::optional<std::string>& target) {
  add_operands(command, "SOURCE... DESTINATION", options.sources,
               "what, and where to: a folder to put it into, or its name; patterns in sources are expanded")
      ->required();
  auto* into = add_word(command, "-t,--target-directory", "DIR", target, "the folder to put all of them into");
  command.add_flag("-T,--no-target-directory", options.exact, "the destination is the name itself, never a folder")
      ->excludes(into);
  command.add_flag("-n,--no-clobber", options.no_clobber, "refuse to replace a file (exit code 6)");
}

void settle_naming(MoveOptions& options, const std::optional<std::string>& target) {
  if (target) {
    options.destination = *target;
    options.into_folder = true;
    return;
  }
  if (options.sources.size() < 2) refuse("a destination is missing behind '" + options.sources.front() + "'");
  options.destination = options.sources.back();
  options.sources.pop_back();
  options.into_folder = options.sources.size() > 1;
  if (options.into_folder && options.exact) refuse("-T takes one source and its new name");
}

void add_move(CLI::App& app, Values& values) {
  auto* command = app.add_subcommand("mv", "Move and rename, whatever the size of a folder")->group(kGroup);
  add_naming(*command, values.move, values.move_target);
  command->footer(
      "Examples:\n  ndisk mv draft.txt letter.txt\n  ndisk mv '*.jpg' /photos/\n"
      "  ndisk find --name '*.log' -0 | xargs -0 ndisk mv -t /logs");
  command->callback([&values] {
    settle_naming(values.move, values.move_target);
    values.chosen = values.move;
  });
}

void add_copy(CLI::App& app, Values& values) {
  auto& options = values.copy;
  auto* command = app.add_subcommand("cp", "Copy on the server, without copying content")->group(kGroup);
  add_naming(*command, options, values.copy_target);
  command->add_flag("-r,-R,--recursive", options.recursive,
                    "folders with all that is in them; very large ones in parts, not as a whole");
  add_version(*command, "--version", options.version, "this version of the one source; see ndisk versions");
  command->footer(
      "Examples:\n  ndisk cp letter.txt letter-2.txt\n  ndisk cp -r /photos/2025 /best/\n"
      "  ndisk cp --version 17 letter.txt letter-before.txt");
  command->callback([&values] {
    settle_naming(values.copy, values.copy_target);
    if (values.copy.version && values.copy.sources.size() > 1) refuse("--version takes one source: it is one file's");
    values.chosen = values.copy;
  });
}

void add_make_folder(CLI::App& app, Values& values) {
  auto& options = values.make_folder;
  auto* command = app.add_subcommand("mkdir", "Make folders")->group(kGroup);
  add_operands(*command, "REMOTE", options.remotes, "the folders to make")->required();
  command->add_flag("-p,--parents", options.parents, "parents too; a folder that is there is fine");
  command->footer("Examples:\n  ndisk mkdir music\n  ndisk mkdir -p /backup/2026/january");
  command->callback([&values] { values.chosen = values.make_folder; });
}

void add_remove(CLI::App& app, Values& values) {
  auto& options = values.remove;
  auto* command = app.add_subcommand("rm", "Move files and folders to the trash")->group(kGroup);
  add_operands(*command, "REMOTE", options.remotes, "what to remove; patterns are expanded");
  command->add_flag("-r,-R,--recursive", options.recursive, "folders with all that is in them");
  command->add_flag("-f,--force", options.force, "what is not there is no error");
  command->footer("Examples:\n  ndisk rm song.mp3\n  ndisk rm -r /backup/photos\n  ndisk rm '/tmp/*.part'");
  command->callback([&values] {
    if (values.remove.remotes.empty() && !values.remove.force) refuse("REMOTE is required");
    values.chosen = values.remove;
  });
}

}  // namespace

void add_change_commands(CLI::App& app, Values& values) {
  add_make_folder(app, values);
  add_move(app, values);
  add_copy(app, values);
  add_remove(app, values);
}

}  // namespace ndisk::client
