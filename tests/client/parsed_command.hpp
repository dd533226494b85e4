// The command line as a test has it: words in, options out.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "client/commands/command_line.hpp"
#include "tests/catch.hpp"

namespace ndisk::client {

inline std::variant<Invocation, ExitNow> parse(std::vector<std::string> words) {
  words.insert(words.begin(), "ndisk");
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

template <class Options>
Options parsed(std::vector<std::string> words) {
  const auto result = parse(std::move(words));
  REQUIRE(std::holds_alternative<Invocation>(result));
  return std::get<Options>(std::get<Invocation>(result).command);
}

}  // namespace ndisk::client
