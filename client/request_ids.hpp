// RequestIds: a fresh id for each change that is asked for. One thread.
//
// The first half is drawn once and tells this client from others of its device; the second half counts. So the ids of
// many changes stand side by side in the server's index, where random ones would each touch another page.
#pragma once

#include <algorithm>

#include "common/protocol/messages.hpp"
#include "common/random.hpp"

namespace ndisk::client {

class RequestIds {
 public:
  [[nodiscard]] protocol::RequestId next() {
    protocol::RequestId id{};
    std::ranges::copy(drawn_, id.begin());
    ++count_;
    for (std::size_t i = 0; i < sizeof(count_); ++i) id[id.size() - 1 - i] = static_cast<std::uint8_t>(count_ >> 8 * i);
    return id;
  }

 private:
  std::array<std::uint8_t, 8> drawn_ = random_bytes<8>();
  std::uint64_t count_ = 0;
};

}  // namespace ndisk::client
