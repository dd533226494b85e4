// The client against a server that answers anything: every command ends, with an exit code that it may end with, and
// nothing is written outside the folder that it was told to write to.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "client/app.hpp"
#include "tests/fuzz/hostile_answers.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/temporary_folder.hpp"

namespace ndisk::fuzz {
namespace {

namespace fs = std::filesystem;
using client::CommandOptions;

// Large enough to be compared with what the server has; zeros, so that it costs nothing.
constexpr std::uintmax_t kLargeBytes = 35 * 32'768;

void make_large(const std::string& path) {
  std::ofstream(path).close();
  fs::resize_file(path, kLargeBytes);
}

// A place with a target to write to, a file to put, and things beside that nobody may touch.
class Place {
 public:
  Place() {
    fs::create_directory(target());
    fs::create_directory(folder_.path() + "/outside");
    std::ofstream(source()) << "hello";
    make_large(large());
  }
  [[nodiscard]] std::string target() const { return folder_.path() + "/target"; }
  [[nodiscard]] std::string source() const { return folder_.path() + "/source"; }
  [[nodiscard]] std::string large() const { return folder_.path() + "/large"; }
  [[nodiscard]] std::string socket() const { return folder_.path() + "/s"; }

  void check_untouched() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) names.insert(entry.path().filename());
    require(names == std::set<std::string>{"large", "outside", "s", "source", "target"},
            "nothing is made beside the target");
    require(fs::is_empty(folder_.path() + "/outside"), "nothing is made where a link leads");
    const bool stay = fs::file_size(source()) == 5 && fs::file_size(large()) == kLargeBytes;
    require(stay, "what is put stays as it is");
  }

 private:
  TemporaryFolder folder_;
};

CommandOptions command_of(std::size_t number, const Place& place) {
  switch (number) {
    case 0: return client::GetOptions{.remotes = {"x"}, .target_directory = place.target(), .recursive = true};
    case 1: return client::GetOptions{.remotes = {"x"}, .target_directory = place.target()};
    case 2: return client::ListOptions{.remotes = {"x"}, .details = true, .recursive = true};
    case 3: return client::StatOptions{{"x"}};
    case 4: return client::FindOptions{.remotes = {"x"}, .names = {"*a*"}};
    case 5: return client::DiskUsageOptions{.remotes = {"x"}};
    case 6: return client::CatOptions{{"x*"}};
    case 7: return client::VersionsOptions{{"x"}};
    case 8: return client::TrashOptions{};
    case 9: return client::UploadsOptions{};
    case 10: return client::PutOptions{.files = {place.source()}, .target_directory = "x", .checksum = true};
    case 11: return client::VerifyOptions{.operands = {place.source()}};
    case 12: return client::RemoveOptions{.remotes = {"x", "y"}, .recursive = true};
    case 13: return client::TrashOptions{.action = client::TrashAction::kRestore, .items = {"a/b"}};
    case 14:
      return client::GetOptions{.remotes = {"x"},
                                .target_directory = place.target(),
                                .recursive = true,
                                .on_collision = client::Collision::kRename};
    case 16: return client::PutOptions{.files = {place.large()}, .target_directory = "x"};
    case 17:
      make_large(place.target() + "/x");
      return client::GetOptions{.remotes = {"x"}, .target_directory = place.target()};
    default: return client::PingOptions{};
  }
}

}  // namespace

void answers(ByteView input) {
  ::setenv("NDISK_RETRY_SECONDS", "0", 1);  // a connection that is lost stays lost
  const Place place;
  Choices choices(input);
  client::Invocation invocation;
  invocation.command = command_of(choices.below(18), place);
  invocation.global.server = "unix:" + place.socket();
  invocation.global.json = choices.below(2) == 1;
  invocation.global.quiet = true;
  const HostileAnswers server(place.socket(), choices.rest());
  const int code = client::run(invocation);
  require(code >= 0 && code <= 10, "a command ends with one of its exit codes");
  place.check_untouched();
}

}  // namespace ndisk::fuzz
