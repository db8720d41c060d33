// CallTimes: how often each method was called, how long it took, how long of that the loop was
// held, and how often it failed. Written by the HTTP threads and the loop, read by any.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/duration_counts.h"

namespace seed::rpc {

/// DurationCounts that several threads write.
class SharedDurations {
 public:
  void add(Duration took) {
    sum_.fetch_add(took.count(), std::memory_order_relaxed);
    counts_[DurationCounts::bucket_of(took)].fetch_add(1, std::memory_order_relaxed);
  }
  /// Without the worst. What is added meanwhile may be in part of it.
  DurationCounts copy() const {
    DurationCounts out;
    for (std::size_t i = 0; i < counts_.size(); ++i)
      out.counts[i] = counts_[i].load(std::memory_order_relaxed);
    out.sum = Duration(sum_.load(std::memory_order_relaxed));
    return out;
  }

 private:
  std::array<std::atomic<std::uint64_t>, 24> counts_{};
  std::atomic<Duration::rep> sum_{0};
};

/// Adds the time it lives.
class Stopwatch {
 public:
  /// `to` may be null, and outlives it.
  explicit Stopwatch(SharedDurations* to) : to_(to) {
    if (to_ != nullptr) begun_ = std::chrono::steady_clock::now();
  }
  ~Stopwatch() {
    if (to_ != nullptr) to_->add(std::chrono::steady_clock::now() - begun_);
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  SharedDurations* to_;
  std::chrono::steady_clock::time_point begun_;
};

class CallTimes {
 public:
  struct OfMethod {
    SharedDurations calls;
    SharedDurations loop;
    std::atomic<std::uint64_t> errors{0};
  };
  struct Facts {
    std::string_view method;
    DurationCounts calls;
    DurationCounts loop;
    std::uint64_t errors = 0;
  };

  CallTimes();
  /// Of a method of the table.
  OfMethod& of(std::string_view method);
  /// Of those that were called, in the table's order.
  std::vector<Facts> facts() const;

 private:
  std::vector<OfMethod> by_place_;
};

}  // namespace seed::rpc
