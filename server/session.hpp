// One authenticated connection: reads frames, gives each stream's to its handler, and keeps the limits.
//
// Lives on one I/O thread for life; run() is its owner's to await.
#pragma once

#include <memory>
#include <unordered_map>

#include "common/net/byte_budget.hpp"
#include "common/net/frame_connection.hpp"
#include "common/net/task.hpp"
#include "server/body_memory.hpp"
#include "server/peer.hpp"
#include "server/services.hpp"
#include "server/stream.hpp"
#include "storage/accounts.hpp"

namespace ndisk::server {

class Session {
 public:
  // `bodies` is the I/O thread's.
  // Who has not logged in by `login_deadline` is closed.
  Session(Services& services, BodyMemory& bodies, net::TimePoint login_deadline, net::Socket socket,
          std::unique_ptr<net::Transport> transport, Peer peer, Door::Pass pass = {});
  ~Session();

  // Shakes hands, logs in, serves; returns when all its streams have ended and the socket is closed.
  net::Task<> run();
  // No new streams; ends by itself when the open ones have.
  void go_away();
  // Ends it, streams included; what was answered is still written.
  void end(Error reason);
  // Ends it for good, as whoever is there may not be there any more: streams are cut at once, and if the peer does not
  // take the reason by the eviction limit, the connection is closed without.
  void evict(const Error& reason);
  // Ends it without another word.
  void abort(Error reason);
  // Its place at the door, 0 where there is none; and it was given to another, before the login or after the end.
  [[nodiscard]] Door::Ticket ticket() const { return pass_.ticket(); }
  void turn_out();

 private:
  net::Task<Result<void>> serve();
  net::Task<> say_goodbye(const Error& error);
  net::Task<Result<void>> dispatch(protocol::Frame frame);
  Result<void> check_new_stream(const protocol::FrameHeader& header) const;
  [[nodiscard]] std::size_t open_streams() const;
  net::Task<Result<void>> deliver(Stream& stream, protocol::Frame frame);
  net::Task<Result<void>> start_stream(protocol::Frame frame);
  net::Task<> run_stream(std::unique_ptr<Stream> stream, Stream::Incoming first, net::ByteBudget::Share kept);
  void be_over();
  void cut_streams();
  void leave_if_done();
  net::Task<BodyShare> take_share(const protocol::Frame& frame);
  net::Task<BodyShare> take_share_of_first(const protocol::Frame& frame);
  Result<void> on_session_frame(const protocol::Frame& frame);
  net::Task<> report_progress();
  net::Task<> watch_login();
  net::Task<> watch_eviction();

  Services& services_;
  BodyMemory& bodies_;
  net::FrameConnection connection_;
  Peer peer_;
  Door::Pass pass_;
  storage::Identity identity_;
  SessionDirectory::Place place_;  // until nothing that was asked for is under way any more
  net::Turn turn_;                 // in the pools
  std::atomic<std::size_t>* streams_of_user_ = nullptr;
  net::ByteBudget incoming_;
  net::ByteBudget outgoing_;
  net::ByteBudget kept_;
  net::ByteBudget turns_;
  std::unordered_map<protocol::StreamId, Stream*> streams_;
  protocol::StreamId last_stream_ = 0;
  bool logged_in_ = false;
  bool going_away_ = false;
  bool reporting_ = false;  // report_progress() runs
  bool evicted_ = false;
  std::atomic<bool> is_over_ = false;  // read by the pools
  asio::steady_timer login_timer_;
  asio::steady_timer report_timer_;
  asio::steady_timer eviction_timer_;
  net::TaskGroup tasks_;
};

}  // namespace ndisk::server
