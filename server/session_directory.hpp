// Who is logged in, over all I/O threads: counts for administration, and the end of sessions whose device was revoked
// or whose user was removed.
//
// Any thread. Outlives all sessions and the threads that they live on.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "common/net/task.hpp"
#include "server/door_limits.hpp"
#include "storage/drive.hpp"

namespace ndisk::server {

class SessionDirectory {
 public:
  // Ends one session with this reason. Called on the session's own thread, while its Place is held.
  using End = std::function<void(const Error& reason)>;

  // A session's place in here; leaves when destroyed, which happens on the session's own thread.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept : directory_(std::exchange(other.directory_, nullptr)), number_(other.number_) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(directory_, other.directory_);
      std::swap(number_, other.number_);
      return *this;
    }
    ~Place() {
      if (directory_ != nullptr) directory_->leave(number_);
    }

    // No other session has had it.
    [[nodiscard]] std::uint64_t number() const { return number_; }

   private:
    friend class SessionDirectory;
    Place(SessionDirectory* directory, std::uint64_t number) : directory_(directory), number_(number) {}
    SessionDirectory* directory_ = nullptr;
    std::uint64_t number_ = 0;
  };

  // How often sessions were ended so far. Read it before the catalog is asked who a peer is, and give it to enter().
  [[nodiscard]] std::uint64_t endings() const;
  // How many sessions there may be with this one.
  struct Most {
    std::size_t of_user;
    std::size_t of_device;
  };
  static constexpr Most kLimit{kMaxSessionsOfUser, kMaxSessionsOfDevice};
  static constexpr Most kNoLimit{SIZE_MAX, SIZE_MAX};
  // kBusy (retryable) if sessions were ended meanwhile, as what the catalog said may be out of date; and if user or
  // device have as many as they may.
  [[nodiscard]] Result<Place> enter(const storage::Actor& actor, std::uint64_t endings_before, net::Executor executor,
                                    End end, Most most = kNoLimit);

  // How many streams the user has open, in all its sessions: for these to count in. Stays as long as the directory
  // does.
  [[nodiscard]] std::atomic<std::size_t>& streams_of(std::int64_t user);

  // Call them after the catalog refuses new logins. They return at once; the sessions end on their own threads.
  void end_sessions_of(const storage::DeviceId& device, const Error& reason);
  void end_sessions_of(std::int64_t user, const Error& reason);

  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::size_t count(const storage::DeviceId& device) const;

 private:
  struct Member {
    storage::Actor actor;
    net::Executor executor;
    End end;
  };

  Result<void> check_room(const storage::Actor& actor, Most most) const;
  void end_where(const std::function<bool(const storage::Actor&)>& matches, const Error& reason);
  void end_one(std::uint64_t number, const Error& reason);
  void leave(std::uint64_t number);

  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, Member> members_;
  std::unordered_map<std::int64_t, std::unique_ptr<std::atomic<std::size_t>>> streams_;
  std::uint64_t next_number_ = 0;
  std::uint64_t endings_ = 0;
};

}  // namespace ndisk::server
