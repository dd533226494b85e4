// What people and scripts configure with: both command lines, sizes and times in words, profiles and keys.
#include <filesystem>
#include <string>
#include <vector>

#include "client/commands/command_line.hpp"
#include "client/commands/words.hpp"
#include "client/profile.hpp"
#include "client/server_address.hpp"
#include "client/shell_quote.hpp"
#include "client/transfer/naming.hpp"
#include "server/byte_size.hpp"
#include "server/options.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/targets.hpp"

namespace ndisk::fuzz {
namespace {

constexpr std::size_t kMostWords = 64;
constexpr TimeNs kNow = 1'700'000'000'000'000'000;

// One word a line; an argument of a process has no NUL.
std::vector<std::string> words_of(Choices& choices, const char* program) {
  std::vector<std::string> words{program};
  while (!choices.is_over() && words.size() < kMostWords) {
    auto& word = words.emplace_back(choices.line());
    std::erase(word, '\0');
  }
  return words;
}

std::vector<char*> arguments_of(std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  return arguments;
}

void server_command_line(Choices& choices) {
  auto words = words_of(choices, "ndiskd");
  const auto parsed = server::parse_options(static_cast<int>(words.size()), arguments_of(words).data());
  if (const auto* exit = std::get_if<server::OptionsExit>(&parsed)) {
    require(exit->code == 0 || exit->code == 2, "a command line ends well or with a usage error");
    return;
  }
  const auto& options = std::get<server::Options>(parsed);
  require(!options.data_directory.empty(), "there is a data directory");
  if (const auto* serve = std::get_if<server::ServeCommand>(&options.command)) {
    require(serve->threads <= 64, "no more threads than are allowed");
    require(serve->retention.trash >= 0 && serve->retention.version_age >= 0, "nothing is kept for less than no time");
    require(serve->advertise.size() <= protocol::kMaxInviteAddresses, "an invite has room for the addresses");
  }
}

void client_command_line(Choices& choices) {
  auto words = words_of(choices, "ndisk");
  const auto parsed = client::parse_command_line(static_cast<int>(words.size()), arguments_of(words).data());
  if (const auto* exit = std::get_if<client::ExitNow>(&parsed)) {
    require(exit->code == 0 || exit->code == 2, "a command line ends well or with a usage error");
    return;
  }
  const auto& invocation = std::get<client::Invocation>(parsed);
  if (const auto* put = std::get_if<client::PutOptions>(&invocation.command)) {
    if (const auto plan = client::plan_put(*put)) {
      require(!plan->empty() || put->filter.files_from, "what is put has a name");
    }
  }
  std::vector<const char*> line(words.size());
  std::ranges::transform(words, line.begin(), [](const auto& word) { return word.c_str(); });
  require(!client::shell_line(line).empty(), "a command line can be shown");
}

void check_address(const protocol::HostPort& address) {
  require(protocol::parse_host_port(protocol::format_host_port(address)) == address, "an address can be written");
}

void server_address(std::string_view text) {
  const auto choice = client::parse_server(text);
  if (!choice) return;
  if (const auto* tls = std::get_if<client::TlsServer>(&*choice)) check_address(tls->address);
  if (const auto* plain = std::get_if<client::PlainServer>(&*choice)) check_address(plain->address);
  const bool is_unix = std::holds_alternative<client::UnixServer>(*choice);
  require(is_unix == text.starts_with("unix:"), "a socket is named by unix: alone");
  require(std::holds_alternative<client::PlainServer>(*choice) == text.starts_with("plain:"),
          "plaintext is asked for by plain: alone");
}

void profile(Choices& choices) {
  const MemoryFile file(choices.rest());
  // A store adds ".toml" or ".key" to a name: links in a folder that this process alone knows.
  static const auto folder =
      std::filesystem::temp_directory_path() / ("ndisk-fuzz-profile-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const auto store = client::ProfileStore::open(folder, "p").value();
  for (const auto& path : {store.profile_path(), store.key_path()}) std::filesystem::create_symlink(file.path(), path);
  const auto loaded = store.load();
  const auto key = store.load_key();
  std::filesystem::remove_all(folder);
  if (!loaded) return;
  require(!loaded->addresses.empty(), "a profile names an address");
  for (const auto& address : loaded->addresses) check_address(address);
}

void words(Choices& choices) {
  const auto text = as_text(choices.rest());
  server_address(text);
  if (const auto size = client::parse_size_condition(text)) {
    require(size->min || size->max, "a size has a bound");
    require(!size->min || !size->max || *size->min == *size->max, "two bounds are one size");
  }
  static_cast<void>(client::parse_moment(text, kNow));
  if (const auto number = client::parse_number(text, "a number", 1000))
    require(*number <= 1000, "a number has a limit");
  if (const auto size = server::parse_byte_size(text)) {
    require(*size <= protocol::kMaxFileBytes, "a size fits the catalog");
    require(!server::human_bytes(*size).empty(), "a size can be shown");
    require(server::parse_byte_size(std::to_string(*size)) == *size, "a size in plain bytes is itself");
  }
  static_cast<void>(client::ProfileStore::open("/nowhere", std::string(text)));
}

}  // namespace

void configuration(ByteView input) {
  Choices choices(input);
  switch (choices.below(4)) {
    case 0: return server_command_line(choices);
    case 1: return client_command_line(choices);
    case 2: return profile(choices);
    default: return words(choices);
  }
}

}  // namespace ndisk::fuzz
