// Bridge: from an HTTP thread to the loop and back. One letter into the loop's mailbox, one answer
// to the thread that waits for it (design, section 6).
//
// Bounds: an answer not there within limits::rpc_deadline is an error; a full mailbox is `busy`.
// Calls that may wait long have places, limits::rpc_waiting_calls_max, so that there are always
// threads for those that do not; who finds none waits in line for one, and is `busy` when the line
// is full or none gets free in time (docs/adr/0010). A Responder that is dropped answers an error
// by itself, so that nobody waits for nothing.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>

#include "core/base/limits.h"
#include "core/io/mailbox.h"
#include "core/session/session.h"
#include "rpc/call_error.h"

namespace seed::rpc {

/// What an answer waits for: the loop alone, a disk, or somebody else's server as well.
enum class Wait : std::uint8_t { prompt, disk, web };

namespace detail {

/// The places for calls that may wait long, and the line of those who wait for one; in its order,
/// but who waits for a server holds up nobody else. Guarded by the room's mutex.
class Places {
 public:
  struct Waiter {
    Wait wait;
    std::condition_variable changed;
    bool placed = false;
  };

  /// At once; false when there is none.
  bool take(Wait wait) {
    if (!has(wait)) return false;
    ++(wait == Wait::web ? web_ : disk_);
    return true;
  }
  /// It goes to who in line can have it.
  void give_back(Wait wait) {
    --(wait == Wait::web ? web_ : disk_);
    for (Waiter* waiter : line_) {
      if (waiter->placed || !take(waiter->wait)) continue;
      waiter->placed = true;
      waiter->changed.notify_one();
    }
  }
  /// False when the line is full.
  bool join(Waiter& waiter) {
    const auto fetches = static_cast<std::size_t>(
        std::ranges::count_if(line_, [](const Waiter* other) { return other->wait == Wait::web; }));
    if (line_.size() >= limits::rpc_queued_calls_max ||
        (waiter.wait == Wait::web && fetches >= limits::rpc_queued_fetches_max))
      return false;
    line_.push_back(&waiter);
    return true;
  }
  void leave(Waiter& waiter) { line_.remove(&waiter); }
  std::size_t in_line() const { return line_.size(); }

 private:
  bool has(Wait wait) const {
    return web_ + disk_ < limits::rpc_waiting_calls_max &&
           (wait != Wait::web || web_ < limits::rpc_fetching_calls_max);
  }

  std::size_t web_ = 0;
  std::size_t disk_ = 0;
  std::list<Waiter*> line_;
};

/// What all waiting threads share. Each has a condition of its own: an answer is for one of them,
/// and wakes no other.
class WaitingRoom {
 public:
  std::mutex mutex;  ///< guards what follows, and the seats
  bool closed = false;
  Places places;

  /// Until `ready()`, or closed, or that time. `lock` is the mutex's.
  template <typename Ready>
  void wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
            std::chrono::steady_clock::time_point until, Ready ready) {
    const auto here = waiting_.insert(waiting_.end(), &changed);
    changed.wait_until(lock, until, [&] { return closed || ready(); });
    waiting_.erase(here);
  }
  void close() {
    const std::lock_guard lock(mutex);
    closed = true;
    for (std::condition_variable* changed : waiting_) changed->notify_all();
  }

 private:
  std::list<std::condition_variable*> waiting_;
};

template <typename T>
struct Seat {
  std::condition_variable changed;
  std::optional<session::OrderResult<T>> answer;
  bool left = false;  ///< nobody waits any more
};

}  // namespace detail

/// The loop's end: answers once, from any thread.
template <typename T>
class Responder {
 public:
  Responder(std::shared_ptr<detail::WaitingRoom> room, std::shared_ptr<detail::Seat<T>> seat)
      : room_(std::move(room)), seat_(std::move(seat)) {}
  Responder(Responder&& other) noexcept = default;
  Responder& operator=(Responder&&) = delete;
  ~Responder() {
    if (seat_)
      answer(std::unexpected(
          session::OrderError{session::OrderErrorCode::internal, "the order was not carried out"}));
  }

  /// False when the caller has gone or the bridge is closed: the order need not begin.
  bool wanted() const {
    const std::lock_guard lock(room_->mutex);
    return !room_->closed && !seat_->left;
  }

  void answer(session::OrderResult<T> result) {
    const auto seat = std::exchange(seat_, nullptr);
    if (!seat) return;
    {
      const std::lock_guard lock(room_->mutex);
      seat->answer.emplace(std::move(result));
    }
    // Out of the lock, which the thread that wakes would only wait for.
    seat->changed.notify_one();
  }

 private:
  std::shared_ptr<detail::WaitingRoom> room_;
  std::shared_ptr<detail::Seat<T>> seat_;
};

class Bridge {
 public:
  struct Patience {
    Duration deadline = limits::rpc_deadline;          ///< for all of a call
    Duration place_wait = limits::rpc_place_wait_max;  ///< of that, before it begins
  };

  /// `mailbox` outlives every call.
  explicit Bridge(io::Mailbox& mailbox) : Bridge(mailbox, Patience()) {}
  Bridge(io::Mailbox& mailbox, Patience patience) : mailbox_(mailbox), patience_(patience) {}
  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;

  /// On an HTTP thread: has `run(Responder<T>)` called on the loop and waits for the answer.
  template <typename T, typename Run>
  std::expected<T, CallError> ask(Run run, Wait wait = Wait::disk) {
    const auto until = std::chrono::steady_clock::now() + patience_.deadline;
    const Place place(*room_, wait, patience_.place_wait);
    if (!place.taken()) {
      const std::lock_guard lock(room_->mutex);
      if (room_->closed) return refuse(internal_error, stopping);
      return std::unexpected(CallError{internal_error, "busy: too many calls wait", {}, true});
    }
    auto seat = std::make_shared<detail::Seat<T>>();
    const bool taken =
        mailbox_.post([run = std::move(run), responder = Responder<T>(room_, seat)]() mutable {
          if (responder.wanted()) run(std::move(responder));
        });
    if (!taken)
      return std::unexpected(CallError{internal_error, "busy: too many calls at once", {}, true});
    std::unique_lock lock(room_->mutex);
    room_->wait(lock, seat->changed, until, [&] { return seat->answer.has_value(); });
    seat->left = true;
    if (!seat->answer) return refuse(internal_error, room_->closed ? stopping : "timed out");
    session::OrderResult<T> answer = std::move(*seat->answer);
    lock.unlock();
    if (!answer) return std::unexpected(from_order(std::move(answer).error()));
    return *std::move(answer);
  }

  /// All who wait are told that the daemon stops; letters not yet opened will do nothing.
  void close() { room_->close(); }

  /// Calls that wait for a place now.
  std::size_t in_line() const {
    const std::lock_guard lock(room_->mutex);
    return room_->places.in_line();
  }

 private:
  static constexpr const char* stopping = "the daemon is stopping";

  /// One of the places for calls that may wait long, while it is there; the others need none.
  class Place {
   public:
    Place(detail::WaitingRoom& room, Wait wait, Duration at_most) : room_(room), wait_(wait) {
      if (wait == Wait::prompt) return;
      std::unique_lock lock(room_.mutex);
      taken_ = room_.places.take(wait) || wait_in_line(lock, at_most);
    }
    ~Place() {
      if (wait_ == Wait::prompt || !taken_) return;
      const std::lock_guard lock(room_.mutex);
      room_.places.give_back(wait_);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    bool taken() const { return taken_; }

   private:
    bool wait_in_line(std::unique_lock<std::mutex>& lock, Duration at_most) {
      detail::Places::Waiter waiter{wait_, {}};
      if (!room_.places.join(waiter)) return false;
      room_.wait(lock, waiter.changed, std::chrono::steady_clock::now() + at_most,
                 [&] { return waiter.placed; });
      room_.places.leave(waiter);
      return waiter.placed;
    }

    detail::WaitingRoom& room_;
    const Wait wait_;
    bool taken_ = true;
  };

  io::Mailbox& mailbox_;
  const Patience patience_;
  std::shared_ptr<detail::WaitingRoom> room_ = std::make_shared<detail::WaitingRoom>();
};

/// The session's kind of answer, given to a Responder.
template <typename T>
session::OrderAnswer<T> answer_to(Responder<T> responder) {
  return [responder = std::move(responder)](session::OrderResult<T> result) mutable {
    responder.answer(std::move(result));
  };
}
/// The same for orders that answer with nothing.
inline session::OrderAnswer<void> answer_to(Responder<std::monostate> responder) {
  return [responder = std::move(responder)](session::OrderResult<void> result) mutable {
    if (!result) return responder.answer(std::unexpected(std::move(result).error()));
    responder.answer(std::monostate());
  };
}

}  // namespace seed::rpc
