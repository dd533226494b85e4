#include "client/proof/verify_report.hpp"

#include "common/shown_name.hpp"

namespace ndisk::client {
namespace {

constexpr std::size_t kMostWaiting = 4096;

}  // namespace

VerifyReport::Outcome& VerifyReport::begin() {
  outcomes_.push_back(std::make_unique<Outcome>());
  return *outcomes_.back();
}

void VerifyReport::settle(Outcome& outcome) {
  outcome.known = true;
  const bool first = outcomes_.front().get() == &outcome;
  if (!first) return;
  while (!outcomes_.empty() && outcomes_.front()->known) {
    say(*outcomes_.front());
    outcomes_.pop_front();
  }
  [[maybe_unused]] const auto written = context_.output.flush();  // said at the end
  room_.notify();
}

void VerifyReport::differs(Difference difference) {
  auto& outcome = begin();
  outcome.difference = std::move(difference);
  settle(outcome);
}

void VerifyReport::failed(const Error& error, const std::string& name) {
  auto& outcome = begin();
  outcome.error = error;
  outcome.name = name;
  settle(outcome);
}

bool VerifyReport::is_crowded() const { return outcomes_.size() >= kMostWaiting; }

net::Task<> VerifyReport::wait_for_room() {
  while (is_crowded()) co_await room_.wait();
}

void VerifyReport::say(const Outcome& outcome) {
  auto& output = context_.output;
  if (outcome.error) {
    const auto& given_up = context_.link.given_up();
    if (given_up) return context_.tally.gave_up(*given_up);
    return context_.tally.failed(*outcome.error, outcome.name);
  }
  if (!outcome.difference) {
    context_.tally.done(outcome.size);
    if (output.json()) return output.add_object(outcome.fields);
    if (output.prints_each()) output.add_line("same: " + shown_name(outcome.name));
    return;
  }
  const auto& difference = *outcome.difference;
  context_.tally.differed();
  if (!output.json()) return output.add_line(difference.line);
  JsonFields fields{{"type", std::string("difference")}, {"difference", difference.what}};
  if (!difference.path.empty()) add_path(fields, difference.path);
  if (difference.receipt) fields.emplace_back("sequence", *difference.receipt);
  fields.emplace_back("message", difference.line);
  output.add_object(fields);
}

}  // namespace ndisk::client
