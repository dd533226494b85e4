#include "tests/crash/loss_choice.hpp"

#include <algorithm>
#include <array>

namespace ndisk::crash {
namespace {

constexpr std::array kWays = {Loss::kGone, Loss::kZeros, Loss::kTorn};

class Choice {
 public:
  Choice(const std::vector<Operation>& record, const std::vector<std::size_t>& pending)
      : record_(record), pending_(pending) {}

  std::vector<Losses> all(std::size_t subsets_up_to) {
    add({});
    add(all_from(0));
    add_prefixes();
    add_singles();
    add_pairs();
    if (pending_.size() <= subsets_up_to) add_subsets();
    return std::move(found_);
  }

 private:
  [[nodiscard]] bool is_write(std::size_t index) const { return record_[pending_[index]].action == Action::kWrite; }

  void add(Losses losses) { found_.push_back(std::move(losses)); }

  [[nodiscard]] Losses all_from(std::size_t index, Loss way = Loss::kGone) const {
    Losses losses;
    for (auto i = index; i < pending_.size(); ++i) losses[pending_[i]] = is_write(i) ? way : Loss::kGone;
    return losses;
  }

  void add_prefixes() {
    add(all_from(0, Loss::kZeros));
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      if (i > 0) add(all_from(i));
      if (!is_write(i)) continue;
      for (const auto way : {Loss::kZeros, Loss::kTorn}) {
        auto losses = all_from(i);
        losses[pending_[i]] = way;
        add(std::move(losses));
      }
    }
  }

  void add_singles() {
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      for (const auto way : kWays) {
        if (way == Loss::kGone || is_write(i)) add({{pending_[i], way}});
      }
    }
  }

  // A pair with two writes also as zeros: files that are as long as they should be.
  void add_pairs() {
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      for (auto j = i + 1; j < pending_.size(); ++j) {
        add({{pending_[i], Loss::kGone}, {pending_[j], Loss::kGone}});
        if (is_write(i) && is_write(j)) add({{pending_[i], Loss::kZeros}, {pending_[j], Loss::kZeros}});
      }
    }
  }

  void add_subsets() {
    for (std::size_t bits = 0; bits < std::size_t{1} << pending_.size(); ++bits) {
      Losses losses;
      for (std::size_t i = 0; i < pending_.size(); ++i) {
        if ((bits >> i & 1) != 0) losses[pending_[i]] = Loss::kGone;
      }
      if (losses.size() > 2) add(std::move(losses));
    }
  }

  const std::vector<Operation>& record_;
  const std::vector<std::size_t>& pending_;
  std::vector<Losses> found_;
};

}  // namespace

std::vector<Losses> choose_losses(const std::vector<Operation>& record, const std::vector<std::size_t>& pending,
                                  const LossLimits& limits, std::mt19937_64& random) {
  auto all = Choice(record, pending).all(limits.subsets_up_to);
  constexpr std::ptrdiff_t kAlways = 2;
  std::shuffle(all.begin() + std::min<std::ptrdiff_t>(kAlways, std::ssize(all)), all.end(), random);
  if (all.size() > limits.most) all.resize(limits.most);
  return all;
}

}  // namespace ndisk::crash
