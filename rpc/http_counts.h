// HttpCounts: what the HTTP side has answered and holds open; written by its threads, for /metrics.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace seed::rpc {

struct HttpCounts {
  /// answers[2] are those with a status of 2xx.
  std::array<std::atomic<std::uint64_t>, 6> answers{};
  std::atomic<std::uint64_t> event_streams{0};  ///< open when last looked at

  void on_answer(int status) {
    const auto kind = static_cast<std::size_t>(std::clamp(status / 100, 0, 5));
    answers[kind].fetch_add(1, std::memory_order_relaxed);
  }
};

}  // namespace seed::rpc
