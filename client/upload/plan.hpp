// What put does with each thing that it finds, given what stands at its place in the drive. Pure; any thread.
#pragma once

#include <optional>
#include <string_view>

#include "client/options.hpp"
#include "client/upload/source_walker.hpp"
#include "common/protocol/messages.hpp"

namespace ndisk::client {

enum class PutAction : std::uint8_t {
  kCreate,
  kReplace,
  kAttributes,  // the content is there, its mode or time is not
  kSame,
  kHeal,     // it was there, and is damaged on the server's disk
  kFolder,   // make it
  kLink,     // make it
  kKeep,     // what is there stays (--no-clobber)
  kCompare,  // digests decide: see after_digest()
  kRefuse,   // see refusal()
};

struct PutRules {
  bool checksum = false;
  bool no_clobber = false;
  std::optional<std::uint64_t> if_match;
  bool dry_run = false;
  bool then_remove = false;
  bool receipts = false;
};
[[nodiscard]] PutRules rules_of(const PutOptions& options);

// `item` is a file, link or folder; `there` is nullptr if nothing is.
[[nodiscard]] PutAction decide(const SourceItem& item, const wire::Entry* there, const PutRules& rules);
// Of a file for which decide() said kCompare.
[[nodiscard]] PutAction after_digest(const SourceItem& item, const wire::Entry& there, const Digest& local,
                                     const PutRules& rules = {});
// Why decide() said kRefuse: kIsFolder, kNotFolder, or kConflict naming both versions.
[[nodiscard]] Error refusal(const SourceItem& item, const wire::Entry* there, const PutRules& rules);

// "create", "replace", "same", "heal"...: what --dry-run says.
[[nodiscard]] std::string_view action_word(PutAction action);

}  // namespace ndisk::client
