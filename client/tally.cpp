#include "client/tally.hpp"

#include "common/protocol/shown_invite.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {

JsonFields summary_fields(const Summary& summary) {
  return {{"type", std::string("summary")},
          {"schema", kJsonSchema},
          {"command", std::string(summary.command)},
          {"done", summary.done},
          {"failed", summary.failed},
          {"bytes", summary.bytes},
          {"unchanged", summary.unchanged},
          {"exit_code", std::int64_t{summary.exit_code}}};
}

void Tally::failed(const Error& error, std::string_view name) {
  ++failed_;
  codes_.insert(error.code);
  if (error.code == ErrorCode::kCancelled) return;  // the user's own doing, and said where it was noticed
  auto shown = error;
  shown.message = printable(shown.message);
  const auto shown_path = shown_name(protocol::without_secrets(name));
  if (shown.message.find(shown_path) == shown.message.npos) shown.message = shown_path + ": " + shown.message;
  output_.error(shown, name);
}

void Tally::gave_up(const Error& error) {
  ++failed_;
  if (gave_up_) return;
  gave_up_ = error.code;
  if (error.code != ErrorCode::kCancelled) output_.error(error);
}

int Tally::exit_code() const {
  if (gave_up_) return ndisk::exit_code(*gave_up_);
  if (failed_ == 0) return 0;
  if (differed_) return ndisk::exit_code(ErrorCode::kIntegrity);
  const bool all_alike = done_ == 0 && unchanged_ == 0 && codes_.size() == 1;
  return ndisk::exit_code(all_alike ? *codes_.begin() : ErrorCode::kSomeFailed);
}

JsonFields Tally::summary(std::string_view command, int code) const {
  return summary_fields({.command = command,
                         .done = done_,
                         .failed = failed_,
                         .bytes = bytes_,
                         .unchanged = unchanged_,
                         .exit_code = code});
}

}  // namespace ndisk::client
