#include "core/dht/tokens.h"

#include <algorithm>

namespace seed::dht {
namespace {

bool same(Bytes token, const Tokens::Token& right) {
  std::uint8_t unlike = token.size() == right.size() ? 0 : 1;
  for (std::size_t i = 0; i < std::min(token.size(), right.size()); ++i)
    unlike = static_cast<std::uint8_t>(unlike | (token[i] ^ right[i]));
  return unlike == 0;
}

}  // namespace

Tokens::Token Tokens::make(const IpAddress& address, Instant now) const {
  return make_in(period(now), address);
}

bool Tokens::valid(Bytes token, const IpAddress& address, Instant now) const {
  const std::uint64_t current = period(now);
  const bool fresh = same(token, make_in(current, address));
  const bool older = current > 0 && same(token, make_in(current - 1, address));
  return fresh || older;
}

std::uint64_t Tokens::period(Instant now) const {
  return now > started_ ? static_cast<std::uint64_t>((now - started_) / secret_lifetime) : 0;
}

Tokens::Token Tokens::make_in(std::uint64_t period, const IpAddress& address) const {
  ByteWriter name;
  name.put(secret_).u64(period);
  // The octets that are hashed are of one length for each family and the digest is cut, so it tells
  // nothing of the secret nor of other tokens: no HMAC is needed.
  const Sha1 secret = sha1(name.bytes());
  ByteWriter text;
  text.put(secret.bytes()).put(address.octets());
  const Sha1 digest = sha1(text.bytes());
  Token out;
  std::copy_n(digest.octets.begin(), out.size(), out.begin());
  return out;
}

}  // namespace seed::dht
