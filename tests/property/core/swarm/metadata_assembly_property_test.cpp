// Any mix of honest, lying, silent, refusing and slow peers, over drawn delays: if one honest peer
// stays, the right metadata comes within a bound of time, and no honest peer is ever named.
#include <algorithm>
#include <map>
#include <set>

#include "core/base/digest.h"
#include "core/base/rng.h"
#include "core/swarm/metadata_assembly.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::swarm;

namespace {

using Taken = MetadataAssembly::Taken;

enum class Kind : std::uint8_t { honest, forger, sizer, silent, refuser, contrary, fickle };

struct Actor {
  Kind kind = Kind::honest;
  std::uint32_t size = 0;  ///< that it tells
  Duration delay = 0s;
  std::uint8_t lie = 0;
};
struct Answer {
  LinkId peer;
  std::uint32_t piece = 0;
  bool reject = false;
};

/// A swarm of actors around one assembly.
struct Swarm {
  explicit Swarm(std::uint64_t seed) : dice(seed), assembly(Rng(seed + 1)) {
    truth.resize(1 + dice.below(40 * metadata_piece_bytes));
    dice.fill(truth);
  }

  Rng dice;
  MetadataAssembly assembly;
  Buffer truth;
  Instant now{1000s};
  std::map<LinkId, Actor> actors;
  std::multimap<Instant, Answer> answers;
  std::map<LinkId, std::size_t> outstanding;
  std::set<LinkId> named;
  std::map<LinkId, Kind> kinds;  ///< of those that have gone too
  std::uint32_t next_link = 1;

  Kind drawn_kind(int honest_percent) {
    if (dice.below(100) < static_cast<std::uint64_t>(honest_percent)) return Kind::honest;
    return static_cast<Kind>(1 + dice.below(6));
  }
  void arrive(Kind kind) {
    const LinkId id{next_link++, 1};
    Actor actor;
    actor.kind = kind;
    actor.size = static_cast<std::uint32_t>(truth.size());
    actor.lie = static_cast<std::uint8_t>(1 + dice.below(255));
    if (kind == Kind::sizer)
      actor.size = static_cast<std::uint32_t>(1 + dice.below(limits::metadata_bytes_max));
    actor.delay = dice.between(10ms, dice.below(4) == 0 ? Duration(5s) : Duration(300ms));
    actors.emplace(id, actor);
    kinds.emplace(id, kind);
    assembly.on_peer(id, IpAddress::v4(id.slot), actor.size, now);
  }
  void leave(LinkId id) {
    actors.erase(id);
    assembly.on_gone(id, now);
  }

  void settle() {
    while (const auto request = assembly.next_request(now)) ask(*request);
    while (auto pieces = assembly.take_whole()) {
      Buffer whole;
      for (const Buffer& piece : *pieces) whole.insert(whole.end(), piece.begin(), piece.end());
      for (const auto& liar : assembly.on_hashed(whole == truth, now)) {
        REQUIRE(liar.address == IpAddress::v4(liar.peer.slot));
        named.insert(liar.peer);
      }
      while (const auto request = assembly.next_request(now)) ask(*request);
    }
    REQUIRE(assembly.bytes_held() <= MetadataAssembly::held_bytes_max);
  }
  void ask(const MetadataAssembly::Request& request) {
    REQUIRE(actors.contains(request.peer));
    const Actor& actor = actors.at(request.peer);
    REQUIRE(request.piece * std::uint64_t{metadata_piece_bytes} < actor.size);
    if (actor.kind == Kind::silent) return;
    if (actor.kind == Kind::fickle && dice.below(2) == 0) return;
    const bool reject = actor.kind == Kind::refuser || dice.below(200) == 0;
    REQUIRE(++outstanding[request.peer] <= MetadataAssembly::outstanding_max);
    answers.emplace(now + actor.delay, Answer{request.peer, request.piece, reject});
  }
  void deliver(const Answer& answer) {
    --outstanding[answer.peer];
    const auto found = actors.find(answer.peer);
    if (found == actors.end()) return;
    const Actor& actor = found->second;
    if (answer.reject) return assembly.on_reject(answer.peer, answer.piece, now);
    const std::uint64_t begin = std::uint64_t{answer.piece} * metadata_piece_bytes;
    Buffer data(std::min<std::uint64_t>(metadata_piece_bytes, actor.size - begin));
    if (actor.kind != Kind::sizer)
      std::copy_n(truth.begin() + static_cast<std::ptrdiff_t>(begin), data.size(), data.begin());
    if (actor.kind == Kind::forger) data[0] ^= actor.lie;
    const std::uint32_t size = actor.kind == Kind::contrary ? actor.size + 1 : actor.size;
    const Taken taken = assembly.on_piece(answer.peer, answer.piece, size, std::move(data), now);
    REQUIRE((taken != Taken::contradiction || actor.kind == Kind::contrary));
  }
  /// The next thing that happens; false when nothing ever will.
  bool step() {
    Instant next = assembly.deadline().value_or(never);
    if (!answers.empty()) next = std::min(next, answers.begin()->first);
    if (next == never) return false;
    REQUIRE(next >= now);
    now = next;
    if (!answers.empty() && answers.begin()->first <= now) {
      const Answer answer = answers.begin()->second;
      answers.erase(answers.begin());
      deliver(answer);
    } else {
      assembly.on_deadline(now);
    }
    settle();
    return true;
  }
};

}  // namespace

TEST_CASE("with one honest peer the metadata comes, and no honest peer is named") {
  const std::uint64_t seed = GENERATE(range(1, 41));
  INFO("seed " << seed);
  Swarm swarm(seed);
  const int honest_percent = static_cast<int>(swarm.dice.below(90));
  swarm.arrive(Kind::honest);
  for (auto count = swarm.dice.below(40); count > 0; --count)
    swarm.arrive(swarm.drawn_kind(honest_percent));
  swarm.settle();
  int steps = 0;
  while (!swarm.assembly.done() && swarm.step()) {
    REQUIRE(++steps < 200'000);
    if (swarm.dice.below(500) == 0) swarm.arrive(swarm.drawn_kind(honest_percent));
    if (swarm.dice.below(500) == 0 && swarm.actors.size() > 1)
      swarm.leave(std::next(swarm.actors.begin())->first);
  }
  REQUIRE(swarm.assembly.done());
  INFO("after " << seconds_of(swarm.now - Instant(1000s)) << " s");
  CHECK(swarm.now - Instant(1000s) < 30min);
  for (const LinkId id : swarm.named)
    CHECK((swarm.kinds.at(id) == Kind::forger || swarm.kinds.at(id) == Kind::sizer));
}

TEST_CASE("forgers alone are all found, one by one, and then the honest one is heard") {
  const std::uint64_t seed = GENERATE(range(1, 11));
  INFO("seed " << seed);
  Swarm swarm(seed);
  for (int i = 0; i < 30; ++i) swarm.arrive(Kind::forger);
  swarm.arrive(Kind::honest);
  swarm.settle();
  while (!swarm.assembly.done() && swarm.step()) {
  }
  REQUIRE(swarm.assembly.done());
  CHECK(swarm.named.size() <= 30);
  CHECK_FALSE(swarm.named.contains(LinkId{31, 1}));
  CHECK(swarm.now - Instant(1000s) < 30min);
}
