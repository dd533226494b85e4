#include "server/options.hpp"

#include "tests/catch.hpp"

namespace ndisk::server {
namespace {

std::variant<Options, OptionsExit> parse(std::vector<std::string> words) {
  words.insert(words.begin(), "ndiskd");
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  return parse_options(static_cast<int>(pointers.size()), pointers.data());
}

int exit_of(std::vector<std::string> words) { return std::get<OptionsExit>(parse(std::move(words))).code; }

}  // namespace

TEST_CASE("options: without a command the server serves, with the design's defaults") {
  const auto options = std::get<Options>(parse({"--data", "/d"}));
  const auto& serve = std::get<ServeCommand>(options.command);
  CHECK(options.data_directory == "/d");
  CHECK(serve.listen.empty());
  CHECK(serve.plaintext == PlaintextPolicy::kNever);
  CHECK(serve.tree);
  CHECK(serve.first_invite);
  CHECK(serve.confine);
  CHECK(serve.run_as.empty());
}

TEST_CASE("options: every flag of serve is taken, before or after the command") {
  const auto options =
      std::get<Options>(parse({"--data", "/d", "serve", "--listen", "127.0.0.1:0", "--listen", "[::1]:9", "--advertise",
                               "nas.example", "--plaintext=loopback", "--threads", "3", "--tree=off", "--tree-group",
                               "media", "--no-invite", "--run-as", "ndisk", "--confine=off"}));
  const auto& serve = std::get<ServeCommand>(options.command);
  CHECK(serve.listen == std::vector<protocol::HostPort>{{"127.0.0.1", 0}, {"::1", 9}});
  CHECK(serve.advertise == std::vector<protocol::HostPort>{{"nas.example", 7420}});
  CHECK(serve.plaintext == PlaintextPolicy::kLoopback);
  CHECK(serve.threads == 3);
  CHECK_FALSE(serve.tree);
  CHECK(serve.tree_group == "media");
  CHECK(serve.run_as == "ndisk");
  CHECK_FALSE(serve.confine);
  CHECK_FALSE(serve.first_invite);
}

TEST_CASE("options: invite and status take the data directory and --json on either side") {
  const auto invite = std::get<Options>(parse({"--data", "/d", "invite", "--user", "anna"}));
  CHECK(std::get<InviteCommand>(invite.command).user == "anna");
  CHECK_FALSE(std::get<InviteCommand>(invite.command).lifetime.has_value());
  const auto status = std::get<Options>(parse({"--data", "/d", "status", "--json"}));
  CHECK(std::holds_alternative<StatusCommand>(status.command));
  CHECK(status.json);
}

TEST_CASE("options: the commands of users are taken with their words") {
  const auto add = std::get<Options>(parse({"--data", "/d", "user", "add", "anna", "--quota", "1.5G", "--json"}));
  CHECK(std::get<AddUserCommand>(add.command).name == "anna");
  CHECK(std::get<AddUserCommand>(add.command).quota == 3ull << 29);
  CHECK(add.json);
  const auto plain = std::get<Options>(parse({"--data", "/d", "user", "add", "anna"}));
  CHECK_FALSE(std::get<AddUserCommand>(plain.command).quota.has_value());
  const auto list = std::get<Options>(parse({"user", "list", "--data", "/d"}));
  CHECK(std::holds_alternative<ListUsersCommand>(list.command));
  const auto remove = std::get<Options>(parse({"--data", "/d", "user", "remove", "anna", "--with-files"}));
  CHECK(std::get<RemoveUserCommand>(remove.command).with_files);
}

TEST_CASE("options: a quota is a size or none") {
  const auto some = std::get<Options>(parse({"--data", "/d", "user", "quota", "anna", "0"}));
  CHECK(std::get<SetQuotaCommand>(some.command).quota == 0);
  const auto none = std::get<Options>(parse({"--data", "/d", "user", "quota", "anna", "none"}));
  CHECK_FALSE(std::get<SetQuotaCommand>(none.command).quota.has_value());
  CHECK(exit_of({"--data", "/d", "user", "quota", "anna", "much"}) == 2);
  CHECK(exit_of({"--data", "/d", "user", "quota", "anna"}) == 2);
}

TEST_CASE("options: a device is named by at least four digits of its id") {
  const auto list = std::get<Options>(parse({"--data", "/d", "device", "list", "--user", "anna"}));
  CHECK(std::get<ListDevicesCommand>(list.command).user == "anna");
  const auto revoke = std::get<Options>(parse({"--data", "/d", "device", "revoke", "1F0C"}));
  CHECK(std::get<RevokeDeviceCommand>(revoke.command).id_prefix == "1f0c");
  CHECK(exit_of({"--data", "/d", "device", "revoke", "1f0"}) == 2);
  CHECK(exit_of({"--data", "/d", "device", "revoke", "laptop"}) == 2);
  CHECK(exit_of({"--data", "/d", "device", "revoke", std::string(33, '0')}) == 2);
}

TEST_CASE("options: user and device alone are usage errors") {
  CHECK(exit_of({"--data", "/d", "user"}) == 2);
  CHECK(exit_of({"--data", "/d", "device"}) == 2);
  CHECK(exit_of({"--data", "/d", "user", "add"}) == 2);
}

TEST_CASE("options: what is kept is thirty days of trash and ten versions, unless said otherwise") {
  const auto kept = [](std::vector<std::string> words) {
    words.insert(words.begin(), {"--data", "/d"});
    return std::get<ServeCommand>(std::get<Options>(parse(std::move(words))).command).retention;
  };
  constexpr TimeNs kDayNs = 24 * 3600 * kSecondNs;
  CHECK(kept({}).trash == 30 * kDayNs);
  CHECK(kept({}).versions == 10);
  CHECK(kept({}).version_age == 0);
  const auto other = kept({"--keep-trash", "0", "--keep-versions", "3", "--keep-versions-for=36500"});
  CHECK(other.trash == 0);
  CHECK(other.versions == 3);
  CHECK(other.version_age == 36'500 * kDayNs);
}

TEST_CASE("options: an empty quota is no quota's absence") {
  CHECK(exit_of({"--data", "/d", "user", "add", "anna", "--quota", ""}) == 2);
  CHECK(exit_of({"--data", "/d", "user", "add", "anna", "--quota="}) == 2);
  CHECK(exit_of({"--data", "/d", "user", "quota", "anna", ""}) == 2);
}

TEST_CASE("options: an invite in the place of anything is refused") {
  CHECK(exit_of({"--data", "ndisk://nas/#c2VjcmV0"}) == 2);
  CHECK(exit_of({"--data", "/d", "user", "add", "ndisk://nas/#c2VjcmV0"}) == 2);
  CHECK(exit_of({"--data", "/d", "--listen", "nas/#c2VjcmV0"}) == 2);
}

TEST_CASE("options: an invite is good for a time between a minute and 30 days") {
  const auto lifetime_of = [](const char* text) {
    const auto options = std::get<Options>(parse({"--data", "/d", "invite", "--expires", text}));
    return std::get<InviteCommand>(options.command).lifetime;
  };
  CHECK(lifetime_of("60s") == 60 * kSecondNs);
  CHECK(lifetime_of("12h") == 12 * 3600 * kSecondNs);
  CHECK(lifetime_of("30d") == 30 * 24 * 3600 * kSecondNs);
  for (const char* text : {"", "59s", "31d", "0m", "-1h", "1", "soon"}) {
    CAPTURE(text);
    CHECK(exit_of({"--data", "/d", "invite", "--expires", text}) == 2);
  }
}

TEST_CASE("options: an invite for an empty name is not one for the owner") {
  CHECK(exit_of({"--data", "/d", "invite", "--user", ""}) == 2);
  CHECK(exit_of({"--data", "/d", "device", "list", "--user", ""}) == 2);
}

TEST_CASE("options: what can't be is a usage error") {
  CHECK(exit_of({"--data", "/d", "--keep-trash", "-1"}) == 2);
  CHECK(exit_of({"--data", "/d", "--keep-trash", "36501"}) == 2);
  CHECK(exit_of({"--data", "/d", "--keep-versions", "-1"}) == 2);
  CHECK(exit_of({"--data", "/d", "--keep-versions-for", "36501"}) == 2);
  CHECK(exit_of({"serve"}) == 2);
  CHECK(exit_of({"--data", "/d", "--nonsense"}) == 2);
  CHECK(exit_of({"--data", "/d", "--listen", "1::2"}) == 2);
  CHECK(exit_of({"--data", "/d", "--plaintext=sometimes"}) == 2);
  CHECK(exit_of({"--data", "/d", "--threads", "0"}) == 2);
}

}  // namespace ndisk::server
