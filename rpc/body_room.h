// BodyRoom: the memory that the bodies of requests, and what is made of them, may take at once. A
// body that finds none waits for its turn. Safe from every thread.
//
// Bounds: limits::http_bodies_bytes_max in all; limits::http_bodies_waiting_max wait, for
// http_body_wait_max. Bodies up to http_small_body_bytes_max take none, so that large ones that
// come slowly keep no small one waiting.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include "core/base/instant.h"
#include "core/base/limits.h"

namespace seed::rpc {

class BodyRoom {
 public:
  explicit BodyRoom(Duration wait_max = limits::http_body_wait_max) : wait_max_(wait_max) {}
  BodyRoom(const BodyRoom&) = delete;
  BodyRoom& operator=(const BodyRoom&) = delete;

  /// What one body has taken, until it is destroyed.
  class Share {
   public:
    Share() = default;
    Share(BodyRoom* room, std::uint64_t bytes) : room_(room), bytes_(bytes) {}
    Share(Share&& other) noexcept
        : room_(std::exchange(other.room_, nullptr)), bytes_(other.bytes_) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(room_, other.room_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Share() {
      if (room_ != nullptr) room_->give_back(bytes_);
    }

   private:
    BodyRoom* room_ = nullptr;
    std::uint64_t bytes_ = 0;
  };

  /// For a body of that size; nothing when there was no room in time. Waits.
  std::optional<Share> take(std::uint64_t body_bytes);
  /// Bodies that wait now.
  std::size_t waiting() const;
  /// Nobody waits any more.
  void close();

 private:
  void give_back(std::uint64_t bytes);

  const Duration wait_max_;
  mutable std::mutex mutex_;  ///< guards what follows
  std::condition_variable changed_;
  std::uint64_t left_ = limits::http_bodies_bytes_max;
  std::size_t waiting_ = 0;
  bool closed_ = false;
};

}  // namespace seed::rpc
