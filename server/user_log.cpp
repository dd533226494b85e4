#include "server/user_log.hpp"

#include <spdlog/spdlog.h>

#include "common/protocol/shown_invite.hpp"
#include "common/shown_name.hpp"

namespace ndisk::server {
namespace {

constexpr std::uint64_t kLinesAtOnce = 1000;
constexpr auto kOneIn = std::chrono::seconds(1);
constexpr std::size_t kNameBytes = 300;

}  // namespace

void UserLog::write(const std::string& user, std::string_view line) {
  LineBudget::Answer answer;
  {
    const std::scoped_lock lock(mutex_);
    answer = budgets_.try_emplace(user, kLinesAtOnce, kOneIn).first->second.ask(std::chrono::steady_clock::now());
  }
  if (!answer.write) return;
  if (answer.left_out > 0) spdlog::info("lines left out user={} count={}", user, answer.left_out);
  spdlog::info("{}", line);
}

std::string log_name(std::string_view bytes) {
  // Before it is cut: half a secret is not known for one in the line.
  auto shown = shown_name(protocol::without_secrets(bytes));
  if (shown.size() <= kNameBytes) return shown;
  auto end = kNameBytes;
  while ((static_cast<unsigned char>(shown[end]) & 0xC0) == 0x80) --end;  // not in the middle of a character
  shown.resize(end);
  return shown + "…";
}

}  // namespace ndisk::server
