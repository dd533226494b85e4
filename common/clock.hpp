// Time as a seam: code that stamps or expires things takes a Clock, so that tests can move it.
#pragma once

#include <cstdint>

namespace ndisk {

// Nanoseconds since 1970-01-01 UTC, as stored and sent.
using TimeNs = std::int64_t;

inline constexpr TimeNs kSecondNs = 1'000'000'000;

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimeNs now() const = 0;  // any thread
};

// The machine's own clock.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimeNs now() const override;
};

}  // namespace ndisk
