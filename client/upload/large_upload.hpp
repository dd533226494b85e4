// The upload of one file that does not fit a frame: Offer, then Committed, Resume or Send, Data, Commit.
//
// The I/O thread only; reading and digests run on the pool.
#pragma once

#include <optional>
#include <string>

#include "client/upload/send_content.hpp"
#include "client/upload/upload.hpp"

namespace ndisk::client {

class LargeUpload {
 public:
  LargeUpload(Transfer& transfer, const UploadOrder& order);

  // See upload_file.
  net::Task<Result<Uploaded>> run();

 private:
  // What one try came to, if it did not fail. Nothing: another try is due, for the reason in the members.
  using Outcome = std::optional<Uploaded>;

  net::Task<Result<Outcome>> attempt();
  net::Task<Result<Outcome>> answer(Link::Stream& stream, const protocol::Frame& frame);
  net::Task<Result<Outcome>> resume(Link::Stream& stream, const wire::Resume& resume);
  net::Task<Result<Outcome>> send_all(Link::Stream& stream, const wire::Send& send);
  net::Task<Result<Outcome>> send_from(Link::Stream& stream, Sha256 digest);
  net::Task<Result<void>> look_for_delta(const Link::Stream& stream, std::uint64_t offset);
  bool give_delta_up(const Error& error);
  net::Task<Result<Outcome>> commit(Link::Stream& stream, const Digest& sha256);
  net::Task<Result<void>> open_source();
  // False: the content is none of those of its size that the server holds.
  net::Task<Result<bool>> may_be_held(const wire::Send& send);
  // The digest of the file's first `count` bytes; nothing if the file is shorter by now.
  net::Task<Result<std::optional<Sha256>>> digest_of_first(std::uint64_t count);
  net::Task<Result<bool>> is_content(const Digest& digest);
  net::Task<> forget_staged();
  // Of a source that was read whole; false if it changed meanwhile, or none are remembered. On the pool.
  [[nodiscard]] bool remember(const Digest& digest) const;
  [[nodiscard]] wire::Offer make_offer() const;
  [[nodiscard]] Result<Outcome> already_committed(const wire::Committed& committed) const;
  Outcome source_changed();
  void count_from(std::uint64_t offset);

  Transfer& transfer_;
  UploadOrder order_;
  protocol::RequestId id_;
  std::optional<SourceFile> source_;
  std::optional<Digest> digest_;       // of the whole source: once it was read, or as believed to be
  std::optional<std::string> upload_;  // the server's id of what is staged
  bool start_over_ = false;
  bool changed_ = false;
  bool looked_for_delta_ = false;
  Delta delta_;
  int readings_ = 1;
  UploadMarks marks_;
};

}  // namespace ndisk::client
