#include "tests/crash/loss_choice.hpp"

#include <algorithm>
#include <array>

namespace ndisk::crash {
namespace {

constexpr std::array kWays = {Loss::kGone, Loss::kZeros, Loss::kTorn};

}  // namespace

LossChoice::LossChoice(const std::vector<Operation>& record, const std::vector<std::size_t>& pending,
                       const LossLimits& limits, std::mt19937_64& random)
    : record_(record), pending_(pending) {
  constexpr std::ptrdiff_t kAlways = 2;
  add(Crash::Kind::kNone, Loss::kGone, 0);
  add(Crash::Kind::kFrom, Loss::kGone, 0);
  for (const auto way : kWays) add(Crash::Kind::kWrites, way, 0);
  add_prefixes();
  add_singles();
  add_pairs();
  if (pending_.size() <= limits.subsets_up_to) add_subsets();
  std::shuffle(crashes_.begin() + kAlways, crashes_.end(), random);
  if (crashes_.size() > limits.most) crashes_.resize(limits.most);
}

Losses LossChoice::at(std::size_t number) const {
  const auto& crash = crashes_.at(number);
  switch (crash.kind) {
    case Crash::Kind::kNone: return {};
    case Crash::Kind::kWrites: return all_writes(crash.way);
    case Crash::Kind::kFrom: return all_from(crash.first, crash.way);
    case Crash::Kind::kSingle: return {{pending_[crash.first], crash.way}};
    case Crash::Kind::kPair: return {{pending_[crash.first], crash.way}, {pending_[crash.second], crash.way}};
    case Crash::Kind::kSubset: return subset(crash.first);
  }
  return {};
}

bool LossChoice::is_write(std::size_t index) const { return record_[pending_[index]].action == Action::kWrite; }

void LossChoice::add(Crash::Kind kind, Loss way, std::size_t first, std::size_t second) {
  crashes_.push_back({kind, way, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(second)});
}

// The first in this way, if it can be, and all after it gone.
Losses LossChoice::all_from(std::size_t index, Loss way) const {
  Losses losses;
  for (auto i = index; i < pending_.size(); ++i) losses[pending_[i]] = i == index ? way : Loss::kGone;
  return losses;
}

// The names are there, and what they lead to is not.
Losses LossChoice::all_writes(Loss way) const {
  Losses losses;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    if (is_write(i)) losses[pending_[i]] = way;
  }
  return losses;
}

Losses LossChoice::subset(std::uint32_t bits) const {
  Losses losses;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    if ((bits >> i & 1) != 0) losses[pending_[i]] = Loss::kGone;
  }
  return losses;
}

void LossChoice::add_prefixes() {
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    for (const auto way : kWays) {
      if (way == Loss::kGone ? i > 0 : is_write(i)) add(Crash::Kind::kFrom, way, i);
    }
  }
}

void LossChoice::add_singles() {
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    for (const auto way : kWays) {
      if (way == Loss::kGone || is_write(i)) add(Crash::Kind::kSingle, way, i);
    }
  }
}

// Two writes also as zeros: files that are as long as they should be.
void LossChoice::add_pairs() {
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    for (auto j = i + 1; j < pending_.size(); ++j) {
      add(Crash::Kind::kPair, Loss::kGone, i, j);
      if (is_write(i) && is_write(j)) add(Crash::Kind::kPair, Loss::kZeros, i, j);
    }
  }
}

void LossChoice::add_subsets() {
  for (std::size_t bits = 0; bits < std::size_t{1} << pending_.size(); ++bits) {
    add(Crash::Kind::kSubset, Loss::kGone, bits);
  }
}

}  // namespace ndisk::crash
