// Tokens: what a node gives with an answer and wants back with an announce, so that nobody signs up
// another's address (BEP 5, "Overview").
//
// A token is made of the address and of a secret that changes every 5 minutes; that of now and the
// one before are taken, so a token is good for 5 to 10 minutes. Nothing is stored for each asker.
// All secrets are derived from one that is given, which must come from entropy.
#pragma once

#include <array>
#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/endpoint.h"
#include "core/base/instant.h"

namespace seed::dht {

class Tokens {
 public:
  /// BEP 5: "a secret that changes every five minutes and tokens up to ten minutes old are
  /// accepted".
  static constexpr Duration secret_lifetime = 5min;
  /// Of the 20 octets of the digest: more than anybody tries within ten minutes, and a get_peers
  /// answer has better use for the rest.
  static constexpr std::size_t token_bytes = 8;
  using Secret = std::array<std::uint8_t, 20>;
  using Token = std::array<std::uint8_t, token_bytes>;

  Tokens(const Secret& secret, Instant now) : secret_(secret), started_(now) {}

  /// The token of an address, whatever its port.
  Token make(const IpAddress& address, Instant now) const;
  /// Whether it was made for that address at most ten minutes ago. Takes as long for a token that
  /// is almost right as for one that is all wrong.
  bool valid(Bytes token, const IpAddress& address, Instant now) const;

 private:
  std::uint64_t period(Instant now) const;
  Token make_in(std::uint64_t period, const IpAddress& address) const;

  Secret secret_;
  Instant started_;
};

}  // namespace seed::dht
