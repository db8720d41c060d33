// SourceLimits: how much work and traffic others may make us have by asking: so many queries a
// second and so many octets of answers, for each source and for all together. Who exceeds is
// dropped without a word, for an answer to a forged address is what an attacker wants.
//
//   query --> admit()? --no--> dropped
//                 | yes: one query is spent
//                 v
//             answer sent --> spend(octets); who owes octets is not admitted until they are paid
//
// A source is a holder (core/dht/holder.h). Both calls are O(1): the table is a set-associative
// cache of sets_count x ways places; a new source takes the place of the one of its set that has
// been silent for longest and begins with nothing owed. The set is by a hash with a secret, so
// nobody can choose whose place he takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/endpoint.h"
#include "core/base/instant.h"
#include "core/base/rng.h"

namespace seed::dht {

class SourceLimits {
 public:
  /// Sources that are remembered: sets_count x ways, 5 KiB when nobody asks and 250 KiB when full.
  /// Beyond: the oldest of a set gives way.
  static constexpr std::size_t sets_count = 256;
  static constexpr std::size_t ways = 16;

  /// A rate, and how much of it may come at once.
  struct Rate {
    std::uint64_t per_second = 0;
    std::uint64_t burst = 0;
    bool operator==(const Rate&) const = default;
  };
  struct Options {
    /// A node of a busy client asks us a few times in a lookup and then not for minutes; an indexer
    /// some times a second.
    Rate source_queries{5, 50};
    /// The largest answer, with two bloom filters, has some 1200 octets.
    Rate source_octets{4 * 1024, 32 * 1024};
    /// What a well connected node gets is 50 queries a second at most.
    Rate queries{500, 1000};
    /// Half a per cent of a line of 200 Mbit/s.
    Rate octets{128 * 1024, 256 * 1024};
    bool operator==(const Options&) const = default;
  };

  explicit SourceLimits(Rng rng) : SourceLimits(rng, Options{}) {}
  SourceLimits(Rng rng, const Options& options);

  /// Takes effect for what comes next; what is owed stays owed.
  void set_options(const Options& options) { options_ = options; }
  /// Whether a query of that source is looked at; spends it if so. What is not admitted costs its
  /// source nothing more, and the others nothing at all.
  bool admit(const Endpoint& from, Instant now);
  /// An answer of so many octets went there.
  void spend(const Endpoint& to, std::size_t octets, Instant now);

  /// Sources that are remembered.
  std::size_t size() const { return size_; }

 private:
  /// When all that was spent is paid for; what lies ahead of that is free. (GCRA: a token bucket in
  /// one instant.)
  struct Account {
    Instant paid_at{};
    bool may_spend(const Rate& rate, Instant now) const;
    void spend(std::uint64_t amount, const Rate& rate, Instant now);
  };
  struct Source {
    Endpoint holder;
    Account queries{};
    Account octets{};
    Instant seen{};
  };

  std::vector<Source>& set_of(const Endpoint& holder);
  Source& source_of(const Endpoint& endpoint, Instant now);

  std::uint64_t secret_;
  Options options_;
  std::vector<std::vector<Source>> sets_;
  std::size_t size_ = 0;
  Account queries_;
  Account octets_;
};

}  // namespace seed::dht
