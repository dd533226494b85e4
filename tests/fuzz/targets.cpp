#include "tests/fuzz/targets.hpp"

#include <array>

namespace ndisk::fuzz {
namespace {

constexpr std::array kTargets{
    Target{"frame_parser", frame_parser},
};

}  // namespace

std::span<const Target> targets() { return kTargets; }

}  // namespace ndisk::fuzz
