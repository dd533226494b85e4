// FaultPlan: which call fails, and what became of it. Thread-safe.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "tests/faults/system_calls.hpp"
#include "tests/faults/unsynced_writes.hpp"

namespace ndisk::faults {

// What a call does, as far as it matters for how it can fail.
enum class Does { kOpen, kCreate, kRead, kWrite, kTruncate, kSync, kName, kRemove, kLook, kSet, kLock };

// Whether a call of this kind is known to fail so.
[[nodiscard]] bool can_fail(const Fault& fault, Does does);

class FaultPlan {
 public:
  // The one of this process.
  static FaultPlan& of_process();

  void arm(const Fault& fault);
  void heal();
  // Counts the call; true if it is to fail with error() now. `file` is a descriptor, or -1 and `name` tells.
  [[nodiscard]] bool fails(Does does, const char* call, int file, const char* name = nullptr);
  [[nodiscard]] int error() const { return fault_.error; }
  [[nodiscard]] int calls() const;
  [[nodiscard]] std::string failed_call() const;
  [[nodiscard]] int number_of_failed_call() const;
  [[nodiscard]] int calls_from_site() const;
  [[nodiscard]] std::vector<CallSite> sites() const;

  void note_write(int file, std::uint64_t offset, std::size_t size);
  void note_truncate(int file, std::uint64_t size);
  // Answers for a sync: the errno that it fails with before it is tried, or 0.
  [[nodiscard]] int begin_sync(const char* call, int file, bool all_files);
  // After one that succeeded: 0, or the errno of what was lost of this file by another's meanwhile.
  [[nodiscard]] int end_sync(int file, bool all_files);

 private:
  // Whether the call that was counted last is the one that is to fail.
  [[nodiscard]] bool is_its_turn(const char* call);

  mutable std::mutex mutex_;
  std::atomic<bool> armed_ = false;
  Fault fault_;
  int calls_ = 0;
  int calls_from_site_ = 0;
  int number_of_failed_call_ = 0;
  std::string failed_call_;
  std::vector<CallSite> sites_;
  UnsyncedWrites unsynced_;
};

}  // namespace ndisk::faults
