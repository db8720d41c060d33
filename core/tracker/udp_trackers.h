// UdpTrackers: the client's side of BEP 15, all UDP trackers of the session over one UDP socket.
//
// A request waits for its tracker's connection id, goes out, and is sent again until it is answered
// or given up. The id is asked for once and shared by all requests to that endpoint.
//
//   announce/scrape --> connecting --reply--> asking --reply/error--> Done
//                         |  ^ id expired or stale |
//                         |  +---------------------+
//                         +--> no answer within give_up_after --> Done (timed_out)
//
// Sent again after 15 * 2^n s, n from 0 to 8, anew for each step that got an answer (BEP 15, "Time
// outs"). An id is used for 60 s. A request whose first packet with an id from earlier stays
// unanswered asks for a new id, so a tracker that was restarted costs 15 s and not a minute.
// Replies from another endpoint or with an unknown transaction id are ignored; who was asked by a
// name that a proxy resolves may answer from any address, at its port.
//
// Bounds: requests under way are the caller's (HostSchedule); ids kept: one an endpoint, 60 s.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/instant.h"
#include "core/base/result.h"
#include "core/base/rng.h"
#include "core/tracker/announce.h"
#include "core/tracker/scrape.h"

namespace seed::tracker {

/// Names a request; the caller picks it and does not use it twice at a time.
struct RequestId {
  std::uint64_t value = 0;
  auto operator<=>(const RequestId&) const = default;
};

class UdpTrackers {
 public:
  struct Options {
    /// How long a request may stay unanswered in all. BEP 15's own plan takes two hours; 60 s holds
    /// three tries (at 0, 15 and 45 s).
    Duration give_up_after = 2 * limits::announce_timeout;
  };
  /// Give this to the socket. A lost one is not reported back: it is sent again in time.
  struct Send {
    Endpoint to;
    Buffer datagram;
    bool operator==(const Send&) const = default;
  };
  struct AnnounceDone {
    RequestId id;
    Result<AnnounceReply> reply;
    bool operator==(const AnnounceDone&) const = default;
  };
  struct ScrapeDone {
    RequestId id;
    Result<ScrapeReply> reply;
    bool operator==(const ScrapeDone&) const = default;
  };
  using Event = std::variant<Send, AnnounceDone, ScrapeDone>;

  explicit UdpTrackers(Rng rng) : UdpTrackers(rng, Options{}) {}
  UdpTrackers(Rng rng, Options options);

  /// A cheap test by the first octets: could this datagram be a tracker's reply? uTP (BEP 29) and
  /// the DHT (BEP 5) begin otherwise.
  static bool owns_datagram(Bytes datagram);

  /// Announces to the tracker at `to`; `url_data` is path and query of its URL (BEP 41), "" for
  /// none. Ends in one AnnounceDone, unless cancelled. Fault: timed_out, malformed.
  void announce(RequestId id, const Endpoint& to, const AnnounceRequest& request,
                std::string url_data, Instant now);
  /// The same for counts; at most scrape_torrents_max torrents. Ends in one ScrapeDone.
  void scrape(RequestId id, const Endpoint& to, std::vector<Sha1> info_hashes, Instant now);
  /// Forgets a request; nothing more comes of it. Unknown ids are fine.
  void cancel(RequestId id);

  /// Our address may be another: trackers would not know it by the ids that they gave (BEP 15).
  /// While nothing is pending.
  void forget_connections();

  void on_datagram(Bytes datagram, const Endpoint& from, Instant now);
  void on_deadline(Instant now);

  std::optional<Event> next_event();
  std::optional<Instant> deadline() const;
  /// Requests not yet answered.
  std::size_t pending() const { return requests_.size(); }

 private:
  /// 15 * 2^n s after the last packet of this kind, n counted since the last answer.
  struct Retry {
    Instant at = never;
    int sent = 0;
  };
  struct Tracker {
    std::optional<std::uint64_t> connection;
    Instant connected{};                       ///< when the id came
    std::optional<std::uint32_t> transaction;  ///< of the connect under way
    Retry retry;
  };
  struct Request {
    Endpoint to;
    Instant made{};
    Instant give_up{};
    std::uint32_t transaction = 0;
    bool asking = false;       ///< sent with an id; else waits for one
    bool stale_retry = false;  ///< a new id was asked for once because of an error packet
    Retry retry;
    std::variant<AnnounceRequest, std::vector<Sha1>> what;
    std::string url_data;
  };
  using Requests = std::map<RequestId, Request>;

  void add(RequestId id, Request request, Instant now);
  void ask(Request& request, Instant now);
  void ask_or_connect(Request& request, Instant now);
  void connect(Tracker& tracker, const Endpoint& to, Instant now);
  void forget_connection(Tracker& tracker);
  void on_connected(Tracker& tracker, const Endpoint& to, Bytes datagram, Instant now);
  void on_connect_refused(Tracker& tracker, const Endpoint& to, Bytes datagram);
  std::map<Endpoint, Tracker>::iterator asked(const Endpoint& from, std::uint32_t transaction);
  void on_reply(Requests::iterator found, Bytes datagram, const Endpoint& from, Instant now);
  bool was_stale(Request& request, Bytes datagram, Instant now);
  void finish(Requests::iterator found, const Fault& fault);
  void finish(Requests::iterator found, const Refusal& refusal);
  void give_up(Instant now);
  void drop_expired(Instant now);
  bool usable(const Tracker& tracker, Instant now) const;
  bool waited_for(const Endpoint& to) const;
  std::uint32_t new_transaction();

  Rng rng_;
  Options options_;
  std::map<Endpoint, Tracker> trackers_;
  Requests requests_;
  std::deque<Event> events_;
};

}  // namespace seed::tracker
