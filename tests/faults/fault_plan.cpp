#include "tests/faults/fault_plan.hpp"

#include <cerrno>

#include "tests/faults/real_calls.hpp"

namespace ndisk::faults {

bool can_fail(const Fault& fault, Does does) {
  const bool takes_space = does == Does::kCreate || does == Does::kWrite || does == Does::kName;
  switch (fault.error) {
    case kCutShort: return does == Does::kRead || does == Does::kWrite;
    // A disk that stays full takes what is written over; one call alone may find it out as late as its sync.
    case ENOSPC:
    case EDQUOT: return takes_space || (does == Does::kSync && fault.times == 1);
    case EMFILE: return does == Does::kOpen || does == Does::kCreate;
    case ENOMEM: return does == Does::kOpen || does == Does::kCreate || does == Does::kLook;
    case EINTR:
      return does == Does::kOpen || does == Does::kCreate || does == Does::kRead || does == Does::kWrite ||
             does == Does::kTruncate;
    // A disk behind a network that stopped to answer.
    case ETIMEDOUT: return does == Does::kRead;
    case ENOLCK: return does == Does::kLock;
    default: return does != Does::kLock;
  }
}

FaultPlan& FaultPlan::of_process() {
  // Never destroyed: threads of libraries may call until the very end.
  static auto* plan = new FaultPlan;
  return *plan;
}

void FaultPlan::arm(const Fault& fault) {
  const std::scoped_lock lock(mutex_);
  fault_ = fault;
  calls_ = 0;
  calls_from_site_ = 0;
  number_of_failed_call_ = 0;
  failed_call_.clear();
  sites_.clear();
  unsynced_.forget_all();
  armed_ = true;
}

void FaultPlan::heal() {
  const std::scoped_lock lock(mutex_);
  fault_.nth = 0;
  armed_ = false;
}

bool FaultPlan::fails(Does does, const char* call, int file, const char* name) {
  if (!armed_) return false;
  const std::scoped_lock lock(mutex_);
  if (!armed_ || !can_fail(fault_, does)) return false;
  if (!fault_.only.empty() && fault_.only != call) return false;
  ++calls_;
  if (number_of_failed_call_ != 0) return calls_ - number_of_failed_call_ < fault_.times;
  if (!is_its_turn(call)) return false;
  number_of_failed_call_ = calls_;
  failed_call_ = std::string(call) + ' ' + (name != nullptr ? name : name_of(file));
  return true;
}

bool FaultPlan::is_its_turn(const char* call) {
  if (!fault_.notes_sites && fault_.site == 0) return calls_ == fault_.nth;
  const auto site = call_site(call);
  if (fault_.notes_sites) sites_.push_back(site);
  if (site != fault_.site) return false;
  return ++calls_from_site_ == fault_.nth;
}

int FaultPlan::calls() const {
  const std::scoped_lock lock(mutex_);
  return calls_;
}

std::string FaultPlan::failed_call() const {
  const std::scoped_lock lock(mutex_);
  return failed_call_;
}

int FaultPlan::number_of_failed_call() const {
  const std::scoped_lock lock(mutex_);
  return number_of_failed_call_;
}

int FaultPlan::calls_from_site() const {
  const std::scoped_lock lock(mutex_);
  return calls_from_site_;
}

std::vector<CallSite> FaultPlan::sites() const {
  const std::scoped_lock lock(mutex_);
  return sites_;
}

void FaultPlan::note_write(int file, std::uint64_t offset, std::size_t size) {
  if (!armed_) return;
  const std::scoped_lock lock(mutex_);
  unsynced_.note_write(file, offset, size);
}

void FaultPlan::note_truncate(int file, std::uint64_t size) {
  if (!armed_) return;
  const std::scoped_lock lock(mutex_);
  unsynced_.note_truncate(file, size);
}

int FaultPlan::begin_sync(const char* call, int file, bool all_files) {
  if (fails(Does::kSync, call, file)) {
    const std::scoped_lock lock(mutex_);
    if (all_files) {
      unsynced_.lose_all();
    } else {
      unsynced_.lose(file);
    }
    return error();
  }
  if (!armed_) return 0;
  const std::scoped_lock lock(mutex_);
  return unsynced_.take_debt(file) ? EIO : 0;
}

int FaultPlan::end_sync(int file, bool all_files) {
  if (!armed_) return 0;
  const std::scoped_lock lock(mutex_);
  if (all_files) {
    unsynced_.forget_all();
    return 0;
  }
  if (unsynced_.take_debt(file)) return EIO;
  unsynced_.note_sync(file);
  return 0;
}

void arm(const Fault& fault) { FaultPlan::of_process().arm(fault); }
void heal() { FaultPlan::of_process().heal(); }
int calls_that_could_fail() { return FaultPlan::of_process().calls(); }
std::string failed_call() { return FaultPlan::of_process().failed_call(); }
int number_of_failed_call() { return FaultPlan::of_process().number_of_failed_call(); }
int calls_from_site() { return FaultPlan::of_process().calls_from_site(); }
std::vector<CallSite> sites_of_calls() { return FaultPlan::of_process().sites(); }

}  // namespace ndisk::faults
