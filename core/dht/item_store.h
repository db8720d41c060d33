// ItemStore: the items that others put with us (BEP 44), immutable ones under the SHA-1 of their
// value and mutable ones under that of key and salt.
//
// Signatures are checked by the caller, between refusal() and put(); everything else is judged
// here. Values are bencoded; that they are well formed is the caller's to know.
// Bounds: items and octets below; items live 2 hours after they were last put.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>

#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/ed25519.h"
#include "core/base/endpoint.h"
#include "core/base/instant.h"

namespace seed::dht {

/// BEP 44: "the 32 byte ed25519 public key", and a signature made with it.
using ItemKey = Ed25519Key;
using ItemSignature = Ed25519Signature;

/// What an item has if it is mutable.
struct MutablePart {
  ItemKey key;
  Buffer salt;  ///< empty for none
  std::int64_t seq = 0;
  ItemSignature signature;
  bool operator==(const MutablePart&) const = default;
};

struct Item {
  Buffer value;  ///< bencoded
  std::optional<MutablePart> changing;

  /// Where it belongs (BEP 44): the SHA-1 of the value, or of key and salt.
  Sha1 target() const;
  bool operator==(const Item&) const = default;
};

/// Why an item is not taken, and the error code of the answer (BEP 5, BEP 44).
enum class PutRefusal : std::uint16_t {
  too_many = 202,  ///< that source has put enough
  value_too_big = 205,
  salt_too_big = 207,
  cas_mismatch = 301,
  seq_too_low = 302,
};

class ItemStore {
 public:
  /// BEP 44: "MAY reject" beyond for the value, "MUST NOT be longer" for the salt.
  static constexpr std::size_t value_bytes_max = 1000;
  static constexpr std::size_t salt_bytes_max = 64;
  /// Items, and octets of values and salts: all of them of middle size. Beyond: the oldest gives
  /// way.
  static constexpr std::size_t items_max = 4096;
  static constexpr std::size_t bytes_max = 2u << 20;
  /// Items of one source, a holder, that put their present value. Beyond: refused.
  static constexpr std::size_t items_per_source_max = 64;
  /// BEP 44, "Expiration".
  static constexpr Duration lifetime = 2h;

  /// Why put() would refuse it now, so that no signature is checked for nothing. What expire() has
  /// not forgotten counts.
  std::optional<PutRefusal> refusal(const Item& item, std::optional<std::int64_t> cas,
                                    const Endpoint& from) const;
  /// Stores it, or makes it young again when it is there already. The signature of a mutable one is
  /// right.
  std::optional<PutRefusal> put(Item item, std::optional<std::int64_t> cas, const Endpoint& from,
                                Instant now);
  /// Nothing when it is not there or too old. Good until the next put() or expire().
  const Item* find(const Sha1& target, Instant now) const;

  /// Forgets what is too old.
  void expire(Instant now);
  /// When expire() has something to do; `never` when it is empty.
  Instant deadline() const;

  std::size_t size() const { return entries_.size(); }
  /// Octets of values and salts.
  std::size_t bytes() const { return bytes_; }

 private:
  using Serial = std::uint64_t;  ///< the smaller the older
  struct Entry {
    Item item;
    Endpoint source;  ///< the holder that put its value
    Serial serial = 0;
    Instant at{};
  };

  static Endpoint payer_of(const Entry* present, const Item& item, const Endpoint& from);
  const Entry* entry_of(const Sha1& target) const;
  void make_room(std::size_t bytes);
  void drop(const Sha1& target);

  std::unordered_map<Sha1, Entry, DigestHash> entries_;
  std::map<Serial, Sha1> order_;
  Serial next_serial_ = 0;
  std::size_t bytes_ = 0;
  std::unordered_map<Endpoint, std::size_t, EndpointHash> count_of_;  ///< items by source
};

}  // namespace seed::dht
