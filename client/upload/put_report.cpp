#include "client/upload/put_report.hpp"

#include "client/entry_text.hpp"
#include "common/shown_name.hpp"

namespace ndisk::client {

using Kind = SourceItem::Kind;

void PutReport::found(const SourceItem& item) {
  if (item.kind == Kind::kFile || item.kind == Kind::kLink) progress_.found(item.stamp.size);
}

void PutReport::stored(const SourceItem& item, const Uploaded& uploaded) {
  ++stored_;
  auto& output = context_.output;
  if (!output.prints_each()) return;
  if (output.json()) {
    auto fields = file_fields({.path = item.remote.bytes(),
                               .size = uploaded.size,
                               .mtime = uploaded.stamp.mtime,
                               .mode = uploaded.stamp.mode,
                               .sha256 = uploaded.sha256,
                               .version = uploaded.version,
                               .kind = item.kind == Kind::kLink ? wire::LINK : wire::FILE});
    fields.emplace_back("unchanged", uploaded.unchanged);
    fields.emplace_back("instant", uploaded.instant);
    fields.emplace_back("healed", uploaded.healed);
    output.add_object(fields);
  } else {
    output.add_line(shown_name(item.remote.bytes()) + (uploaded.healed ? " (healed)" : ""));
  }
  flush();
}

void PutReport::done(const Uploaded& uploaded) {
  context_.tally.done(uploaded.size);
  progress_.file_done();
}

void PutReport::unchanged(const SourceItem& item) {
  if (item.kind == Kind::kFolder) return;
  context_.tally.unchanged();
  progress_.had_already(item.stamp.size);
  progress_.file_done();
}

void PutReport::made_folder(const SourceItem& item) {
  if (!context_.output.prints_each()) return;
  if (context_.output.json()) {
    context_.output.add_object(folder_fields(item.remote.bytes()));
  } else {
    context_.output.add_line(shown_name(item.remote.bytes()) + "/");
  }
  flush();
}

void PutReport::skipped(const SourceItem& item, bool dry_run) {
  auto& output = context_.output;
  if (output.json()) {
    JsonFields fields{{"type", std::string(dry_run ? "plan" : "skipped")}};
    if (dry_run) fields.emplace_back("action", std::string("skip"));
    add_path(fields, item.remote.bytes());
    fields.emplace_back("reason", std::string(item.what));
    output.add_object(fields);
  } else if (dry_run) {
    output.add_line("skip " + shown_name(item.remote.bytes()) + " (" + item.what + ")");
  }
  flush();
  if (!dry_run) output.note(item.error.message);
}

void PutReport::planned(const SourceItem& item, PutAction action) {
  const bool nothing = item.kind == Kind::kFolder && action == PutAction::kSame;
  if (nothing) return;
  if (item.kind != Kind::kFolder) context_.tally.done();
  const std::string word(action_word(action));
  if (context_.output.json()) {
    JsonFields fields{{"type", std::string("plan")}, {"action", word}};
    add_path(fields, item.remote.bytes());
    if (action == PutAction::kKeep) fields.emplace_back("reason", std::string("exists"));
    context_.output.add_object(fields);
  } else {
    context_.output.add_line(word + " " + shown_name(item.remote.bytes()) +
                             (action == PutAction::kKeep ? " (exists)" : ""));
  }
  flush();
}

void PutReport::removed(const std::string& local) {
  auto& output = context_.output;
  if (!output.prints_each()) return;
  if (output.json()) {
    JsonFields fields{{"type", std::string("local_removed")}};
    add_path(fields, local);
    output.add_object(fields);
  } else {
    output.add_line("removed here: " + shown_name(local));
  }
  flush();
}

void PutReport::failed(const SourceItem& item, const Error& error) {
  const auto& given_up = context_.link.given_up();
  if (given_up) return context_.tally.gave_up(*given_up);
  if (error.code == ErrorCode::kNoSpace) {
    if (!full_) full_ = error;
    ++refused_;
    return;
  }
  const bool about_remote = error.message.find(shown_name(item.local)) == std::string::npos;
  context_.tally.failed(error, about_remote ? item.remote.bytes() : item.local);
}

void PutReport::finish() {
  if (!full_) return;
  auto error = *full_;
  const auto kept = stored_ == 0 ? std::string("nothing was stored")
                                 : std::to_string(stored_) + (stored_ == 1 ? " file is" : " files are") +
                                       " stored and kept, nothing more was sent";
  error.message += "; " + kept + "; make room there, then run the same command again";
  for (; refused_ > 0; --refused_) context_.tally.gave_up(error);
}

}  // namespace ndisk::client
