// What commands share that take remote operands: patterns, many requests at once, results in the order of the operands.
//
// The I/O thread only. Memory grows with the operands (and what their patterns match), not with what is below them.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "client/context.hpp"
#include "common/protocol/messages.hpp"
#include "common/remote_path.hpp"

namespace ndisk::client {

// A thing in the drive, and the name that it is shown by: as typed, or, where a pattern matched it, its path (with a
// slash in front if the pattern had one).
struct Operand {
  RemotePath path;
  std::string name;
};

// A word of the command line that names something in the drive. kInvalid for what is no path, and for the empty one:
// that is a variable without a value, and not meant to be the whole drive.
[[nodiscard]] Result<RemotePath> path_of_word(const std::string& word);

// The operands with their patterns expanded. Those that can't be are counted as failed, and so are those that match
// nothing, unless `force`.
net::Task<std::vector<Operand>> expand_operands(Context& context, const std::vector<std::string>& words,
                                                bool force = false);

// Counts a failure: the link's if it has given up, else one of `name`.
void count_failure(Context& context, const Error& error, std::string_view name);

// Whether no more requests make sense.
[[nodiscard]] bool is_over(const Context& context);

// Writes what was added to the output. false: standard output can't be written, which is said at the end.
net::Task<bool> write_output(Context& context);

// Sends the request for one operand and returns the server's answer.
template <class Answer>
using Ask = std::function<net::Task<Result<Answer>>(const Operand&)>;
// Is told, in the order of the operands, what became of each.
template <class Answer>
using Learn = std::function<void(const Operand&, const Result<Answer>&)>;

inline constexpr std::size_t kOperandsAtOnce = 128;

// All operands, `at_once` of them at a time.
template <class Answer>
net::Task<> ask_each(Context& context, const std::vector<Operand>& operands, Ask<Answer> ask, Learn<Answer> learn,
                     std::size_t at_once = kOperandsAtOnce);
// The same for changes: one after the other where one operand is another or lies below it.
net::Task<> change_each(Context& context, const std::vector<Operand>& operands, Ask<wire::Done> change,
                        Learn<wire::Done> learn);

// What stands at a path.
net::Task<Result<wire::StatInfo>> stat_path(Link& link, const RemotePath& path);
net::Task<> stat_each(Context& context, const std::vector<Operand>& operands, Learn<wire::StatInfo> learn);

[[nodiscard]] std::string new_request_id();

// ---- How ask_each is made.

template <class Answer>
net::Task<> ask_one(const Ask<Answer>& ask, const Operand& operand, std::optional<Result<Answer>>& answer,
                    net::Event& answered) {
  auto got = co_await ask(operand);
  answer = std::move(got);
  answered.notify();
}

template <class Answer>
net::Task<> ask_each(Context& context, const std::vector<Operand>& operands, Ask<Answer> ask, Learn<Answer> learn,
                     std::size_t at_once) {
  std::deque<std::optional<Result<Answer>>> answers;  // to operands [learned, learned + size)
  net::Event answered(context.executor);
  net::TaskGroup tasks(context.executor);
  for (std::size_t learned = 0; learned < operands.size(); ++learned) {
    while (answers.size() < at_once && learned + answers.size() < operands.size()) {
      const auto& operand = operands[learned + answers.size()];
      auto& answer = answers.emplace_back();
      tasks.spawn(ask_one<Answer>(ask, operand, answer, answered));
    }
    if (!answers.front()) co_await write_output(context);
    while (!answers.front()) co_await answered.wait();
    learn(operands[learned], *answers.front());
    answers.pop_front();
  }
  co_await tasks.join();
}

}  // namespace ndisk::client
