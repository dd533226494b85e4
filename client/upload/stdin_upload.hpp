// Standard input to one remote file. It can be read only once: after a lost connection it goes on from a replay buffer,
// within this process, whether or not there is input at the time.
//
// The I/O thread only; reading runs on the pool.
#pragma once

#include "client/interrupt.hpp"
#include "client/upload/replay_buffer.hpp"
#include "client/upload/upload.hpp"

namespace ndisk::client {

// What comes of one block of standard input.
struct InputBlock {
  Bytes bytes;
  std::size_t filled = 0;
};

class StdinUpload {
 public:
  StdinUpload(Transfer& transfer, Interrupt& interrupt, RemotePath remote, UploadTerms terms);

  // As upload_file; kNetwork, too, if the server lost more than the replay buffer holds. When it fails or is
  // interrupted, the server is asked to drop what it has: nobody could go on with it. Sets what an interrupt says of
  // what may be stored from when all is sent.
  net::Task<Result<Uploaded>> run();

 private:
  net::Task<Result<void>> read_some();
  net::Task<Result<Uploaded>> send();
  void note_whole();
  void note_held(std::uint64_t held);
  void note_news(Link::Stream& stream);
  [[nodiscard]] bool is_idle() const;
  net::Task<Result<Uploaded>> run_small();
  net::Task<Result<Uploaded>> attempt();
  net::Task<Result<std::uint64_t>> negotiate(Link::Stream& stream);
  net::Task<Result<void>> pump(Link::Stream& stream, std::uint64_t position);
  net::Task<Result<Uploaded>> commit(Link::Stream& stream);
  void note_upload(const std::string& id);
  net::Task<> forget_staged();
  [[nodiscard]] Stamp stamp() const;

  Transfer& transfer_;
  Interrupt& interrupt_;
  UploadOrder order_;
  protocol::RequestId id_;
  TimeNs started_;
  ReplayBuffer buffer_;
  InputBlock next_;  // as much as came of it
  bool ended_ = false;
  std::uint64_t held_ = 0;                          // so much the server is known to have in this try
  std::uint64_t furthest_ = 0;                      // the same, of all tries
  std::optional<std::string> upload_;               // the server's id of what is staged
  std::optional<wire::Committed> committed_early_;  // an earlier try was committed, its answer got lost
};

}  // namespace ndisk::client
