// Announcer: when one torrent asks which of its trackers, and what it tells them (BEP 3, 12, 31,
// 48).
//
// One channel for all tiers, or one a tier (Options::announce_to_all_tiers). A channel uses the
// first tracker, in tier order, that is not backing off; when that fails it goes on to the next at
// once, to those that failed longest ago last, and when all back off it waits for the earliest.
// Each interval starts again at the first tier (BEP 12).
//
//   waiting --due--> queued (Due) --begin_announce--> active --on_announce_done--> waiting
//                      \--> inactive (Withdraw): nothing left to say
//
// Events: each tracker hears `started` first, `stopped` last and only if it took `started`, in this
// run or, by TrackerMemory, in the one before; each channel says `completed` once, trying until a
// tracker has heard it, over stops and, by CompletedMemory, restarts. A `stopped` is tried once.
// Back-off after failures: 15 s, 30 s, 1, 2, 5, 15, 30, 60 min and up to a quarter more by dice; a
// tracker's `retry in` instead, where it gives one; `never` lasts until start() or until the URL is
// replaced. A warning is not a failure.
//
// The driver: on Due asks HostSchedule for a turn, then calls begin_announce, sends what it
// returns, and calls on_announce_done with whatever came of it; the same for scrapes. Totals are
// the driver's. Bounds: limits::trackers_per_torrent_max.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/base/fifo.h"
#include "core/base/instant.h"
#include "core/base/result.h"
#include "core/base/rng.h"
#include "core/tracker/announce.h"
#include "core/tracker/carrier.h"
#include "core/tracker/facts.h"
#include "core/tracker/roster.h"
#include "core/tracker/scrape.h"
#include "core/tracker/tracker_id.h"
#include "core/tracker/urgency.h"

namespace seed::tracker {

class Announcer {
 public:
  struct Options {
    bool announce_to_all_tiers = false;  ///< one tracker of each tier instead of one in all
    bool scrape = true;                  ///< for display, where announces give no counts
    std::uint32_t numwant = 80;          ///< peers asked for; 0 is asked with `stopped`
  };
  struct Start {
    bool completed_already = false;  ///< no `completed` will be said
    bool by_user = false;            ///< goes in front of the queues
  };

  /// Ask HostSchedule for a turn. May come again with a greater urgency.
  struct Due {
    TrackerId tracker;
    std::string host;  ///< "tracker.example:80"
    Urgency urgency = Urgency::routine;
    bool scrape = false;
    Carrier carrier = Carrier::http;
    bool operator==(const Due&) const = default;
  };
  /// A turn asked for is not wanted any more.
  struct Withdraw {
    TrackerId tracker;
    bool scrape = false;
    bool operator==(const Withdraw&) const = default;
  };
  using Event = std::variant<Due, Withdraw>;

  /// What to tell now; the driver adds hashes, peer id, port and totals.
  struct Announce {
    TrackerId tracker;
    std::string url;
    AnnounceEvent event = AnnounceEvent::none;
    std::uint32_t numwant = 0;
    std::uint32_t key = 0;
    std::string tracker_id;
    /// Fills event, numwant, key and tracker id into `request`.
    void apply_to(AnnounceRequest& request) const;
    bool operator==(const Announce&) const = default;
  };
  struct Scrape {
    TrackerId tracker;
    std::string url;  ///< scrape URL; for udp the announce URL
    bool operator==(const Scrape&) const = default;
  };

  explicit Announcer(Rng rng) : Announcer(rng, Options{}) {}
  Announcer(Rng rng, Options options);

  /// The torrent runs: trackers hear `started`. When it runs already this tells only whether what
  /// is owed of `completed` may be said.
  void start(Start how, Instant now);
  /// The torrent stops: trackers that took `started` hear `stopped`, after `completed` if that
  /// waits.
  void stop(Instant now);
  /// The download is complete. Only the first call counts, and only without completed_already;
  /// another one for those that have not heard it when the data was lost in between.
  /// After a stop, trackers that wait for their `stopped` hear it before, others after the next
  /// start.
  void completed(Instant now);
  /// By hand: announces now, or as soon as the tracker's min interval allows.
  void reannounce(Instant now);
  /// Where others reach us is another now: trackers in use are to hear of it at once, whatever
  /// their interval, also those that are being told of us as we were; a back-off of ours is over.
  void renew(Instant now);
  /// Ids, order and state are kept for URLs that stay. One that is gone hears `stopped` if it took
  /// `started`. URLs of other schemes than http, https and udp are listed but never asked.
  void set_trackers(const TierList& tiers, TrackerIds& ids, Instant now);
  void set_options(const Options& options, Instant now);
  /// After set_trackers and before start: what memory() said before the restart, with the time in
  /// between taken off by the driver. A seed that its tracker still lists keeps its next announce,
  /// which says `started`; who stops before such a tracker has answered says `stopped` to it.
  /// Everybody else says `started` at once, for a min interval is between announces of one run;
  /// only what is left of a back-off is waited for.
  void restore(const std::vector<TrackerMemory>& memory, Instant now);
  /// What completed_memory() said before the restart; after set_trackers and before restore(),
  /// which knows who has heard it.
  void restore_completed(const CompletedMemory& memory);

  /// The turn for an announce has come: what to send, at once. Nothing when it is not wanted any
  /// more.
  std::optional<Announce> begin_announce(TrackerId tracker, Instant now);
  /// How it went, also when there was no turn (host down) or no address. Unknown ids are fine.
  /// A Fault is a failure, and so is a reply that is not accepted(). What the driver called off
  /// (FaultCode::cancelled) is said again at once, for the tracker has not failed; but it may have
  /// been heard: `stopped` follows a `started` of that kind.
  void on_announce_done(TrackerId tracker, const Result<AnnounceReply>& reply, Instant now);
  std::optional<Scrape> begin_scrape(TrackerId tracker, Instant now);
  /// `counts` are this torrent's of the reply, null when it does not name it.
  void on_scrape_done(TrackerId tracker, const Result<ScrapeReply>& reply, const Sha1& info_hash,
                      Instant now);
  void on_deadline(Instant now);

  std::optional<Event> next_event();
  std::optional<Instant> deadline() const;

  bool running() const { return running_; }
  /// In the list, or out of it with `stopped` to hear.
  bool knows(TrackerId tracker) const { return roster_.find(tracker) != nullptr; }
  /// True when no tracker has anything left to hear: after stop() the torrent may go.
  bool quiet() const;
  /// In the torrent's order, whatever the order of use.
  std::vector<TrackerFacts> facts() const;
  /// The first in that order, of those in use, whose last answer refuses; else the first that
  /// warns. nullptr: none; good until the next call that changes something.
  const Row* complaining() const;
  /// When reannounce() is next allowed: `now`, or the earliest that one of the trackers it would
  /// ask allows. Nothing while there is none to ask. Cheap: it copies nothing.
  std::optional<Instant> reannounce_at(Instant now) const;
  /// For saving; give it back to restore() after a restart.
  std::vector<TrackerMemory> memory(Instant now) const;
  CompletedMemory completed_memory() const;

 private:
  /// One tracker at a time is asked for each of these.
  struct Channel {
    Instant due = seed::never;
    Instant succeeded_at{};  ///< when one of its trackers last answered
    bool renewed = false;    ///< renew() was called since its last announce began
    bool completed_due = false;
    /// Not heard before a stop: due again with the next start that is complete, or, if the data is
    /// lost, when it has been downloaded again.
    bool completed_lost = false;
    Urgency urgency = Urgency::routine;

    bool owes_completed() const { return completed_due || completed_lost; }
    void heard_completed() { completed_due = completed_lost = false; }
    /// What is owed is due while the data is there.
    void owe_completed(bool complete) {
      const bool owed = owes_completed();
      completed_due = owed && complete;
      completed_lost = owed && !complete;
    }
  };

  /// Ids in the order of use; a view, good until the list or that order changes.
  auto members(std::size_t channel) const {
    std::span tiers(roster_.tiers());
    if (options_.announce_to_all_tiers)
      tiers = tiers.subspan(std::min(channel, tiers.size()), channel < tiers.size() ? 1 : 0);
    return tiers | std::views::join;
  }
  std::size_t channel_of(const Row& row) const;
  bool speaks_for_channel(const Row& row) const;
  /// A user does not wait for a back-off of ours.
  std::optional<TrackerId> usable_at(std::size_t channel, Instant when, bool by_user = false) const;
  std::optional<TrackerId> in_use(std::size_t channel) const;
  Instant earliest_retry(std::size_t channel) const;
  std::optional<AnnounceEvent> to_say(const Row& row) const;

  void pump(Instant now);
  void pump_channel(std::size_t channel, Instant now);
  void pump_stops();
  void pump_scrapes(Instant now);
  void want(Row& row, Urgency urgency);
  void withdraw(Row& row);
  void withdraw_scrape(Row& row);
  void note_result(Row& row, const Result<AnnounceReply>& reply, Instant now);
  void succeeded(Row& row, AnnounceEvent said, const AnnounceReply& reply, Instant now);
  void failed(Row& row, AnnounceEvent said, const Refusal* refusal, Instant now);
  void plan_scrape(Row& row, const AnnounceReply& reply, Instant now);
  void let_go(Row& row);
  void remake_channels(Instant now, const std::map<TrackerId, std::size_t>& before,
                       const std::vector<TrackerId>& used);
  std::map<TrackerId, std::size_t> channels_by_tracker() const;
  std::vector<TrackerId> all_in_use() const;
  Duration jittered(Duration least);

  Rng rng_;
  Options options_;
  std::uint32_t key_ = 0;
  bool running_ = false;
  bool seeding_ = false;
  bool completed_said_ = false;
  Roster roster_;
  std::vector<Channel> channels_;
  Fifo<Event> events_;
};

}  // namespace seed::tracker
