// QueriesOut: our own queries under way: transaction ids, whose answer is whose, how fast they may
// go, and when one is slow or lost (BEP 5, "KRPC Protocol": "There is no retry").
//
//   send() --> open --next_due()--> slow --next_due()--> lost
//               |                    |
//               +------ take() ------+--> answered
//
// Slow is who takes longer than almost all do, by the mean and the deviation of what others took
// (as RFC 6298 has it); lost, who takes four times that.
//
// An answer counts when it comes from where its query went and has its transaction id, which is
// drawn by dice. Who was asked by a name that a proxy resolves may answer from any address, at its
// port. Bounds: open_max queries; so many a second (Pacer).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "core/base/bytes.h"
#include "core/base/deadline_queue.h"
#include "core/base/endpoint.h"
#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/dht/pacer.h"
#include "core/dht/search.h"

namespace seed::dht {

using SearchSlot = SlotId<struct SearchTag>;

class QueriesOut {
 public:
  /// Sixteen searches have five open each, or store on eight; some pings. Beyond: the rest waits.
  static constexpr std::size_t open_max = 512;
  /// Octets of our transaction ids: with the endpoint more than can be guessed within seconds.
  static constexpr std::size_t transaction_bytes = 4;
  /// What counts as slow before anybody has answered, and its bounds: nodes of this network are on
  /// all continents and behind slow lines.
  static constexpr Duration slow_first = 1s;
  static constexpr Duration slow_min = 400ms;
  static constexpr Duration slow_max = 2s;
  /// Lost after so many times that.
  static constexpr int lost_factor = 4;

  /// What a query is for: a step of a search, or a ping when `search` names none.
  struct Purpose {
    SearchSlot search;
    Search::Step step = Search::Step::looking;
    bool operator==(const Purpose&) const = default;
  };
  struct Open {
    Endpoint to;
    Purpose purpose;
    Instant sent{};
    Duration slow_after{};
    bool slow = false;
  };
  struct Due {
    Endpoint to;
    Purpose purpose;
    bool lost = false;  ///< else slow
  };

  QueriesOut(std::uint32_t per_second, std::uint32_t burst, Rng rng)
      : pacer_(per_second, burst), rng_(rng) {}

  void set_rate(std::uint32_t per_second, std::uint32_t burst) {
    pacer_.set_rate(per_second, burst);
  }
  /// Whether send() may be called.
  bool room(Instant now) const { return open_.size() < open_max && pacer_.ready(now); }
  /// When there may be room; when there are too many, an answer or next_due() makes it.
  Instant room_at() const { return open_.size() < open_max ? pacer_.next_at() : never; }

  /// Notes a query that goes to `to` now; returns its transaction id.
  Buffer send(const Endpoint& to, const Purpose& purpose, Instant now);
  /// The query that this answers, which is not open any more; nothing when there is none.
  std::optional<Open> take(Bytes transaction, const Endpoint& from, Instant now);
  /// The next that is slow or lost, each once; what is lost is not open any more.
  std::optional<Due> next_due(Instant now);
  /// When next_due() has something; `never` for no time.
  Instant deadline() const { return due_.next(); }

  std::size_t open() const { return open_.size(); }
  /// What counts as slow now.
  Duration slow_after() const;

 private:
  using Key = std::uint32_t;

  void measure(Duration took);

  Pacer pacer_;
  Rng rng_;
  std::unordered_map<Key, Open> open_;
  DeadlineQueue<Key, std::hash<Key>> due_;
  bool measured_ = false;
  Duration mean_{};
  Duration deviation_{};
};

}  // namespace seed::dht
