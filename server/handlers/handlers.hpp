// The handlers: one coroutine for each kind of stream. They translate between messages and the Drive; rules about
// files live behind it.
//
// A handler takes the frame that opened its stream, answers with frames on the stream, and returns when it is over.
// It runs on the session's thread and sends blocking work to the pool.
#pragma once

#include "server/services.hpp"
#include "server/stream.hpp"

namespace ndisk::server {

// What a handler works with. All of it outlives the handler.
struct Request {
  Services& services;
  const storage::Actor& actor;
  const std::string& user_name;
  bool is_administrator = false;  // on the Unix socket
  net::ByteBudget& outgoing;      // for bytes read from disk and not yet sent
  net::ByteBudget& turns;         // one for each file that is read: see open_in_turn()
  Stream& stream;
  // The pools of services, with the session's turn.
  net::PoolTurn pool;
  net::PoolTurn content_pool;
  net::PoolTurn upload_pool;

  // A line in the log about what this user did: see UserLog.
  void log(std::string_view line) const { services.user_log.write(user_name, line); }
};

using Handler = net::Task<> (*)(Request request, Stream::Incoming first);

// The handler of the streams that start with this frame type; nullptr if none does.
[[nodiscard]] Handler handler_for(protocol::FrameType type);

net::Task<> handle_put_small(Request request, Stream::Incoming first);
net::Task<> handle_offer(Request request, Stream::Incoming first);
net::Task<> handle_open(Request request, Stream::Incoming first);
net::Task<> handle_get_chunks(Request request, Stream::Incoming first);
net::Task<> handle_verify(Request request, Stream::Incoming first);
net::Task<> handle_check_receipt(Request request, Stream::Incoming first);
net::Task<> handle_list(Request request, Stream::Incoming first);
net::Task<> handle_remove(Request request, Stream::Incoming first);
net::Task<> handle_make_folder(Request request, Stream::Incoming first);
net::Task<> handle_stat(Request request, Stream::Incoming first);
net::Task<> handle_move(Request request, Stream::Incoming first);
net::Task<> handle_copy(Request request, Stream::Incoming first);
net::Task<> handle_list_versions(Request request, Stream::Incoming first);
net::Task<> handle_list_trash(Request request, Stream::Incoming first);
net::Task<> handle_restore(Request request, Stream::Incoming first);
net::Task<> handle_restore_trash(Request request, Stream::Incoming first);
net::Task<> handle_empty_trash(Request request, Stream::Incoming first);
net::Task<> handle_list_uploads(Request request, Stream::Incoming first);
net::Task<> handle_cancel_upload(Request request, Stream::Incoming first);
net::Task<> handle_ping(Request request, Stream::Incoming first);
net::Task<> handle_create_invite(Request request, Stream::Incoming first);
net::Task<> handle_get_status(Request request, Stream::Incoming first);
net::Task<> handle_create_user(Request request, Stream::Incoming first);
net::Task<> handle_remove_user(Request request, Stream::Incoming first);
net::Task<> handle_set_quota(Request request, Stream::Incoming first);
net::Task<> handle_list_users(Request request, Stream::Incoming first);
net::Task<> handle_list_devices(Request request, Stream::Incoming first);
net::Task<> handle_revoke_device(Request request, Stream::Incoming first);
net::Task<> handle_check(Request request, Stream::Incoming first);
net::Task<> handle_collect_now(Request request, Stream::Incoming first);

}  // namespace ndisk::server
