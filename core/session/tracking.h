// Tracking: carries announces and scrapes of all torrents to their trackers, over HTTP and UDP.
//
// When a torrent may speak is tracker::HostSchedule's, what it says is its Announcer's; this driver
// gives turns, resolves names, starts exchanges and hands the answers back by id. A torrent that is
// gone finds nothing, which is normal.
//
// Bounds: HostSchedule's, limits::tracker_answer_bytes_max, limits::announce_timeout; resolved
// names are kept `name_age_max`, at most `names_max` of them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/base/url.h"
#include "core/io/world.h"
#include "core/log/logger.h"
#include "core/session/tracker_counts.h"
#include "core/torrent/announcing.h"
#include "core/tracker/announcer.h"
#include "core/tracker/host_schedule.h"
#include "core/tracker/udp_trackers.h"

namespace seed::session {

/// The torrents, as tracking needs them.
class TrackingOwner {
 public:
  virtual ~TrackingOwner() = default;
  /// What to announce now; nothing when it is not wanted any more.
  virtual std::optional<torrent::Announcing::Ready> begin_announce(TorrentId torrent,
                                                                   tracker::TrackerId tracker) = 0;
  virtual void on_announce_done(TorrentId torrent, tracker::TrackerId tracker,
                                const Result<tracker::AnnounceReply>& reply) = 0;
  virtual std::optional<tracker::Announcer::Scrape> begin_scrape(TorrentId torrent,
                                                                 tracker::TrackerId tracker) = 0;
  virtual std::optional<Sha1> hash_of(TorrentId torrent) = 0;
  virtual void on_scrape_done(TorrentId torrent, tracker::TrackerId tracker,
                              const Result<tracker::ScrapeReply>& reply) = 0;
};

class Tracking {
 public:
  static constexpr Duration name_age_max = 5min;
  static constexpr std::size_t names_max = 1000;

  Tracking(io::World world, Rng rng, TrackingOwner& owner, std::string user_agent, log::Logger log);
  ~Tracking();
  Tracking(const Tracking&) = delete;
  Tracking& operator=(const Tracking&) = delete;

  /// Where UDP trackers are spoken to from; either may be missing. Without both: why, and whoever
  /// is being asked is given up.
  void set_sockets(io::UdpSocket* v4, io::UdpSocket* v6, std::optional<Fault> without = {});
  /// What a name stands for may be another now.
  void forget_names() { names_.clear(); }
  /// Where HTTP trackers are spoken to from.
  void set_sources(const io::SourceAddresses& sources) { sources_ = sources; }
  /// Our network is gone, or another: what is under way fails with `why`, and nothing that was
  /// learnt of hosts over it holds any more.
  void cut(const std::string& why);
  /// While paused nothing is begun: what is wanted waits.
  void set_paused(bool paused);
  void want(TorrentId torrent, const tracker::Announcer::Due& due);
  void withdraw(TorrentId torrent, const tracker::Announcer::Withdraw& withdraw);
  /// True when the datagram was a tracker's.
  bool on_datagram(Bytes datagram, const Endpoint& from);
  /// The session stops: what is under way is called off, and `stopped` goes out to all at once.
  /// What says `stopped` goes on, for it is said but once, and `completed`, for it may have been
  /// heard.
  void hurry();
  void on_deadline(Instant now);
  Instant deadline() const;
  const TrackerCounts& counts() const { return counts_; }

 private:
  struct Exchange {
    tracker::RequestKey key;
    tracker::AnnounceEvent event = tracker::AnnounceEvent::none;
    std::string host;  ///< as counts_ has it; empty until something is asked
    /// What is announced, and where; a hybrid's first hash, then its other one.
    std::string url{};
    tracker::AnnounceRequest request{};
    std::optional<Result<tracker::AnnounceReply>> first{};  ///< what came of the first
    std::optional<HttpCallId> call;
    std::optional<LookupId> lookup;
    std::optional<tracker::RequestId> udp;
    std::string udp_host;
    IpAddress udp_address;  ///< the one of the host that is asked
  };
  struct Name {
    std::vector<IpAddress> addresses;  ///< the one to try first is in front
    Instant expires{};
  };

  void give_turns(Instant now);
  void begin(const tracker::RequestKey& key);
  void begin_announce(const tracker::RequestKey& key);
  void send_announce(const tracker::RequestKey& key);
  void begin_scrape(const tracker::RequestKey& key);
  void begin_http(const tracker::RequestKey& key, const std::string& url);
  void begin_udp(const tracker::RequestKey& key, const std::string& url,
                 std::optional<tracker::AnnounceRequest> request);
  void send_udp(const tracker::RequestKey& key, const Url& url,
                const std::vector<IpAddress>& addresses,
                const std::optional<tracker::AnnounceRequest>& request);
  std::optional<Endpoint> choose(const std::vector<IpAddress>& addresses, std::uint16_t port) const;
  void on_http(const tracker::RequestKey& key, Result<io::HttpReply> reply);
  void finish_announce(const tracker::RequestKey& key, Result<tracker::AnnounceReply> reply,
                       bool answered);
  void finish_scrape(const tracker::RequestKey& key, const Result<tracker::ScrapeReply>& reply,
                     bool answered);
  void fail(const tracker::RequestKey& key, const Fault& fault);
  void call_off(const tracker::RequestKey& key);
  void count(const tracker::RequestKey& key, bool failed);
  void close(const tracker::RequestKey& key, bool answered);
  void try_others_first(const std::string& host, const IpAddress& silent);
  void drain_udp();

  io::World world_;
  TrackingOwner* owner_;
  std::string user_agent_;
  io::SourceAddresses sources_;
  log::Logger log_;
  tracker::HostSchedule schedule_;
  TrackerCounts counts_;
  tracker::UdpTrackers udp_;
  io::UdpSocket* socket_v4_ = nullptr;
  io::UdpSocket* socket_v6_ = nullptr;
  std::optional<Fault> without_;  ///< why there are none
  std::map<tracker::RequestKey, Exchange> exchanges_;
  std::map<tracker::RequestId, tracker::RequestKey> udp_requests_;
  std::map<std::string, Name> names_;
  std::uint64_t next_request_ = 1;
  bool paused_ = false;
};

}  // namespace seed::session
