// One thing from where it was found to what becomes of it: compared, uploaded, its receipt kept, the local file
// removed.
//
// The I/O thread only; reading, digests and receipts run on the pool.
#pragma once

#include "client/context.hpp"
#include "client/proof/receipts_file.hpp"
#include "client/transfer/transfer.hpp"
#include "client/upload/put_report.hpp"

namespace ndisk::client {

// Of one run of put. Outlives every file of it.
struct PutRun {
  Context& context;
  Transfer transfer;
  PutRules rules;
  ReceiptsFile* receipts;  // nullptr: none are wanted
  PutReport report;
};

// A file, link or folder to be put.
struct PutTask {
  SourceItem item;
  // What stands at its place in the drive, if that is known already.
  bool looked = false;
  std::optional<wire::Entry> there;
};

net::Task<> put_one(PutRun& run, PutTask task);
// After an upload: its receipt, what is said of it, and the removal of the local file.
net::Task<> conclude(PutRun& run, const SourceItem& item, const Result<Uploaded>& uploaded);

// Whether decide() alone says all there is: nothing to be sent, read or asked.
[[nodiscard]] bool is_settled(const PutRun& run, PutAction action);
void settle(PutRun& run, const SourceItem& item, PutAction action);

}  // namespace ndisk::client
