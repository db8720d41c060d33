// Lookup: one iterative search for the nodes closest to a target (BEP 5, "Overview"), without the
// datagrams: it says whom to ask next and is told what came of it.
//
//   fresh --next_to_ask()--> asked --on_slow()--> slow
//                              |                   |
//                              +-- on_answer() ----+--> answered
//                              +-- on_failure() ---+--> failed
//
// Three are asked at a time; who is slow does not count, as long as no more than five are open. It
// is done when the 8 closest that did not fail have answered, and each of these has told of all
// that it knows around there: it has named somebody further away than the 8th. Where many are dead
// all that is near name the same eight, of whom some are dead, and not the next ones. Who has named
// but these is asked aside: for the nodes closest to itself, of whom it knows more than anybody.
//
// Each holder (core/dht/holder.h) has one place, so a liar with many ids at one address has one.
// Whose answer has another id than it was named with stands at that id.
//
// Suspects are asked only in passing, do not keep the lookup open and come last in the result:
//   - an id that is closer than one of the network's nodes happens to be, and that its address may
//     not have (BEP 42; BEP 42 leaves those out of the count, too),
//   - who turns out to be closer than it was named, for then it has chosen its id,
//   - who was named only by nodes of whose other names many were dead or had other ids, and few
//     were right.
// Private addresses are taken only from nodes that have one themselves.
//
// Bounds: the constants below.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/instant.h"
#include "core/dht/node_contact.h"
#include "core/dht/node_id.h"

namespace seed::dht {

class Lookup {
 public:
  /// BEP 5: "the K (8) closest".
  static constexpr std::size_t results_max = 8;
  /// Nodes kept. Beyond: the one furthest from the target is forgotten.
  static constexpr std::size_t candidates_max = 100;
  /// Nodes asked in all; a lookup in a network of ten million takes some 30. Beyond: it ends.
  static constexpr std::size_t asked_max = 200;
  /// Nodes taken of one answer; BEP 5 has 8, some send more. Beyond: left out.
  static constexpr std::size_t nodes_per_answer_max = 16;
  /// Octets of a token; others' have 4 to 20. Beyond: as if there were none.
  static constexpr std::size_t token_bytes_max = 128;
  /// Suspects kept, and asked, one at a time. Beyond: the furthest is forgotten; not asked.
  static constexpr std::size_t suspects_max = 16;
  static constexpr std::size_t suspects_asked_max = 8;
  /// Endpoints of one holder that are tried, for who is named at a wrong one. Beyond: left out.
  static constexpr std::size_t tries_max = 3;
  /// Of those that named a node, remembered: some tell enough.
  static constexpr std::size_t named_by_max = 4;
  /// So many of those that it named are wrong before one is a liar, and as many more for each that
  /// is right: of an honest one's a third are dead at the worst.
  static constexpr std::size_t wrong_names_max = 4;

  struct Options {
    /// Asked at a time (Kademlia's alpha).
    std::size_t parallel = 3;
    /// The same with those that are slow.
    std::size_t open_max = 5;
    /// An id that shares that many bits with the target is suspect. In a network of 2^n nodes one
    /// in 2^(bits - n) lookups meets one by chance; ten million nodes are 2^23.
    int natural_prefix_bits = 32;
    /// Questions aside. Beyond: what has answered is the result. Where a third of what is named is
    /// dead all eight are found in 99 of a hundred lookups; by asking 16 more instead, in 86.
    std::size_t asides_max = 16;
    /// Ours, which is not asked.
    std::optional<NodeId> own{};
  };
  struct WithToken {
    NodeContact contact;
    Buffer token;
    bool operator==(const WithToken&) const = default;
  };
  /// A question for the nodes closest to another point than the target.
  struct Aside {
    NodeContact to;
    NodeId point;
    bool operator==(const Aside&) const = default;
  };
  struct Statistics {
    std::size_t asked = 0;  ///< aside not counted
    std::size_t answered = 0;
    std::size_t failed = 0;
    std::size_t slow = 0;  ///< at some time
    std::size_t asides = 0;
    /// From the start to the furthest of the result: 1 when the nodes begun with are the result.
    std::size_t hops = 0;
    Duration took{};  ///< from the first question to the last answer
  };

  explicit Lookup(const NodeId& target) : Lookup(target, Options{}) {}
  Lookup(const NodeId& target, const Options& options) : target_(target), options_(options) {}

  /// Nodes to begin with.
  void start(std::span<const NodeContact> nodes);
  /// One whose id we do not know, as of the public routers.
  void start(const Endpoint& endpoint);

  /// Whom to ask now: send it a query, and tell what comes of it by one on_answer() or
  /// on_failure(). Nothing: wait for one of these, or done().
  std::optional<NodeContact> next_to_ask(Instant now);
  /// `from` with the id it answered with. `token` empty for none. Who was not asked is ignored.
  void on_answer(const NodeContact& from, std::span<const NodeContact> nodes, Bytes token,
                 Instant now);
  /// It takes longer than most: ask another meanwhile.
  void on_slow(const Endpoint& endpoint);
  /// No answer in time, or an error.
  void on_failure(const Endpoint& endpoint);

  /// Whom to ask aside now, when next_to_ask() has nobody; to be followed by one on_aside() or
  /// on_aside_failure().
  std::optional<Aside> next_aside();
  void on_aside(const NodeContact& from, std::span<const NodeContact> nodes);
  /// It takes longer than most, and is not waited for any more.
  void on_aside_slow(const Endpoint& endpoint);
  void on_aside_failure(const Endpoint& endpoint);

  bool done() const;
  const NodeId& target() const { return target_; }
  /// The closest that have answered, the closest first.
  std::vector<NodeContact> closest(std::size_t count = results_max) const;
  /// The closest that have answered with a token.
  std::vector<WithToken> closest_with_token(std::size_t count = results_max) const;
  Statistics statistics() const;

 private:
  enum class State : std::uint8_t { fresh, asked, slow, answered, failed };
  enum class AsideState : std::uint8_t { idle, asked, slow, over };
  /// Who has named others, and what became of those.
  struct Informant {
    std::size_t wrong = 0;  ///< dead, or of another id
    std::size_t right = 0;
  };
  /// A node as it was named.
  struct Naming {
    NodeContact contact;
    std::size_t informant = 0;  ///< row of informants_
  };
  struct Candidate {
    NodeContact contact;
    NodeId away;  ///< distance to the target
    State state = State::fresh;
    bool id_known = true;
    bool chose_id = false;  ///< answered with an id closer than it was named with
    std::size_t hop = 1;
    std::size_t tries = 1;
    std::vector<std::size_t> named_by;  ///< rows of informants_; none: begun with
    std::optional<Naming> otherwise;    ///< how another has named the same holder
    std::size_t informant = 0;          ///< row of informants_, when it has answered
    std::optional<NodeId> horizon;      ///< distance of the furthest it named, if that were eight
    AsideState aside = AsideState::idle;
    Buffer token;
    bool open() const { return state == State::asked || state == State::slow; }
  };
  /// What stands between now and the end.
  struct Progress {
    std::optional<std::size_t> next;   ///< row of candidates_ to ask
    std::optional<std::size_t> aside;  ///< row of candidates_ to ask aside
    bool waiting = false;              ///< for one that is asked
    bool complete = false;             ///< the results are there
  };

  void add(const NodeContact& contact, std::size_t hop, std::optional<std::size_t> informant);
  void name_again(Candidate& present, const Naming& naming);
  void try_otherwise(Candidate& present);
  void was_wrong(const std::vector<std::size_t>& informants);
  void insert(Candidate candidate);
  void trim();
  Candidate* find_open(const Endpoint& endpoint);
  Candidate* find_aside(const Endpoint& endpoint);
  std::size_t count_open(bool with_slow) const;
  bool unnatural(const Candidate& candidate) const;
  bool suspect(const Candidate& candidate) const;
  bool liar(std::size_t informant) const;
  Progress progress() const;
  void plan_aside(const std::vector<std::size_t>& results, Progress& progress) const;
  void add_named(const NodeContact& by, std::span<const NodeContact> nodes, std::size_t hop,
                 std::size_t informant);
  std::optional<std::size_t> next_suspect() const;
  bool suspect_open() const;
  std::vector<const Candidate*> results(bool with_token, std::size_t count) const;

  NodeId target_;
  Options options_;
  std::vector<Candidate> candidates_;  ///< by distance
  std::set<Endpoint> asked_;
  std::vector<Informant> informants_;  ///< in the order in which they answered
  Statistics statistics_;
  std::size_t suspects_asked_ = 0;
  Instant began_{};
};

}  // namespace seed::dht
