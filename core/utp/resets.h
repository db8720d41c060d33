// Resets: who is to be told that there is no such connection (BEP 29, ST_RESET), at a bounded rate:
// whoever may write any address on a packet would have us answer to it.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "core/base/endpoint.h"
#include "core/base/fifo.h"
#include "core/base/instant.h"
#include "core/base/pace.h"
#include "core/utp/packet.h"

namespace seed::utp {

class Resets {
 public:
  /// Ours is 20 octets for one of 20 at least. A restarted client hears as many from its former
  /// peers; more than that is noise.
  static constexpr Pace::Rate rate{10ms, 100};

  struct Reset {
    Endpoint to;
    std::array<std::uint8_t, header_bytes> octets{};
  };
  /// Null: too many, and it is left out. Its octets are the caller's to write.
  Reset* add(const Endpoint& to, Instant now) {
    if (!pace_.take(rate, now)) return nullptr;
    waiting_.push_back({to, {}});
    return &waiting_.back();
  }
  std::optional<Reset> next() {
    if (waiting_.empty()) return std::nullopt;
    return waiting_.take_front();
  }

 private:
  Pace pace_;
  Fifo<Reset> waiting_;
};

}  // namespace seed::utp
