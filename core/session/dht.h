// Dht: joins the two nodes of the DHT, of IPv4 and of IPv6 (BEP 5, BEP 32), to the World: their
// datagrams, where they begin, what is kept of them, and when a torrent looks for peers.
//
//   want(torrent) --its turn--> searching on each node --PeersFound--> owner
//        ^                          |
//        +---- again_after(...) ----+
//
// When a torrent may search is here, how it is done is the node's, which holds to a rate: ten
// thousand torrents take their turns over the time that they have. A torrent that is gone or
// private finds nothing, which is normal.
//
// What the user asks of the DHT itself is DhtOrders'; here it only gets to the nodes.
//
// Bounds: a search a torrent and family at a time; those of DhtOrders; the node's own for all else.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "config/settings.h"
#include "core/base/deadline_queue.h"
#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/dht/node.h"
#include "core/io/world.h"
#include "core/log/logger.h"
#include "core/session/dht_orders.h"

namespace seed::session {

/// What a torrent looks for.
struct DhtWish {
  Sha1 info_hash;
  std::optional<Sha1> info_hash_v2{};  ///< a hybrid's other one, whose peers are others (BEP 52)
  bool seed = false;                   ///< it has all: rather no seeds, and no hurry
  bool starved = false;                ///< it has nobody to speak to
};

/// The session, as the DHT needs it.
class DhtOwner {
 public:
  virtual ~DhtOwner() = default;
  /// Nothing when it wants no peers of the DHT (any more): it rests, or is private.
  virtual std::optional<DhtWish> dht_wish(TorrentId torrent) = 0;
  /// `by_v2`: they were announced by the second hash of a hybrid.
  virtual void on_dht_peers(TorrentId torrent, std::span<const Endpoint> peers, bool by_v2) = 0;
  /// Nobody is to have to do with that address.
  virtual bool turns_away(const IpAddress& address) = 0;
  /// Where peers of that address's family connect to; 0 while nobody can.
  virtual std::uint16_t listen_port(const IpAddress& remote) = 0;
  /// So the nodes that were asked see us.
  virtual void on_own_address(const IpAddress& address) = 0;
  /// The router has told that port of IPv4; else the one that our datagrams come from may be the
  /// right one.
  virtual bool port_is_mapped() = 0;
  /// What is to be kept is another.
  virtual void keep_dht(const std::string& name, Buffer value) = 0;
};

class Dht {
 public:
  /// Nodes expire an announce after 30 min (BEP 5 clients re-announce at 15); a seed needs nobody.
  static constexpr Duration again_after = 15min;
  static constexpr Duration seed_again_after = 28min;
  /// Nobody was found, or nobody could be asked, and the torrent has nobody to speak to; twice as
  /// long each time, up to again_after, for dead torrents must not take the turns of others.
  static constexpr Duration starved_again_after = 2min;
  /// Seeds begin within this time after a start, so that those who download find first.
  static constexpr Duration seeds_begin_within = 15min;
  static constexpr Duration begin_within = 5s;
  /// The table is saved so often.
  static constexpr Duration saved_every = 10min;
  /// Names of routers are looked up again after so long while none could be, and twice as long each
  /// time.
  static constexpr Duration lookup_again_after = 1min;
  static constexpr Duration lookup_again_after_max = 1h;
  /// Before the names under which a node of each family is kept.
  static constexpr std::string_view kept_prefix = "dht/";

  Dht(io::World world, Rng rng, DhtOwner& owner, log::Logger log);
  ~Dht();
  Dht(const Dht&) = delete;
  Dht& operator=(const Dht&) = delete;

  /// What was kept of an earlier run; before configure().
  void load(const std::string& name, Bytes value);
  struct Sockets {
    io::UdpSocket* v4 = nullptr;  ///< a family without one has no node
    io::UdpSocket* v6 = nullptr;
    bool reachable = true;  ///< else nodes are told that we only ask (BEP 43)
  };
  /// Begins, or ends, or asks other routers.
  void configure(const config::Settings& settings, const Sockets& sockets, Instant now);
  /// As a router tells our address of IPv4; nothing: nodes are believed (BEP 42).
  void set_external(const std::optional<IpAddress>& address, Instant now);
  /// Saves the tables and ends.
  void close();

  /// True when the datagram is one of the DHT's.
  static bool owns_datagram(Bytes datagram);
  void on_datagram(Bytes datagram, const Endpoint& from, Instant now);
  /// A node may be there: a PORT message, a torrent's `nodes`.
  void on_node_named(const Endpoint& endpoint, Instant now);
  /// The torrent may want peers now, or none any more.
  void consider(TorrentId torrent, Instant now);
  /// The user asks for peers now.
  void hurry(TorrentId torrent, Instant now);
  // --- orders of the user, see session.h
  void get(const DhtGetOrder& order, OrderAnswer<DhtItem> answer, Instant now);
  void put(DhtPutOrder order, OrderAnswer<DhtPutReply> answer, Instant now);
  void scrape(const Sha1& info_hash, OrderAnswer<DhtScrapeReply> answer, Instant now);
  void on_deadline(Instant now);
  Instant deadline() const;

  bool running() const { return nodes_[0] || nodes_[1]; }
  /// Good and questionable ones.
  std::size_t nodes() const;

 private:
  /// A torrent's searches, of both families and for all its hashes.
  struct Searching {
    std::vector<std::pair<dht::Family, dht::SearchId>> ids{};
    std::size_t open = 0;
    std::size_t found = 0;
    std::size_t stored_on = 0;
  };
  struct Asked {
    TorrentId torrent;
    bool by_v2 = false;
  };
  using Nodes = std::array<std::unique_ptr<dht::Node>, 2>;

  void begin(dht::Family family, Instant now);
  void end(dht::Family family);
  void save(dht::Family family, Instant now);
  void look_up_routers(Instant now);
  void bootstrap(std::span<const Endpoint> routers, Instant now);
  void begin_search(TorrentId torrent, Instant now);
  void search_for(TorrentId torrent, const DhtWish& wish, bool by_v2, bool urgent, Instant now);
  void drain(Instant now);
  bool drain_nodes(Instant now);
  bool carry_orders(Instant now);
  DhtOrders::Running running_nodes() const { return {nodes_[0] != nullptr, nodes_[1] != nullptr}; }
  void on(dht::Family family, dht::NodeEvent& event, Instant now);
  void on_done(dht::Family family, const dht::SearchDone& done, Instant now);
  void on_found(dht::Family family, const dht::PeersFound& found);
  void end_searches(TorrentId torrent, Instant now);
  void on_searched(TorrentId torrent, const Searching& result, Instant now);
  io::UdpSocket* socket(dht::Family family) const;

  io::World world_;
  Rng rng_;
  DhtOwner& owner_;
  log::Logger log_;
  Nodes nodes_;
  std::array<std::optional<dht::Node::Saved>, 2> saved_;
  std::array<io::UdpSocket*, 2> sockets_{};
  bool reachable_ = true;
  std::optional<IpAddress> external_;
  std::vector<std::string> router_names_;
  std::vector<Endpoint> routers_;  ///< as far as they were found
  std::vector<LookupId> lookups_;
  Instant look_up_at_ = never;
  Duration look_up_pause_ = lookup_again_after;
  Instant save_at_ = never;
  DeadlineQueue<TorrentId, SlotIdHash<struct TorrentTag>> due_;
  std::map<TorrentId, Searching> searching_;
  std::set<TorrentId> urgent_;                    ///< whose next search goes before others
  std::map<TorrentId, Duration> starved_pauses_;  ///< the last one
  std::array<std::map<dht::SearchId, Asked>, 2> asked_;
  std::uint64_t next_search_ = 1;
  DhtOrders orders_;
};

}  // namespace seed::session
