// Candidates: addresses of one torrent's peers, which of them to dial next, and what became of it.
//
//   idle -> dialing -> connected -> idle       (failed: idle after a back-off of 1, 2, 4 .. 60 min)
//
// Ranked: fewest failures, then source, then canonical priority (BEP 40, higher first). While we
// seed, known seeds are passed over. Bounds: limits::candidates_max addresses that are not
// connected or dialing (the worst gives way), banned_max bans (the oldest gives way). All calls
// O(log n) but ban, set_own and set_seeding, which are O(n).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/base/endpoint.h"
#include "core/base/fifo.h"
#include "core/base/instant.h"
#include "core/base/limits.h"
#include "core/base/rng.h"

namespace seed::swarm {

/// Where an address came from, the most trusted first.
enum class Source : std::uint8_t { manual, incoming, ltep, resume, tracker, lsd, pex, dht };

/// What was said of a peer (BEP 11's flags, or our own experience).
struct CandidateFlags {
  bool seed = false;        ///< has everything, or only uploads
  bool encryption = false;  ///< prefers encryption
  bool utp = false;         ///< speaks uTP
  bool v2 = false;          ///< was found by the second hash of a hybrid (BEP 52)
  bool operator==(const CandidateFlags&) const = default;
};

/// One address, also as it is saved for a restart.
struct Candidate {
  Endpoint endpoint;
  Source source = Source::tracker;
  CandidateFlags flags;
  std::uint32_t failures = 0;  ///< in a row
  bool was_good = false;       ///< we once had a good link to it
  /// A handshake begun the usual way came to nothing: the next one begins encrypted if that was in
  /// plain, in plain if it was encrypted. Not saved.
  bool other_way = false;
  bool operator==(const Candidate&) const = default;
};

enum class DialFailure : std::uint8_t {
  unreachable,  ///< refused, timed out, no route
  protocol,     ///< connected, but the handshake failed or was for another torrent
  mute,         ///< no handshake came, and there is another way to begin one: dialled again at once
  ourselves,    ///< our own peer id answered: never again
  doublet,      ///< that peer is linked already, at another address or because it dialled us
  local,        ///< we had no file descriptor, or stopped: nobody's fault
  cut,          ///< our own network went away: as local, but soon
};

enum class CloseKind : std::uint8_t {
  good,     ///< it served or could have; dial again after a pause
  bad,      ///< it broke the protocol or gave nothing: as a failure
  useless,  ///< both have everything: only when something changes
  doublet,  ///< that peer has another link: later, for that may be gone then
  renewed,  ///< we ended it to link again by another way: at once
  cut,      ///< our own network went away: dial again as soon as it is there
};

/// What on_incoming or on_listen_port found.
enum class Known : std::uint8_t {
  fresh,    ///< not known before, or known and idle: it counts as connected now
  doublet,  ///< a link or a dial to the same peer is under way: the driver keeps one
  refused,  ///< banned, or it is our own address
};

class Candidates {
 public:
  static constexpr Duration back_off_min = 1min;
  static constexpr Duration back_off_max = 60min;
  /// After a good link was closed.
  static constexpr Duration redial_pause = 1min;
  static constexpr Duration local_pause = 5s;
  /// After our own network went: whoever dials waits until it is there.
  static constexpr Duration cut_pause = 300ms;
  /// Tries after that which do not count: to its peer the old link may live for some seconds, and
  /// the new one is a doublet.
  static constexpr std::uint8_t cut_tries = 4;
  static constexpr Duration cut_retry = 2s;
  /// For a peer that was linked twice.
  static constexpr Duration doublet_pause = 10min;
  static constexpr std::size_t banned_max = 10'000;
  static constexpr std::size_t ours_max = 16;

  explicit Candidates(Rng rng, std::size_t idle_max = limits::candidates_max);

  /// Our own addresses as the world sees them, with the listening port: for BEP 40, and so that we
  /// do not dial ourselves. Either may be missing.
  void set_own(std::optional<Endpoint> v4, std::optional<Endpoint> v6);
  /// Addresses of a family that is off are not taken, and forgotten unless there is a link.
  void set_families(bool v4, bool v6);
  /// While set, next_to_dial leaves out seeds.
  void set_seeding(bool seeding);

  /// False when it was not taken: banned, ourselves, no port, no unicast address, or worse than all
  /// of a full table. Known ones learn: flags join, the better source counts.
  bool add(const Endpoint& endpoint, Source source, CandidateFlags flags, Instant now);
  /// The best one that may be dialled at `now`; it stays until on_dialing.
  std::optional<Candidate> next_to_dial(Instant now);
  /// One that is to be dialled now, whatever its rank and however often it failed (BEP 55): known
  /// from here on if it was not. Nothing when it is linked, being dialled, or not acceptable.
  std::optional<Candidate> to_dial_now(const Endpoint& endpoint, Instant now);
  /// When next_to_dial may have an answer again; `never` when there is nobody idle to wait for.
  Instant next_due(Instant now) const;

  void on_dialing(const Endpoint& endpoint);
  /// From on_dialing() to on_connected() or on_failed().
  bool is_dialing(const Endpoint& endpoint) const;
  void on_connected(const Endpoint& endpoint);
  void on_failed(const Endpoint& endpoint, DialFailure why, Instant now);
  /// Who could not be reached may be dialled again at once: we have another network. O(n).
  void forgive(Instant now);
  /// Somebody dialled us from `remote`, whose port is not the one it listens at.
  Known on_incoming(const Endpoint& remote);
  /// The extension handshake of the link from `remote` named its listening port (BEP 10, `p`).
  /// `doublet`: that candidate is connected or being dialled already; `remote` stays connected
  /// until on_closed.
  Known on_listen_port(const Endpoint& remote, std::uint16_t port);
  /// For dialled and incoming links alike, by the address the link has. An incoming one without a
  /// known listening port is forgotten.
  void on_closed(const Endpoint& remote, CloseKind kind, Instant now);
  /// What a live link told: it is (or is no longer) a seed.
  void set_flags(const Endpoint& remote, CandidateFlags flags);

  /// Drops one that is neither connected nor dialled.
  void forget(const Endpoint& endpoint);
  /// Drops all that are neither connected nor dialled and came from such a source. O(n).
  void forget_those(bool (*is_such)(Source));
  /// Drops what is known at this address and refuses it from now on.
  void ban(const IpAddress& address);
  bool banned(const IpAddress& address) const { return banned_.contains(address); }

  std::size_t size() const { return entries_.size(); }
  std::size_t idle_count() const { return idle_.size(); }
  /// The best `count` addresses in order of rank, connected ones first: for resume.
  std::vector<Candidate> save(std::size_t count) const;
  void load(std::span<const Candidate> saved, Instant now);

 private:
  enum class State : std::uint8_t { ready, waiting, parked, dialing, connected };
  struct Entry {
    Candidate facts;
    State state = State::dialing;
    std::uint32_t priority = 0;      ///< BEP 40, or dice while we do not know our address
    Instant due{};                   ///< when a waiting one may be dialled
    std::uint8_t spared = 0;         ///< failures that will not count
    bool ephemeral = false;          ///< an incoming link's own port: nobody listens there
    std::optional<Endpoint> remote;  ///< the incoming link that turned out to be this peer

    bool idle() const { return state <= State::parked; }
  };
  /// Smaller is better.
  struct Rank {
    bool parked = false;
    std::uint32_t failures = 0;
    bool unproved = true;  ///< we never had a good link to it
    Source source = Source::tracker;
    std::uint32_t priority_inverse = 0;
    Endpoint endpoint;
    auto operator<=>(const Rank&) const = default;
  };

  static Rank rank_of(const Entry& entry);
  const Endpoint* own_for(const Endpoint& peer) const;
  bool acceptable(const Endpoint& endpoint) const;
  Entry& make_entry(const Endpoint& endpoint, Source source);
  Entry* find_link(const Endpoint& remote);
  void unfile(Entry& entry);
  void file(Entry& entry, Instant now, Instant due, bool parked = false);
  void busy(Entry& entry, State state);
  void fail(Entry& entry, Instant now);
  bool spare(Entry& entry, Instant now);
  void drop(const Endpoint& endpoint);
  void promote_due(Instant now);
  bool evict_for(const Rank& newcomer);
  Duration jittered(Duration around);

  Rng rng_;
  std::size_t idle_max_;
  bool v4_ = true;
  bool v6_ = true;
  bool seeding_ = false;
  std::optional<Endpoint> own_v4_;
  std::optional<Endpoint> own_v6_;
  Fifo<Endpoint> ours_;  ///< where our own peer id answered
  std::unordered_map<Endpoint, Entry, EndpointHash> entries_;
  std::set<Rank> idle_;   ///< all idle ones: the last gives way first
  std::set<Rank> ready_;  ///< those of them that may be dialled
  std::set<std::pair<Instant, Endpoint>> waiting_;
  std::unordered_map<Endpoint, Endpoint, EndpointHash> listen_of_;  ///< by incoming remote
  std::unordered_set<IpAddress, EndpointHash> banned_;
  Fifo<IpAddress> banned_order_;
};

}  // namespace seed::swarm
