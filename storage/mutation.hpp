// Mutation: one change on its way to the catalog, and what becomes of it.
//
// The commit queue's thread applies many in one transaction. A change looks first and writes only when nothing can
// fail any more for a reason outside the database: so an expected failure leaves no trace and needs no roll-back.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "storage/drive.hpp"
#include "storage/object_store.hpp"
#include "storage/write_context.hpp"

namespace ndisk::storage {

// kUpkeep: what the drive does by itself to stay in order (numbers to give out, what is collected, what was found
// damaged), so that a backup that was served is one still. kUse: all that somebody asked for.
enum class Work : std::uint8_t { kUse, kUpkeep };

class Mutation {
 public:
  virtual ~Mutation() = default;
  // The object that comes with it, if any; durable before apply() is called.
  [[nodiscard]] virtual NewObject* object() { return nullptr; }
  // See Work.
  [[nodiscard]] virtual Work work() const { return Work::kUse; }
  // Called again if the transaction had to be rolled back.
  virtual void apply(WriteContext& context) = 0;
  // Called once, last: after the commit, or with the error that kept it from being committed. Must not block.
  virtual void finish(std::optional<Error> error) = 0;
};

// A mutation from two functions: `apply` returns the result that `done` gets once it is durable.
template <class T>
class Change final : public Mutation {
 public:
  using Apply = std::move_only_function<Result<T>(WriteContext&, NewObject*)>;

  Change(Apply apply, Completion<T> done, std::optional<NewObject> object = std::nullopt, Work work = Work::kUse)
      : apply_(std::move(apply)), done_(std::move(done)), object_(std::move(object)), work_(work) {}

  [[nodiscard]] Work work() const override { return work_; }
  NewObject* object() override { return object_ ? &*object_ : nullptr; }

  void apply(WriteContext& context) override {
    if (object_) object_->taken_up = false;
    result_.emplace(apply_(context, object()));
  }

  void finish(std::optional<Error> error) override {
    if (error) {
      done_(std::unexpected(std::move(*error)));
    } else {
      done_(std::move(*result_));
    }
  }

 private:
  Apply apply_;
  Completion<T> done_;
  std::optional<NewObject> object_;
  Work work_;
  std::optional<Result<T>> result_;
};

}  // namespace ndisk::storage
