#include "tests/fuzz/targets.hpp"

#include <array>

namespace ndisk::fuzz {
namespace {

constexpr std::array kTargets{
    Target{"answers", answers},
    Target{"configuration", configuration},
    Target{"drive", drive},
    Target{"frame_parser", frame_parser},
    Target{"invite", invite},
    Target{"message", message},
    Target{"patterns", patterns},
    Target{"receipts", receipts},
    Target{"remote_path", remote_path},
    Target{"session", session},
};

}  // namespace

std::span<const Target> targets() { return kTargets; }

}  // namespace ndisk::fuzz
