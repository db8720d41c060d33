// HashIndex: from 64-bit hashes to small numbers, eight octets an entry; several may have one hash.
//
// What has a hash is not kept: who looks for something is shown each number that may be it and
// judges. So hashes that differ may meet when 40 of their bits are the same, which costs a look;
// and two entries that are alike in those bits and in their number are as good as each other.
//
// The entries lie in shards of their own, each a table with linear probing, so that growing one of
// them is all that a call ever costs: of a million entries 4,000, some 50 us. A shard grows by half
// when it is four fifths full, and shrinks when it is a quarter full. A hash must come from a
// KeyedHash: else others could make all of them meet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace seed::trackerd {

class HashIndex {
 public:
  /// By the highest octet of the hash.
  static constexpr std::size_t shards_count = 256;
  /// What an empty place has; no entry may.
  static constexpr std::uint32_t no_value = std::numeric_limits<std::uint32_t>::max();

  HashIndex() : shards_(shards_count) {}

  /// `value` is not no_value.
  void insert(std::uint64_t hash, std::uint32_t value);
  /// Takes out one that has that hash and that value, if there is one.
  void erase(std::uint64_t hash, std::uint32_t value);
  std::size_t size() const { return size_; }

  /// The first one of that hash for which `is_it(value)`, or null. It may be changed in place,
  /// until the next insert() or erase().
  template <typename IsIt>
  std::uint32_t* find(std::uint64_t hash, IsIt is_it) {
    Shard& shard = shards_[shard_of(hash)];
    if (shard.used == 0) return nullptr;
    const std::uint32_t tag = tag_of(hash);
    for (std::size_t at = shard.home(tag);; at = shard.next(at)) {
      Entry& entry = shard.entries[at];
      if (entry.value == no_value) return nullptr;
      if (entry.tag == tag && is_it(entry.value)) return &entry.value;
    }
  }
  /// Calls `look(value)` for each of that hash.
  template <typename Look>
  void each(std::uint64_t hash, Look look) {
    find(hash, [&](std::uint32_t value) {
      look(value);
      return false;
    });
  }

 private:
  struct Entry {
    std::uint32_t tag = 0;
    std::uint32_t value = no_value;
  };
  struct Shard {
    std::vector<Entry> entries;
    std::size_t used = 0;

    /// A tag's share of the places: any number of them will do, not only powers of two.
    std::size_t home(std::uint32_t tag) const {
      return static_cast<std::size_t>(static_cast<std::uint64_t>(tag) * entries.size() >> 32);
    }
    std::size_t next(std::size_t at) const { return at + 1 == entries.size() ? 0 : at + 1; }
    /// How far `to` lies behind `from`, around the end.
    std::size_t distance(std::size_t from, std::size_t to) const {
      return to >= from ? to - from : to + entries.size() - from;
    }
    void put(Entry entry);
    void resize(std::size_t places);
    void vacate(std::size_t hole);
  };

  static std::size_t shard_of(std::uint64_t hash) { return static_cast<std::size_t>(hash >> 56); }
  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash); }

  std::vector<Shard> shards_;
  std::size_t size_ = 0;
};

}  // namespace seed::trackerd
