// BodyRoom: memory that the bodies of requests may take at once, or what is made of them. Each says
// at first how much it may come to need, and then what it has: who is slow holds only what has
// come. Who finds no room waits for it. Safe from every thread.
//
// Nobody waits for ever on each other: a share grows only while there is an order in which all may
// still get what they said (the banker's algorithm, Dijkstra 1965).
//
// Bounds: `bytes_max` in all; limits::http_bodies_waiting_max wait, for http_body_wait_max.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <utility>

#include "core/base/instant.h"
#include "core/base/limits.h"

namespace seed::rpc {

class BodyRoom {
 private:
  struct Part {
    std::uint64_t held;
    std::uint64_t most;  ///< what it may come to hold
    bool waits = false;  ///< for more
    bool refused = false;
  };

 public:
  explicit BodyRoom(std::uint64_t bytes_max, Duration wait_max = limits::http_body_wait_max)
      : bytes_max_(bytes_max), wait_max_(wait_max), left_(bytes_max) {}
  BodyRoom(const BodyRoom&) = delete;
  BodyRoom& operator=(const BodyRoom&) = delete;

  /// What one body has taken, until it is destroyed. For one thread at a time.
  class Share {
   public:
    Share(Share&& other) noexcept
        : room_(std::exchange(other.room_, nullptr)), part_(other.part_) {}
    Share& operator=(Share&&) = delete;
    ~Share() {
      if (room_ != nullptr) room_->end(part_);
    }
    /// Holds as much from now on, if it did not before; false when there was no room in time.
    /// Waits.
    [[nodiscard]] bool grow_to(std::uint64_t bytes) { return room_->grow(*part_, bytes); }
    /// The same, but who finds no room counts as waiting for it until it does, and tries again by
    /// itself. False for good when it is `refused`.
    [[nodiscard]] bool try_grow_to(std::uint64_t bytes) { return room_->try_grow(*part_, bytes); }
    /// Too many wait already.
    bool refused() const { return room_->is_refused(*part_); }

   private:
    friend class BodyRoom;
    Share(BodyRoom* room, std::list<Part>::iterator part) : room_(room), part_(part) {}

    BodyRoom* room_;
    std::list<Part>::iterator part_;
  };

  /// For one that may grow to `bytes_most`, and holds nothing yet.
  Share begin(std::uint64_t bytes_most);
  /// Those that wait now.
  std::size_t waiting() const;
  /// Nobody waits any more.
  void close();

 private:
  bool grow(Part& part, std::uint64_t bytes);
  bool try_grow(Part& part, std::uint64_t bytes);
  bool is_refused(const Part& part) const;
  void end(std::list<Part>::iterator part);
  bool may_grow(const Part& part, std::uint64_t by) const;

  const std::uint64_t bytes_max_;
  const Duration wait_max_;
  mutable std::mutex mutex_;  ///< guards what follows
  std::condition_variable changed_;
  std::list<Part> parts_;
  std::uint64_t left_;
  std::size_t waiting_ = 0;
  bool closed_ = false;
};

}  // namespace seed::rpc
