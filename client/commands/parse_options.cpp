#include "client/commands/parse.hpp"
#include "client/commands/words.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

constexpr char kMark = '\x01';

std::string unmarked(std::string word) {
  if (!word.empty() && word.front() == kMark) word.erase(0, 1);
  return word;
}

CLI::Option* add_once(CLI::App& command, const std::string& names, const std::string& type,
                      std::function<void(std::string)> take, const std::string& description) {
  auto take_only = [take = std::move(take)](const CLI::results_t& words) {
    take(unmarked(words.front()));
    return true;
  };
  return command.add_option(names, CLI::callback_t(take_only), description)->type_name(type);
}

}  // namespace

std::string marked(std::string argument) {
  // "--exclude=[ab]" has its word behind the sign.
  const auto value = argument.starts_with("--") ? argument.find('=') : std::string::npos;
  const auto start = value == std::string::npos ? 0 : value + 1;
  const bool is_special =
      start < argument.size() && std::string_view("[{%\x01").find(argument[start]) != std::string::npos;
  if (is_special) argument.insert(argument.begin() + static_cast<std::ptrdiff_t>(start), kMark);
  return argument;
}

void refuse(const std::string& message) { throw CLI::ValidationError(message); }

CLI::Option* add_operands(CLI::App& command, const std::string& name, std::vector<std::string>& into,
                          const std::string& description) {
  auto take = [&into](const CLI::results_t& words) {
    for (const auto& word : words) into.push_back(unmarked(word));
    return true;
  };
  return command.add_option(name, CLI::callback_t(take), description)
      ->expected(1, CLI::detail::expected_max_vector_size)
      ->allow_extra_args()
      ->type_name("");
}

CLI::Option* add_operand(CLI::App& command, const std::string& name, std::string& into,
                         const std::string& description) {
  auto take = [&into](std::string word) { into = std::move(word); };
  return add_once(command, name, "", take, description);
}

CLI::Option* add_each(CLI::App& command, const std::string& names, const std::string& type,
                      std::function<void(std::string)> take, const std::string& description) {
  // Called at once, so that options which count in their order are seen in it.
  return add_once(command, names, type, std::move(take), description)->trigger_on_parse();
}

CLI::Option* add_word(CLI::App& command, const std::string& names, const std::string& type, std::string& into,
                      const std::string& description) {
  auto take = [&into](std::string word) { into = std::move(word); };
  return add_once(command, names, type, take, description);
}

CLI::Option* add_word(CLI::App& command, const std::string& names, const std::string& type,
                      std::optional<std::string>& into, const std::string& description) {
  auto take = [&into](std::string word) { into = std::move(word); };
  return add_once(command, names, type, take, description);
}

CLI::Option* add_version(CLI::App& command, const std::string& names, std::optional<std::uint64_t>& into,
                         const std::string& description) {
  auto take = [&into](const std::string& word) {
    into = value_or_refuse(parse_number(word, "a version (ndisk versions lists them)"));
  };
  return add_once(command, names, "ID", take, description);
}

CLI::Option* add_depth(CLI::App& command, const std::string& names, std::optional<std::uint32_t>& into,
                       const std::string& description) {
  auto take = [&into](const std::string& word) {
    into = static_cast<std::uint32_t>(value_or_refuse(parse_number(word, "a depth", UINT32_MAX)));
  };
  return add_once(command, names, "N", take, description);
}

void add_filter(CLI::App& command, FilterOptions& filter) {
  const auto add_rule = [&](const std::string& name, bool include, const std::string& description) {
    auto take = [&filter, include, name](std::string pattern) {
      if (pattern.empty()) refuse(name + " '': an empty pattern matches nothing");
      filter.rules.push_back({include, std::move(pattern)});
    };
    add_each(command, name, "PATTERN", std::move(take), description)->group("Choosing files");
  };
  add_rule("--exclude", false, "leave out what matches; the first rule that matches counts; repeatable");
  add_rule("--include", true, "take what matches; with no --exclude, nothing else; repeatable");
  add_word(command, "--files-from", "FILE", filter.files_from,
           "take only these names below the operand, one a line; '-' is standard input")
      ->group("Choosing files");
}

}  // namespace ndisk::client
