// Signatures of the DHT's mutable items (BEP 44, "Signature Verification").
//
// Signed are the salt if there is one, the sequence number and the value, each bencoded by itself:
// "4:salt6:foobar3:seqi1e1:v12:Hello World!". An immutable item is its own proof.
#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/ed25519.h"
#include "core/dht/item_store.h"

namespace seed::dht {

/// The octets that the signature of such an item is over.
Buffer signed_octets(Bytes value, Bytes salt, std::int64_t seq);

/// Whether the signature of a mutable item is right; true for an immutable one.
bool signature_valid(const Item& item);

/// A mutable item with its signature. `value` is bencoded and canonical, `seed` the private key as
/// RFC 8032 has it (core/base/ed25519.h).
Item sign_item(Bytes value, Bytes salt, std::int64_t seq, const Ed25519Seed& seed);

}  // namespace seed::dht
