#include "client/commands/parse.hpp"

namespace ndisk::client {
namespace {

constexpr char kGroup[] = "Up and down";

void add_put(CLI::App& app, Values& values) {
  auto& options = values.put;
  auto* command = app.add_subcommand("put", "Upload files and folders; repeat it to resume")->group(kGroup);
  add_operands(*command, "FILE", options.files, "what to upload; '-' is standard input, with --name")->required();
  auto* target = add_word(*command, "-t,--target-directory", "DIR", options.target_directory,
                          "the remote folder to put into; made if it is missing");
  add_word(*command, "--name", "REMOTE", options.name, "the exact remote path of the one result")->excludes(target);
  command->add_flag("-r,--recursive", options.recursive, "folders with all that is in them; links stay links");
  command->add_flag("--follow", options.follow, "what symbolic links lead to in their place");
  command->add_flag("-n,--dry-run", options.dry_run, "say what would happen to each file, and do nothing");
  command->add_flag("-c,--checksum", options.checksum, "compare digests, not size and mtime, to skip a file");
  command->add_flag("-W,--whole-file", options.whole_file, "send all of a changed file, and not only what is new");
  auto* keep = command->add_flag("--no-clobber", options.no_clobber, "never replace a file");
  add_version(*command, "--if-match", options.if_match, "replace only this version of the one file")->excludes(keep);
  add_word(*command, "--receipt", "FILE", options.receipt,
           "write the server's signed receipt of each file, a line each");
  command->add_flag("--then-remove", options.then_remove,
                    "delete each local file once the server has proved that it holds it");
  add_filter(*command, options.filter);
  command->footer(
      "Examples:\n  ndisk put song.mp3\n  ndisk put a.bin b.bin -t /music/\n  ndisk put -r photos -t /backup/\n"
      "  ndisk put -r . -t /work --exclude '*.o' --dry-run\n  tar c photos | ndisk put - --name photos.tar\n"
      "  ndisk put scan.pdf --receipt receipts.jsonl --then-remove");
  command->callback([&values] { values.chosen = values.put; });
}

void add_get(CLI::App& app, Values& values) {
  auto& options = values.get;
  auto* command = app.add_subcommand("get", "Download files and folders; repeat it to resume")->group(kGroup);
  add_operands(*command, "REMOTE", options.remotes, "what to download; patterns are expanded")->required();
  auto* target = add_word(*command, "-t,--target-directory", "DIR", options.target_directory,
                          "the local folder to put into; it must exist (default: here)");
  add_word(*command, "-o,--output", "FILE", options.output,
           "the exact local path of the one result; '-' is standard output")
      ->excludes(target);
  command->add_flag("-r,--recursive", options.recursive, "folders with all that is in them");
  add_version(*command, "--version", options.version, "this version of the one file; see ndisk versions");
  command->add_flag("-n,--dry-run", options.dry_run, "say what would happen to each file, and do nothing");
  command->add_flag("-c,--checksum", options.checksum, "read local files, in place of trusting size and mtime");
  command->add_flag("-W,--whole-file", options.whole_file, "get all of a changed file, and not only what is new");
  command->add_flag("--no-clobber", options.no_clobber, "never replace a local file");
  const std::map<std::string, Collision> collisions{
      {"fail", Collision::kFail}, {"rename", Collision::kRename}, {"skip", Collision::kSkip}};
  auto take = [&options, collisions](const std::string& word) {
    const auto found = collisions.find(word);
    if (found == collisions.end()) refuse("--on-collision takes fail, rename or skip, not '" + word + "'");
    options.on_collision = found->second;
  };
  add_each(*command, "--on-collision", "HOW", take,
           "names that the local disk can't hold apart: fail before anything is written (default), rename or skip");
  add_filter(*command, options.filter);
  command->footer(
      "Examples:\n  ndisk get song.mp3 -t /tmp/\n  ndisk get /music/a.bin -o - | sha256sum\n"
      "  ndisk get -r /backup/photos -t restored/\n  ndisk get '/music/*.mp3'\n"
      "  ndisk get letter.txt --version 17 -o letter-before.txt");
  command->callback([&values] { values.chosen = values.get; });
}

void add_cat(CLI::App& app, Values& values) {
  auto* command = app.add_subcommand("cat", "Files to standard output, one after the other")->group(kGroup);
  add_operands(*command, "REMOTE", values.cat.remotes, "what to print; patterns are expanded")->required();
  command->footer("Examples:\n  ndisk cat notes.txt\n  ndisk cat '/logs/*.gz' | zcat | grep error");
  command->callback([&values] { values.chosen = values.cat; });
}

void add_verify(CLI::App& app, Values& values) {
  auto& options = values.verify;
  auto* command = app.add_subcommand("verify", "Compare local files with the drive, or prove receipts")->group(kGroup);
  add_operands(*command, "FILE", options.operands, "files of receipts, or local files and folders")->required();
  add_word(*command, "-t,--target-directory", "DIR", options.target_directory,
           "the remote folder that holds them (default: the drive's top)");
  command->add_flag("--follow", options.follow, "what symbolic links lead to in their place");
  add_filter(*command, options.filter);
  command->footer(
      "Examples:\n  ndisk verify receipts.jsonl\n  ndisk verify photos -t /backup/\n\n"
      "A difference ends with exit code 8.");
  command->callback([&values] { values.chosen = values.verify; });
}

}  // namespace

void add_transfer_commands(CLI::App& app, Values& values) {
  add_put(app, values);
  add_get(app, values);
  add_cat(app, values);
  add_verify(app, values);
}

}  // namespace ndisk::client
