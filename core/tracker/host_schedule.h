// HostSchedule: when each announce and scrape of the whole session may go out.
//
// One queue a tracker host. Urgent requests (Urgency::event) go first, then the longest due. A host
// has at most per_host requests under way, and one until it has answered for the first time or
// since it last failed. Of the places of their carrier those never asked get at most half, and
// those whose last answer is missing a quarter, so dead ones delay nobody else: neither those that
// answer nor those that may. An HTTP exchange costs a connection, a UDP one a few octets: each
// carrier has its own places, and of limits::http_exchanges_max some are left to others, e.g.
// .torrents that are fetched. Requests that are not urgent start at least host_gap apart per host
// and gap apart in all: thousands of torrents that start at once are spread in time.
//
//   want --> queued --next_ready--> under way --done--> gone
//              |        \--> host_is_down: refused, gone
//              +--withdraw--> gone
//
// A host that failed failures_until_down times in a row is down for a while (15 s, doubling to
// 10 min, with jitter): its requests are refused at once, so their torrents go on to other
// trackers. After that the next request is the probe. Urgency::user always goes through.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/base/limits.h"
#include "core/base/rng.h"
#include "core/tracker/carrier.h"
#include "core/tracker/tracker_id.h"
#include "core/tracker/urgency.h"

namespace seed::tracker {

/// Hosts remembered. Beyond: one that has nothing to do is forgotten.
inline constexpr std::size_t hosts_known_max = 2000;

/// Names a request: an announce or a scrape of one torrent at one tracker.
struct RequestKey {
  TorrentId torrent;
  TrackerId tracker;
  bool scrape = false;
  auto operator<=>(const RequestKey&) const = default;
};

class HostSchedule {
 public:
  struct Options {
    std::size_t per_host = limits::announces_per_host_max;  ///< under way to one host
    /// Exchanges under way in all; half of it to hosts never asked, a quarter to failed ones.
    std::size_t http_total = limits::http_exchanges_max * 3 / 4;
    std::size_t udp_total = 256;
    Duration host_gap = 50ms;     ///< between starts to one host, unless urgent
    Duration gap = 5ms;           ///< between starts in all, unless urgent
    int failures_until_down = 3;  ///< in a row
    Duration down_first = 15s;    ///< how long a host is down for the first time
    Duration down_max = 10min;    ///< and at most
  };
  /// Whose turn it is. With host_is_down the request is refused and gone: tell its Announcer that
  /// it failed (unreachable); done() is not called for it.
  struct Turn {
    RequestKey key;
    bool host_is_down = false;
    bool operator==(const Turn&) const = default;
  };

  explicit HostSchedule(Rng rng) : HostSchedule(rng, Options{}) {}
  HostSchedule(Rng rng, Options options);
  /// Takes effect at the next turn; e.g. a larger `per_host` while the session stops.
  void set_options(const Options& options) { options_ = options; }

  /// Queues a request to `host` (Url::host_and_port); by another carrier it is another host. One
  /// that is queued already gets the greater urgency and keeps its place in time; one that is under
  /// way is left alone.
  void want(const RequestKey& key, Carrier carrier, const std::string& host, Urgency urgency,
            Instant now);
  /// A request under way has ended. `host_answered`: anything sensible came back, a refusal too.
  void done(const RequestKey& key, bool host_answered, Instant now);
  /// Forgets a request, queued or under way; nothing is learnt of the host.
  void withdraw(const RequestKey& key);

  /// Our own network was away: what hosts did not answer says nothing of them.
  void forgive();

  /// The next request whose turn has come; call until nothing comes back.
  std::optional<Turn> next_ready(Instant now);
  /// When next_ready is worth another try; done() is another such moment.
  std::optional<Instant> deadline() const;

  std::size_t queued() const { return queued_.size(); }
  std::size_t under_way() const { return under_way_.size(); }
  std::size_t hosts_known() const { return hosts_.size(); }
  /// Until when `host` is held to be down; nothing when it is not.
  std::optional<Instant> down_until(Carrier carrier, const std::string& host, Instant now) const;

 private:
  /// Order within a host's queue: urgency, then how long it is due, then sequence.
  struct Place {
    Urgency urgency = Urgency::routine;
    Instant since{};
    std::uint64_t sequence = 0;
    auto operator<=>(const Place&) const = default;
  };
  using Name = std::pair<Carrier, std::string>;
  /// What came of the last request to a host, the best first.
  enum class Standing : std::uint8_t { proven, unasked, failed };
  struct Host {
    Carrier carrier = Carrier::http;
    std::map<Place, RequestKey> queue;
    std::size_t under_way = 0;
    Standing standing = Standing::unasked;
    int failures = 0;  ///< in a row
    Instant down_until{};
    Instant next_start{};
  };
  struct Queued {
    Name host;
    Place place;
  };

  /// What of one carrier is under way.
  struct Places {
    std::size_t taken = 0;
    std::array<std::size_t, 3> by_standing{};
  };

  bool is_down(const Host& host, Instant now) const;
  std::size_t room_of(const Host& host) const;
  bool total_has_room(const Host& host) const;
  Instant start_of(const Host& host, const Place& place) const;
  void take(const Name& name, Host& host, Instant now);
  void release(const RequestKey& key);
  void drop_idle(const Name& name);
  static std::size_t share_of(Standing standing, std::size_t total);
  std::size_t& taken_by_such(const Host& host);
  Places& places(const Host& host) { return places_[std::to_underlying(host.carrier)]; }
  const Places& places(const Host& host) const { return places_[std::to_underlying(host.carrier)]; }

  Rng rng_;
  Options options_;
  std::map<Name, Host> hosts_;
  std::set<Name> waiting_;  ///< hosts whose queue is not empty
  std::map<RequestKey, Queued> queued_;
  std::map<RequestKey, Name> under_way_;
  std::array<Places, 2> places_;  ///< by carrier
  std::uint64_t sequence_ = 0;
  Instant next_start_{};
};

}  // namespace seed::tracker
