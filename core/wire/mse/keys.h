// Keys: what the two ends of a Message Stream Encryption handshake derive from their secrets.
//
// wiki.vuze.com, "Message Stream Encryption", version 1.0: P, G, HASH(), and the keys of RC4. All
// of a handshake's chance comes from its 160 secret bits, padding too: that goes out in the open,
// and octets of an Rng would give away the dice of all others.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/modular_power.h"
#include "core/wire/mse/rc4.h"

namespace seed::wire::mse {

/// 160 bits of entropy that nobody else knows, for one connection.
using SecretBytes = Number160;

/// Octets of PadA to PadD, at most. Beyond: refused.
inline constexpr std::size_t padding_bytes_max = 512;
/// Octets of RC4's stream that are not used, for the first ones tell of the key.
inline constexpr std::size_t discarded_bytes = 1024;

/// Our public key: Ya or Yb.
Number768 public_key(const SecretBytes& ours);
/// S; nothing when `theirs` is no key: 0, 1, and from P - 1 on, for which everybody knows S.
std::optional<Number768> shared_secret(const SecretBytes& ours, const Number768& theirs);

/// HASH('req1', S): where the dialling end's padding is over.
Sha1 req1_hash(const Number768& shared);
/// HASH('req2', SKEY): what an incoming handshake names its torrent by. The driver keeps a table of
/// these.
Sha1 req2_hash(const Sha1& info_hash);
/// HASH('req3', S): the mask of that name.
Sha1 req3_hash(const Number768& shared);

/// The cipher of one direction: "keyA" from the end that dialled, "keyB" to it.
Rc4 cipher_of(std::string_view name, const Number768& shared, const Sha1& info_hash);

/// Octets for the padding of that name: 0 to padding_bytes_max of them.
Buffer padding_of(std::string_view name, const SecretBytes& ours);

}  // namespace seed::wire::mse
