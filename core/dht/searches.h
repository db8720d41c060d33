// Searches: which searches run and which wait, and whose turn it is to ask.
//
// At most running_max run at a time, the others wait in order, the urgent ones before all others;
// with a bound on the queries a second (QueriesOut) ten thousand torrents that want to announce at
// once are spread over the time that takes. Running ones ask in turns. The node's own searches, one
// at a time, do not wait.
//
// Bounds: running_max, waiting_max; who waits for nodes to begin with waits at most patience.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>

#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/dht/queries_out.h"
#include "core/dht/search.h"

namespace seed::dht {

class Searches {
 public:
  /// The design's bound. Beyond: queued.
  static constexpr std::size_t running_max = 16;
  /// Each is some 200 octets. Beyond: refused.
  static constexpr std::size_t waiting_max = 32'768;
  /// How long one waits while there is no node to begin with. Beyond: it ends with nobody asked.
  static constexpr Duration patience = 1min;

  struct Waiting {
    SearchId id;
    SearchGoal goal;
    Instant since{};
  };
  struct Turn {
    SearchSlot slot;
    Search::Ask ask;
  };

  /// False when too many wait, or one of that name does.
  bool add(SearchId id, SearchGoal goal, bool urgent, Instant now);
  /// Forgets it, wherever it is; nothing more comes of it.
  void cancel(SearchId id);

  /// Whether one waits and may run.
  bool can_start() const { return running_ < running_max && waiting() > 0; }
  /// The next one to run, which does not wait any more; nothing unless can_start().
  std::optional<Waiting> next_waiting();
  /// One that has waited longer than `patience`, which does not wait any more.
  std::optional<Waiting> next_impatient(Instant now);
  /// When next_impatient() has one; `never` when nobody waits.
  Instant impatient_at() const;

  /// Runs it from now on; `own` for one of the node's own, which is not counted.
  SearchSlot run(std::unique_ptr<Search> search, bool own);
  Search* find(SearchSlot slot);
  /// Whose turn it is to ask, and what; nothing when all wait for answers.
  std::optional<Turn> next_turn(Instant now);
  struct Done {
    std::unique_ptr<Search> search;
    bool own = false;
  };
  /// One that is done, which does not run any more.
  std::optional<Done> take_done();

  std::size_t running() const { return running_; }
  std::size_t waiting() const { return waiting_.size(); }
  bool own_running() const { return all_.size() > running_; }

 private:
  struct Entry {
    std::unique_ptr<Search> search;
    bool own = false;
  };
  using All = SlotMap<Entry, SearchTag>;
  /// The smaller goes first.
  struct Place {
    bool may_wait = false;  ///< is not urgent
    std::uint64_t number = 0;
    auto operator<=>(const Place&) const = default;
  };
  using Queue = std::map<Place, Waiting>;

  /// The first that are urgent and the first that are not.
  Queue::const_iterator first(bool may_wait) const;
  Waiting take(Queue::const_iterator at);
  std::optional<Done> take(SearchSlot slot);

  All all_;
  std::size_t running_ = 0;      ///< those that are not the node's own
  std::uint32_t last_turn_ = 0;  ///< the slot of who asked last
  Queue waiting_;
  std::unordered_map<std::uint64_t, Place> places_;  ///< in waiting_, by name
  std::uint64_t next_number_ = 0;
};

}  // namespace seed::dht
