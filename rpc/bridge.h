// Bridge: from an HTTP thread to the loop and back. One letter into the loop's mailbox, one answer
// to the thread that waits for it (design, section 6).
//
// Bounds: an answer not there within limits::rpc_deadline is an error; a full mailbox is `busy`,
// and so are more than limits::rpc_waiting_calls_max calls that may wait long, so that there are
// always threads for those that do not. A Responder that is dropped answers an error by itself, so
// that nobody waits for nothing.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
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

namespace detail {

/// What all waiting threads share: there are few, so one condition is enough.
struct WaitingRoom {
  std::mutex mutex;
  std::condition_variable changed;
  bool closed = false;
  std::size_t patient = 0;  ///< calls that may wait long
};

template <typename T>
struct Seat {
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
    const std::lock_guard lock(room_->mutex);
    seat->answer.emplace(std::move(result));
    room_->changed.notify_all();
  }

 private:
  std::shared_ptr<detail::WaitingRoom> room_;
  std::shared_ptr<detail::Seat<T>> seat_;
};

/// What an answer waits for: the loop alone, or also a disk, or somebody else's server.
enum class Wait : std::uint8_t { prompt, patient };

class Bridge {
 public:
  /// `mailbox` outlives every call.
  explicit Bridge(io::Mailbox& mailbox, Duration deadline = limits::rpc_deadline)
      : mailbox_(mailbox), deadline_(deadline) {}
  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;

  /// On an HTTP thread: has `run(Responder<T>)` called on the loop and waits for the answer.
  template <typename T, typename Run>
  std::expected<T, CallError> ask(Run run, Wait wait = Wait::patient) {
    const Place place(*room_, wait);
    if (!place.taken())
      return std::unexpected(CallError{internal_error, "too many calls wait", {}, true});
    auto seat = std::make_shared<detail::Seat<T>>();
    const bool taken =
        mailbox_.post([run = std::move(run), responder = Responder<T>(room_, seat)]() mutable {
          if (responder.wanted()) run(std::move(responder));
        });
    if (!taken)
      return std::unexpected(CallError{internal_error, "too many calls at once", {}, true});
    std::unique_lock lock(room_->mutex);
    room_->changed.wait_for(lock, deadline_, [&] { return seat->answer || room_->closed; });
    seat->left = true;
    if (!seat->answer)
      return refuse(internal_error, room_->closed ? "the daemon is stopping" : "timed out");
    session::OrderResult<T> answer = std::move(*seat->answer);
    lock.unlock();
    if (!answer) return std::unexpected(from_order(std::move(answer).error()));
    return *std::move(answer);
  }

  /// All who wait are told that the daemon stops; letters not yet opened will do nothing.
  void close() {
    const std::lock_guard lock(room_->mutex);
    room_->closed = true;
    room_->changed.notify_all();
  }

 private:
  /// One of the places for calls that may wait long, while it is there; the others need none.
  class Place {
   public:
    Place(detail::WaitingRoom& room, Wait wait) : room_(room), counted_(wait == Wait::patient) {
      if (!counted_) return;
      const std::lock_guard lock(room_.mutex);
      taken_ = room_.patient < limits::rpc_waiting_calls_max;
      counted_ = taken_;
      if (taken_) ++room_.patient;
    }
    ~Place() {
      if (!counted_) return;
      const std::lock_guard lock(room_.mutex);
      --room_.patient;
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    bool taken() const { return taken_; }

   private:
    detail::WaitingRoom& room_;
    bool counted_;
    bool taken_ = true;
  };

  io::Mailbox& mailbox_;
  Duration deadline_;
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
