// Recent: the last reply to what clients ask again and again, so that those who ask within `lasts`
// get it without a turn of the loop, as long as nothing has changed that they could know of.
//
// Safe from every thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <mutex>
#include <optional>

#include "rpc/call_error.h"

namespace seed::rpc {

template <typename Reply>
class Recent {
 public:
  using Clock = std::chrono::steady_clock;
  /// What changes all the time, and is no change that is told of, is at most so old: nobody looks
  /// at rates and totals more often.
  static constexpr std::chrono::milliseconds lasts{100};
  using Ask = std::function<std::expected<Reply, CallError>()>;

  /// Something may have changed: what was asked before says nothing any more. To be called before
  /// anybody is told of it.
  void on_change() { ++version_; }
  /// The last reply, or else that of `ask`, which is called at most once and may wait.
  std::expected<Reply, CallError> get(Clock::time_point now, const Ask& ask) {
    const std::uint64_t version = version_;
    {
      const std::lock_guard lock(mutex_);
      if (reply_ && version_of_ == version && now - asked_ < lasts) return *reply_;
    }
    auto reply = ask();
    const std::lock_guard lock(mutex_);
    // Answers overtake each other: the one that was asked for last is kept.
    if (reply && (!reply_ || now >= asked_)) {
      reply_ = *reply;
      version_of_ = version;
      asked_ = now;
    }
    return reply;
  }

 private:
  std::atomic<std::uint64_t> version_ = 0;
  std::mutex mutex_;  ///< guards what follows
  std::optional<Reply> reply_;
  std::uint64_t version_of_ = 0;
  Clock::time_point asked_{};
};

}  // namespace seed::rpc
