// ObjectsCheck: every object's row against its file; with read_data its content against its digest, from where an
// interrupted check came to. What is damaged is quarantined, and with `repair` healed, or moved to DATA/quarantine.
#pragma once

#include <deque>
#include <optional>

#include "common/digest.hpp"
#include "storage/check_phase.hpp"
#include "storage/object_damage.hpp"

namespace ndisk::storage {

class ObjectsCheck final : public CheckPhase {
 public:
  ObjectsCheck(const CheckedParts& parts, const CheckRequest& request);
  // Keeps its place, if content was to be read and is not all read.
  ~ObjectsCheck() override;
  Result<bool> step(CheckOutcome& outcome) override;
  CheckProgress progress() const override;

 private:
  // An object whose content is read, over many steps.
  struct Reading {
    ObjectRow row;
    ObjectStore::Look look;
    Fd file;
    std::uint64_t offset = 0;
    Sha256 digest;
    bool again = false;  // the first time, its digest was another
  };

  Result<void> begin(CheckReport& report);
  Result<bool> fetch();
  Result<void> look_at(const ObjectRow& row, CheckOutcome& outcome);
  Result<void> note_mode(const ObjectRow& row, std::uint32_t mode, CheckOutcome& outcome);
  Result<void> start_reading(const ObjectRow& row, const ObjectStore::Look& look);
  Result<void> read_on(CheckOutcome& outcome);
  Result<void> end_reading(CheckOutcome& outcome);
  Result<void> note_unread(const ObjectRow& row, const Error& error);
  Result<void> note_damage(const ObjectRow& row, std::string cause);
  void note_two_readings(const ObjectRow& row, CheckOutcome& outcome);
  Result<void> note_whole_again(CheckOutcome& outcome);
  Result<void> pass(const ObjectRow& row);
  Result<bool> name_damage();
  Result<void> keep_place();

  CheckedParts parts_;
  const CheckRequest request_;
  bool begun_ = false;
  bool ended_ = false;
  std::int64_t after_ = 0;       // objects up to this id were looked at
  std::int64_t read_up_to_ = 0;  // and these were read by an earlier check
  std::uint64_t read_before_ = 0;
  std::uint64_t passed_bytes_ = 0;  // of the objects up to after_
  std::uint64_t total_bytes_ = 0;
  std::uint64_t kept_at_ = 0;  // passed_bytes_ when the place was kept last
  std::deque<ObjectRow> batch_;
  std::optional<Reading> reading_;
  ObjectDamage damage_;
  Bytes buffer_;
};

}  // namespace ndisk::storage
