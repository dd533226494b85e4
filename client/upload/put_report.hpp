// What a put says of each thing: to the tally, the progress and standard output. The I/O thread only.
#pragma once

#include <optional>

#include "client/context.hpp"
#include "client/progress.hpp"
#include "client/upload/plan.hpp"
#include "client/upload/upload.hpp"

namespace ndisk::client {

class PutReport {
 public:
  PutReport(Context& context, Progress& progress) : context_(context), progress_(progress) {}

  void found(const SourceItem& item);
  // The drive has it. done() or failed_after() follows.
  void stored(const SourceItem& item, const Uploaded& uploaded);
  void done(const Uploaded& uploaded);
  // Nothing was to be done for it.
  void unchanged(const SourceItem& item);
  void made_folder(const SourceItem& item);
  void skipped(const SourceItem& item, bool dry_run);
  void planned(const SourceItem& item, PutAction action);
  // A local file that is gone.
  void removed(const std::string& local);
  // `item` names both sides; the error decides which is meant.
  void failed(const SourceItem& item, const Error& error);
  // The same for what fails after it was stored, e.g. its receipt.
  void failed_after(const SourceItem& item, const Error& error) { context_.tally.failed(error, item.local); }

  // The server has no room for more: nothing else is worth sending.
  [[nodiscard]] bool is_full() const { return full_.has_value(); }
  // Says so, once, with what was kept.
  void finish();

 private:
  void flush() { [[maybe_unused]] const auto written = context_.output.flush(); }  // said at the end

  Context& context_;
  Progress& progress_;
  std::uint64_t stored_ = 0;
  std::uint64_t refused_ = 0;
  std::optional<Error> full_;
};

}  // namespace ndisk::client
