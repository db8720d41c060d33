// Two that nobody can dial, each behind a NAT of some kind, and a third that both are linked to
// (BEP 55).
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/engine/sim_world.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::sim;

namespace {

class Pair {
 public:
  Pair(Nat of_seed, Nat of_leech, std::uint64_t seed)
      : world_(seed),
        content_({.name = "name", .total_size = 1u << 20, .trackers = {}}, world_.dice().fork()) {
    SimMachine& third = add(Nat::none);
    const std::string address = third.host().config().address.to_string() + ":6881";
    third.boot([this, &third] {
      third.add(content_);
      // It has the metadata, and never anything to give.
      third.with_session([](session::Session& session) {
        auto settings = session.settings();
        settings.speed_limit_down = 0;
        settings.speed_limit_down_enabled = true;
        session.reconfigure(settings);
      });
    });
    SimMachine& source = add(of_seed);
    content_.put(source.files(), SimMachine::downloads);
    source.boot([this, &source, address] { add_magnet(source, address); });
    leech_ = &add(of_leech);
    leech_->boot([this, address] { add_magnet(*leech_, address); });
  }
  bool finishes_within(Duration bound) {
    return world_.run(bound, [this] {
      const auto facts = leech_->look();
      return facts && facts->has_metadata && facts->left_until_done == 0;
    });
  }
  SimWorld& world() { return world_; }

 private:
  SimMachine& add(Nat nat) {
    SimMachine::Plan plan;
    plan.line.nat = nat;
    plan.settings.pex_enabled = true;
    plan.settings.preferred_transports = {config::Transport::utp, config::Transport::tcp};
    plan.settings.peer_port = 6881;
    return world_.add_machine(std::move(plan));
  }
  void add_magnet(SimMachine& machine, const std::string& peer) {
    machine.with_session([&](session::Session& session) {
      session::AddOrder order;
      order.source = "magnet:?xt=urn:btih:" + content_.hash().hex() + "&x.pe=" + peer;
      session.add(std::move(order), [](const session::OrderResult<session::AddReply>& added) {
        SEED_CHECK(added.has_value());
      });
    });
  }

  SimWorld world_;
  KnownContent content_;
  SimMachine* leech_ = nullptr;
};

/// A symmetric one sends to the other from a port that the third has not seen: who asks for that
/// port to be right lets nobody in.
bool can_meet(Nat one, Nat other) {
  const auto guesses = [](Nat nat) { return nat == Nat::port_restricted || nat == Nat::symmetric; };
  return !((one == Nat::symmetric && guesses(other)) || (other == Nat::symmetric && guesses(one)));
}

}  // namespace

TEST_CASE("who is behind a NAT meets who is behind another, as far as the two let them") {
  constexpr Nat kinds[] = {Nat::full_cone, Nat::restricted, Nat::port_restricted, Nat::symmetric};
  for (const Nat of_seed : kinds) {
    for (const Nat of_leech : kinds) {
      INFO("seed " << int(of_seed) << ", leech " << int(of_leech));
      Pair pair(of_seed, of_leech, 1);
      CHECK(pair.finishes_within(10min) == can_meet(of_seed, of_leech));
    }
  }
}

TEST_CASE("a meeting behind NATs runs the same way twice") {
  const auto digest_of = [] {
    Pair pair(Nat::port_restricted, Nat::restricted, 2);
    CHECK(pair.finishes_within(10min));
    return pair.world().digest().value();
  };
  CHECK(digest_of() == digest_of());
}
