// ObjectDamage: what a check of objects found damaged, until it was named, version by version, and mended.
//
// Which versions are hit is only found by a walk through all of them. So what is found is gathered: a walk is made when
// the last one took little of the time since, when much has come together, and at the end. One thread at a time; all
// parts must outlive it.
#pragma once

#include <map>
#include <optional>

#include "storage/check_phase.hpp"
#include "storage/damaged_object.hpp"

namespace ndisk::storage {

class ObjectDamage {
 public:
  ObjectDamage(const CheckedParts& parts, bool repair) : parts_(parts), repair_(repair) {}

  void add(DamagedObject object);
  [[nodiscard]] bool is_empty() const { return found_.empty(); }
  // It is time for name().
  [[nodiscard]] bool is_due() const;
  // Finds the versions of all that was added.
  [[nodiscard]] Result<void> name();
  // Words some of what has names, and mends what can be. False: nothing has.
  [[nodiscard]] Result<bool> tell_some(CheckOutcome& outcome);

 private:
  Result<Mended> try_to_mend(DamagedObject& object, CheckOutcome& outcome);
  Result<Mended> mend(const DamagedObject& object, CheckOutcome& outcome);
  Result<bool> condemn(const ObjectRow& row);
  Result<void> keep_strangers(const DamagedObject& object, CheckOutcome& outcome);

  CheckedParts parts_;
  const bool repair_;
  std::map<std::int64_t, DamagedObject> found_;  // by id
  std::map<std::int64_t, DamagedObject> named_;  // by id
  std::optional<TimeNs> named_at_;               // when the last walk ended
  TimeNs walk_took_ = 0;
};

}  // namespace ndisk::storage
