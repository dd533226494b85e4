#include "client/commands/parse.hpp"
#include "client/commands/words.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

constexpr char kGroup[] = "Looking";

void add_list(CLI::App& app, Values& values) {
  auto& options = values.list;
  auto* command = app.add_subcommand("list", "List folders: one name a line, folders end in '/'")->alias("ls");
  command->group(kGroup);
  add_operands(*command, "REMOTE", options.remotes,
               "folders or files (default: the drive's top); patterns are expanded");
  command->add_flag("-l,--long", options.details, "mode, bytes, UTC time, name");
  command->add_flag("-r,-R,--recursive", options.recursive, "everything below, as relative paths");
  command->add_flag("-0,--null", options.raw, "raw names, each ended by a NUL byte");
  command->footer("Examples:\n  ndisk list\n  ndisk list -l /music\n  ndisk list '*.jpg'\n  ndisk --json list -r");
  command->callback([&values] { values.chosen = values.list; });
}

void add_stat(CLI::App& app, Values& values) {
  auto* command = app.add_subcommand("stat", "All that is known of a file or folder")->group(kGroup);
  add_operands(*command, "REMOTE", values.stat.remotes, "what to look at; patterns are expanded")->required();
  command->footer("Examples:\n  ndisk stat song.mp3\n  ndisk --json stat / | jq .bytes");
  command->callback([&values] { values.chosen = values.stat; });
}

void take_kinds(const std::string& word, std::vector<FindKind>& kinds) {
  const auto wrong = [&] { refuse("--type '" + shown_name(word) + "': f, d and l are known, with commas between"); };
  for (std::size_t at = 0; at < word.size(); at += 2) {
    if (at + 1 < word.size() && word[at + 1] != ',') wrong();
    switch (word[at]) {
      case 'f': kinds.push_back(FindKind::kFile); break;
      case 'd': kinds.push_back(FindKind::kFolder); break;
      case 'l': kinds.push_back(FindKind::kLink); break;
      default: wrong();
    }
  }
  if (word.empty() || word.back() == ',') wrong();
}

void take_size(const std::string& word, FindOptions& options) {
  const auto size = value_or_refuse(parse_size_condition(word));
  if (size.min) options.min_size = std::max(options.min_size.value_or(0), *size.min);
  if (size.max) options.max_size = std::min(options.max_size.value_or(UINT64_MAX), *size.max);
}

void add_find_conditions(CLI::App& command, FindOptions& options) {
  constexpr char kConditions[] = "Conditions (all that are given have to hold)";
  auto name = [&options](std::string word) { options.names.push_back(std::move(word)); };
  add_each(command, "--name", "GLOB", name, "the name matches; quote it; repeated: one of them matches")
      ->group(kConditions);
  auto kind = [&options](const std::string& word) { take_kinds(word, options.kinds); };
  add_each(command, "--type", "f,d,l", kind, "files, folders (d), symbolic links; with commas between: one of these")
      ->group(kConditions);
  auto size = [&options](const std::string& word) { take_size(word, options); };
  add_each(command, "--size", "[+-]N[kMGT]", size,
           "+10M: larger files than that; -1k: smaller; 512: exactly; repeatable")
      ->group(kConditions);
  const auto now = SystemClock().now();
  auto newer = [&options, now](const std::string& word) {
    options.newer_than = std::max(options.newer_than.value_or(INT64_MIN), value_or_refuse(parse_moment(word, now)));
  };
  add_each(command, "--newer", "AGE|DATE", newer, "changed after: 30m, 12h, 2d, 4w ago, 2026-01-31[T12:00:00Z]")
      ->group(kConditions);
  auto older = [&options, now](const std::string& word) {
    options.older_than = std::min(options.older_than.value_or(INT64_MAX), value_or_refuse(parse_moment(word, now)));
  };
  add_each(command, "--older", "AGE|DATE", older, "changed before")->group(kConditions);
  command.add_flag("--empty", options.empty, "files of no bytes, folders with nothing in them")->group(kConditions);
}

void add_find(CLI::App& app, Values& values) {
  auto& options = values.find;
  auto* command = app.add_subcommand("find", "Find files and folders by name, type, size and age")->group(kGroup);
  add_operands(*command, "REMOTE", options.remotes, "where to begin (default: the whole drive); patterns are expanded");
  add_find_conditions(*command, options);
  add_depth(*command, "--max-depth", options.max_depth, "go down N folders at most; 0: the operands themselves");
  command->add_flag("-0,--null", options.raw, "raw paths, each ended by a NUL byte");
  command->footer(
      "Examples:\n  ndisk find --name '*.jpg' --newer 2d\n  ndisk find /backup --type f --size +1G\n"
      "  ndisk find /tmp --older 30d -0 | xargs -0 ndisk rm -r");
  command->callback([&values] { values.chosen = values.find; });
}

void add_disk_usage(CLI::App& app, Values& values) {
  auto& options = values.disk_usage;
  auto* command = app.add_subcommand("du", "Bytes of folders with all that is below them")->group(kGroup);
  command->set_help_flag("--help", "Print this help message and exit");
  add_operands(*command, "REMOTE", options.remotes, "what to add up (default: the whole drive); patterns are expanded");
  auto* one = command->add_flag("-s,--summarize", options.summarize, "only the operands themselves");
  add_depth(*command, "-d,--max-depth", options.max_depth, "folders down to this depth; 0 is -s")->excludes(one);
  command->add_flag("-h,--human-readable", options.human, "1.5K, 23M, 4.1G: powers of 1024, rounded up");
  command->add_flag("-0,--null", options.raw, "raw paths, each line ended by a NUL byte");
  command->footer("Examples:\n  ndisk du -sh\n  ndisk du -d 1 /backup\n  ndisk du | sort -n | tail");
  command->callback([&values] { values.chosen = values.disk_usage; });
}

}  // namespace

void add_namespace_commands(CLI::App& app, Values& values) {
  add_list(app, values);
  add_find(app, values);
  add_stat(app, values);
  add_disk_usage(app, values);
}

}  // namespace ndisk::client
