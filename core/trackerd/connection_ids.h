// ConnectionIds: what a UDP tracker gives with its first answer and wants back, so that nobody
// announces, or has long answers sent to, another's address (BEP 15, "UDP connections / spoofing").
//
//   | period  8 bits | keyed hash of address and period  56 bits |
//
// Nothing is kept for an id: it says when it was made and proves that we made it for that address.
// (BEP 15 has in mind a cookie like that of a TCP handshake.) Its port is not in it, for routers
// give another one with each socket of a client. Of 56 bits one is guessed after 10^16 datagrams.
#pragma once

#include <cstdint>

#include "core/base/endpoint.h"
#include "core/base/instant.h"
#include "core/trackerd/keyed_hash.h"

namespace seed::trackerd {

class ConnectionIds {
 public:
  /// An id is good for four of these at least and five at most. BEP 15: "Trackers should accept the
  /// connection ID until two minutes after it has been send".
  static constexpr Duration period = 30s;
  static constexpr std::uint64_t periods_good = 4;

  explicit ConnectionIds(const KeyedHash::Key& secret) : hash_(secret) {}

  std::uint64_t make(const IpAddress& address, Instant now) const;
  bool valid(std::uint64_t id, const IpAddress& address, Instant now) const;

 private:
  std::uint64_t make_in(std::uint64_t number, const IpAddress& address) const;

  KeyedHash hash_;
};

}  // namespace seed::trackerd
