// Ed25519: signatures of 64 octets by keys of 32 (RFC 8032, "Ed25519"), by OpenSSL
// (docs/adr/0022-openssl-in-base.md). What the DHT's mutable items are signed with (BEP 44).
//
// Private keys are RFC 8032's: a seed of 32 octets. The 64 octets that BEP 44 and some libraries
// call a private key are its expanded form, of which the seed cannot be had back: such a key cannot
// sign here, and its first half taken for a seed is another key.
#pragma once

#include "core/base/digest.h"

namespace seed {

using Ed25519Key = FixedBytes<32, struct Ed25519KeyTag>;
using Ed25519Seed = FixedBytes<32, struct Ed25519SeedTag>;
using Ed25519Signature = FixedBytes<64, struct Ed25519SignatureTag>;

/// Whether `signature` was made over `message` with the private key of `key`. False for what is no
/// key and no signature. Takes 120 us, so it may be done on the loop, of strangers so many a
/// second.
bool ed25519_verify(const Ed25519Key& key, Bytes message, const Ed25519Signature& signature);
/// The public key of a private one.
Ed25519Key ed25519_public_key(const Ed25519Seed& seed);
/// The same signature each time for the same message.
Ed25519Signature ed25519_sign(const Ed25519Seed& seed, Bytes message);

}  // namespace seed
