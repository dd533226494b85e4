#include <stdlib.h>

#include "client/target.hpp"
#include "tests/catch.hpp"
#include "tests/client/scratch_folder.hpp"

namespace ndisk::client {
namespace {

// An enrolment as "default" at nas.local:7420, and the environment that leads to it.
class Enrolled {
 public:
  Enrolled() {
    ::setenv("XDG_CONFIG_HOME", scratch_.path().c_str(), 1);
    ::unsetenv("NDISK_SERVER");
    ::unsetenv("NDISK_PROFILE");
    enrol("default", "nas.local");
  }
  Enrolled(const Enrolled&) = delete;
  Enrolled& operator=(const Enrolled&) = delete;
  ~Enrolled() {
    ::unsetenv("XDG_CONFIG_HOME");
    ::unsetenv("NDISK_SERVER");
    ::unsetenv("NDISK_PROFILE");
  }

  void enrol(const std::string& name, const std::string& host) const {
    const auto store = ProfileStore::open(scratch_.path("ndisk"), name);
    REQUIRE(store);
    REQUIRE(store->pending_key());
    REQUIRE(store->enrolled({.addresses = {{host, 7420}}, .pin = Digest{7}, .user = "owner"}));
  }

 private:
  ScratchFolder scratch_;
};

std::string server_for(const GlobalOptions& options) {
  const auto target = resolve_target(options);
  REQUIRE(target);
  return target->shown;
}

TEST_CASE("target: without anything said the default profile counts") {
  const Enrolled enrolled;
  CHECK(server_for({}) == "nas.local:7420");
}

TEST_CASE("target: the environment counts over the profile, a flag over both") {
  const Enrolled enrolled;
  ::setenv("NDISK_SERVER", "other.local:1", 1);
  CHECK(server_for({}) == "other.local:1");
  CHECK(server_for({.server = "third.local:2"}) == "third.local:2");
}

TEST_CASE("target: a profile is chosen by flag or environment") {
  const Enrolled enrolled;
  enrolled.enrol("work", "work.local");
  ::setenv("NDISK_PROFILE", "work", 1);
  CHECK(server_for({}) == "work.local:7420");
  CHECK(server_for({.profile = "default"}) == "nas.local:7420");
}

TEST_CASE("target: another address keeps the profile's pin") {
  const Enrolled enrolled;
  const auto target = resolve_target({.server = "10.0.0.1"});
  REQUIRE(target);
  CHECK(std::get<net::TlsAddress>(target->server).pin == Digest{7});
}

TEST_CASE("target: the Unix socket needs no enrolment") {
  ::setenv("XDG_CONFIG_HOME", "/nowhere", 1);
  const auto target = resolve_target({.server = "unix:/data/ndisk.sock"});
  ::unsetenv("XDG_CONFIG_HOME");
  REQUIRE(target);
  CHECK(std::holds_alternative<net::LocalCredentials>(target->credentials));
}

TEST_CASE("target: plaintext is used only where it was asked for") {
  const Enrolled enrolled;
  const auto target = resolve_target({.server = "plain:127.0.0.1:7420"});
  REQUIRE(target);
  CHECK(std::holds_alternative<net::PlainAddress>(target->server));
  CHECK(std::holds_alternative<net::DeviceCredentials>(target->credentials));
}

}  // namespace
}  // namespace ndisk::client
