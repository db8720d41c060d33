#include "core/dht/item_signature.h"

#include <string>

namespace seed::dht {

Buffer signed_octets(Bytes value, Bytes salt, std::int64_t seq) {
  ByteWriter out;
  if (!salt.empty()) out.put("4:salt").put(std::to_string(salt.size())).put(":").put(salt);
  out.put("3:seqi").put(std::to_string(seq)).put("e1:v").put(value);
  return out.take();
}

bool signature_valid(const Item& item) {
  if (!item.changing) return true;
  const auto& [key, salt, seq, signature] = *item.changing;
  return ed25519_verify(key, signed_octets(item.value, salt, seq), signature);
}

Item sign_item(Bytes value, Bytes salt, std::int64_t seq, const Ed25519Seed& seed) {
  const auto signature = ed25519_sign(seed, signed_octets(value, salt, seq));
  return {to_buffer(value), MutablePart{ed25519_public_key(seed), to_buffer(salt), seq, signature}};
}

}  // namespace seed::dht
