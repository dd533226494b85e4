#include "common/beside.hpp"

#include <system_error>

namespace ndisk {

Beside::Beside(std::size_t threads) {
  threads_.reserve(threads);
  try {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run_thread(); });
  } catch (const std::system_error&) {  // the system has no more: what there are will do
  }
}

Beside::~Beside() {
  const std::scoped_lock lock(mutex_);
  stopping_ = true;
  arrived_.notify_all();
}

bool Beside::put(Offer& offer) {
  {
    const std::scoped_lock lock(mutex_);
    if (idle_ == 0 || offered_ != nullptr) return false;
    offered_ = &offer;
  }
  arrived_.notify_one();
  return true;
}

bool Beside::take_back(Offer& offer) {
  std::unique_lock lock(mutex_);
  if (offered_ == &offer) {
    offered_ = nullptr;
    return true;
  }
  offer.done.wait(lock, [&] { return offer.is_done; });
  return false;
}

void Beside::run_thread() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    arrived_.wait(lock, [this] { return offered_ != nullptr || stopping_; });
    --idle_;
    if (offered_ == nullptr) return;
    auto& offer = *offered_;
    offered_ = nullptr;
    lock.unlock();
    offer.call(offer.work);
    lock.lock();
    offer.is_done = true;
    offer.done.notify_one();  // with the lock held: afterwards the offer may be gone
  }
}

}  // namespace ndisk
