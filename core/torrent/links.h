// Links: a torrent's links from candidate to grave: whom to dial, whom to keep, when each reads,
// flushes and waits for its rate limit, and what is learned of an address when its link is gone.
//
// Owns the links, the candidates and the torrent's rate limits. What the peers say goes on to the
// owner, event by event. Bounds: the option peer_limit; limits::candidates_max; half of the block
// memory for blocks of one torrent, so that a slow disk does not stop the other disks.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/log/logger.h"
#include "core/peer/connection.h"
#include "core/swarm/candidates.h"
#include "core/torrent/allowance.h"
#include "core/torrent/host.h"
#include "core/torrent/link_table.h"
#include "core/torrent/peer_link.h"
#include "core/torrent/record.h"

namespace seed::torrent {

/// Why links end that did nothing wrong: Candidates does not dial such peers again.
inline constexpr std::string_view nothing_to_trade = "both sides have everything";

/// Why a link ends that stood in another's way: Candidates dials others before it.
inline constexpr std::string_view gave_nothing = "gave nothing and took nothing while others wait";

/// Why links end that are to be linked again by another way.
inline constexpr std::string_view another_way = "it is reached by another way from now on";

/// Why links end that the session has come to turn away.
inline constexpr std::string_view on_blocklist = "the address is on the blocklist";

/// What becomes of an address whose dial has failed.
swarm::DialFailure failure_of(const Fault& why, bool connected, bool other_way_left = false);
/// What becomes of an address whose link was open.
swarm::CloseKind close_kind_of(const Fault& why);

/// The torrent, as its links need it.
class LinksOwner {
 public:
  virtual ~LinksOwner() = default;
  /// One event of a connection; the link may be ended by it, never destroyed.
  virtual void on_link_event(PeerLink& link, peer::Event&& event) = 0;
  /// Nobody may keep anything of it: it is destroyed next.
  virtual void on_link_gone(PeerLink& link) = 0;
  /// deadline() has moved.
  virtual void on_links_deadline() = 0;
  /// Octets of this torrent's blocks in memory.
  virtual std::uint64_t block_bytes() const = 0;
};

class Links final : private LinkOwner {
 public:
  /// However many links wait for one bucket, it is not asked more often than this.
  static constexpr Duration held_min = 1ms;
  /// Torrents that wait for one limit ask by lot: within this long those of high priority, within
  /// twice and four times this long those of normal and low.
  static constexpr Duration held_lot = 5ms;

  /// A link is of use for as long after its last payload, or its beginning.
  static constexpr Duration useless_after = 2min;
  static constexpr Duration turnover_every = 5s;

  /// All of it outlives the links. `record` says what the user wants of them.
  Links(Environment& environment, TorrentId id, const TorrentRecord& record, LinksOwner& owner,
        Rng rng);

  // --- facts
  LinkTable& table() { return table_; }
  const LinkTable& table() const { return table_; }
  swarm::Candidates& candidates() { return candidates_; }
  const swarm::Candidates& candidates() const { return candidates_; }
  Allowance& limits() { return allowance_; }
  const Allowance& limits() const { return allowance_; }
  std::size_t size() const { return table_.size(); }
  /// There is room for one more, and memory for what it brings.
  bool want_more() const;
  /// A peer that comes: there is a place for it, and for one more of its address. While all are
  /// taken, one is made when it may be (see make_room).
  bool admits(const Endpoint& remote);
  /// When links that are held back may go on.
  Instant deadline() const { return held_until_; }

  /// Where the world sees us over that family: we do not dial ourselves.
  void set_own(const Endpoint& own);
  const std::optional<Endpoint>& own_v4() const { return own_v4_; }
  const std::optional<Endpoint>& own_v6() const { return own_v6_; }

  // --- opening
  /// Whom to dial now; nobody is reserved by asking.
  std::optional<swarm::Candidate> next_to_dial(Instant now);
  /// `local` needs no remote. A dial that fails at once ends its link, as one that fails later.
  void dial(const swarm::Candidate& candidate, peer::Local local, Rng rng, io::Dialer& dialer,
            const io::DialOptions& options);
  /// An incoming link whose handshake named this torrent; nullptr, and it ends, when the peer is
  /// banned. It is then to be accepted by the connection, and opened.
  PeerLink* adopt(std::unique_ptr<PeerLink> link);
  /// What a peer is told when its link opens.
  struct Opening {
    const PeerId& ours;
    const Bitfield& have;
    bool done = false;
  };
  /// Its handshake is there. False, and it ends: it is a second link to that peer, or to ourselves.
  bool open(PeerLink& link, const PeerId& theirs, const Opening& opening);
  /// The peer's extended handshake is there.
  void learn(PeerLink& link, const wire::ExtendedHandshake& handshake);

  // --- while they are open
  void mark_dirty(PeerLink& link) { on_link_dirty(link); }
  void mark_all_dirty();
  /// Tells all of a piece that is had now.
  void have(PieceIndex piece, Instant now);
  /// BEP 54: tells all that it is had no more.
  void take_back(PieceIndex piece, Instant now);
  /// Tells all of IPv4 at which port we are reached now.
  void tell_port(std::uint16_t port, Instant now);
  /// BEP 21: tells all that nothing, or something again, is wanted of them.
  void set_upload_only(bool on, Instant now);
  /// The memory and the workers take blocks. If not, held reads go on by resume_reading().
  bool may_read();
  /// Memory may be free again: then held reads go on.
  void resume_reading();
  void set_limits(const config::TorrentOptions& options, Instant now);
  void on_deadline(Instant now);
  /// Ends one link of no use when all places are taken and somebody waits for one: a peer that was
  /// refused, or a candidate. Once in `turnover_every`. Those beyond the limit end at once.
  void make_room(bool seeding, Instant now);
  /// Ends so many for other torrents: those that have been of no use for longest.
  void give_way(std::size_t count);
  /// There is somebody to dial, and a place.
  bool could_dial(Instant now) { return want_more() && next_to_dial(now).has_value(); }
  /// Nothing may be received, or sent: a limit is 0.
  bool download_shut() const { return allowance_.shut(Direction::down); }
  bool upload_shut() const { return allowance_.shut(Direction::up); }
  /// Their own deadlines.
  void on_tick(Instant now);
  /// `serve(link)` before each dirty one is flushed. True: some have ended, reap() is due.
  template <typename Serve>
  bool on_turn_end(Instant now, Serve&& serve) {
    bool ended = false;
    for (const LinkId id : take_dirty()) {
      PeerLink* link = table_.find(id);
      if (link == nullptr) {
        ended = true;
        continue;
      }
      serve(*link);
      link->flush(now);
      count_unsent(*link);
      sent_ += link->take_sent();
    }
    return ended;
  }

  /// Octets of payload that streams were given since the last call.
  std::uint64_t take_sent() { return std::exchange(sent_, 0); }

  // --- ending
  /// When neither side can ever want anything of the other.
  void end_if_useless(PeerLink& link);
  void end_all(const std::string& why);
  /// Those of which not all is encrypted.
  void end_plain();
  /// Those that the session turns away now.
  void end_blocked();
  /// Bans these addresses and ends their links.
  void ban(std::span<const IpAddress> guilty);
  /// Destroys those that have ended; false when there were none.
  bool reap(Instant now);

 private:
  void on_link_event(PeerLink& link, peer::Event&& event) override;
  void on_link_connected(PeerLink& link) override;
  bool link_may_read(PeerLink& link) override;
  void on_link_held(PeerLink& link, Instant when) override;
  void on_link_dirty(PeerLink& link) override;

  /// The memory and the workers take blocks, and would take `spare` octets more.
  bool takes_blocks(std::uint64_t spare) const;
  bool has_room() const { return size() < static_cast<std::size_t>(record_.options.peer_limit); }
  bool gives_way(const PeerLink& first, const PeerLink& second, bool we_are_smaller) const;
  PeerLink& insert(std::unique_ptr<PeerLink> link);
  std::vector<LinkId> take_dirty();
  void begin_with_another(std::vector<LinkId>& links);
  Duration draw_lot();
  void retire(PeerLink& link, Instant now);
  bool full_for(const IpAddress& address) const;
  std::vector<PeerLink*> least_useful_first();
  void count_unsent(PeerLink& link);
  Instant now() const { return environment_.world.clock.now(); }

  Environment& environment_;
  TorrentId id_;
  const TorrentRecord& record_;
  LinksOwner& owner_;
  log::Logger log_;
  Rng rng_;
  Allowance allowance_;
  swarm::Candidates candidates_;
  std::optional<Endpoint> own_v4_;
  std::optional<Endpoint> own_v6_;
  LinkTable table_;
  std::vector<LinkId> dirty_;
  std::uint64_t sent_ = 0;
  bool told_dirty_ = false;
  bool reading_held_ = false;
  Instant turnover_at_{};
  bool refused_one_ = false;  ///< for want of room
  Instant held_until_ = never;
  Duration lot_{};         ///< drawn for held_until_
  std::size_t turns_ = 0;  ///< so that another link is the first each time
};

}  // namespace seed::torrent
