// LINK: seed::wire seed::bencode seed::swarm
// Octets are PEX messages of several links, with peers that come and go in between: what is taken
// is within bounds, and what each link is told makes sense to it.
#include <algorithm>
#include <map>
#include <set>

#include "core/base/check.h"
#include "core/swarm/pex.h"
#include "core/swarm/pex_intake.h"
#include "core/wire/ext/ut_pex.h"

using namespace seed;

namespace {

constexpr std::uint32_t link_count = 8;
using Beliefs = std::map<LinkId, std::set<Endpoint>>;

LinkId link_of(std::uint8_t octet) { return {octet % link_count, 1}; }
Endpoint endpoint_of(std::uint8_t octet) {
  return {IpAddress::v4(0x50000000u + octet), static_cast<std::uint16_t>(1 + octet % 4)};
}

void hear(swarm::PexIntake& intake, Bytes octets, const IpAddress& teller, Instant now) {
  const auto message = wire::UtPex::parse(octets);
  if (!message) return;
  SEED_CHECK(message->added.size() <= wire::pex_peers_max);
  std::vector<swarm::Pex::Peer> added;
  for (const auto& peer : message->added) added.push_back({peer.endpoint, peer.flags});
  const auto taken = intake.on_message(added, teller, now);
  SEED_CHECK(taken.peers.size() <= swarm::PexIntake::first_taken_max);
  SEED_CHECK(taken.verdict == swarm::PexIntake::Verdict::taken || taken.peers.empty());
  for (const auto& peer : taken.peers) SEED_CHECK(peer.endpoint.port != 0);
}

void tell(swarm::Pex& pex, Beliefs& beliefs, Instant now) {
  while (const auto told = pex.next_message(now)) {
    auto& belief = beliefs[told->first];
    for (const Endpoint& endpoint : told->second.dropped) SEED_CHECK(belief.erase(endpoint) == 1);
    for (const auto& peer : told->second.added) SEED_CHECK(belief.insert(peer.endpoint).second);
    wire::UtPex message;
    for (const auto& [endpoint, flags] : told->second.added)
      message.added.push_back({endpoint, flags});
    message.dropped = told->second.dropped;
    Buffer octets;
    message.encode(octets);
    const auto again = wire::UtPex::parse(octets);
    SEED_CHECK(again && again->added.size() == message.added.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader in({data, size});
  swarm::Pex pex{Rng(1)};
  std::map<LinkId, swarm::PexIntake> intakes;
  Beliefs beliefs;
  Instant now{1000s};
  while (in.ok() && in.remaining() > 0) {
    const std::uint8_t what = in.u8();
    const LinkId link = link_of(what);
    switch (what / link_count % 6) {
      case 0:
        hear(intakes[link], in.take(std::min<std::size_t>(in.u16(), in.remaining())),
             endpoint_of(what).address, now);
        break;
      case 1:
        pex.on_peer(link, endpoint_of(in.u8()), what, now);
        break;
      case 2:
        pex.on_listener(link, endpoint_of(what).address, now);
        break;
      case 3:
        pex.on_gone(link, what >= 128, now);
        beliefs.erase(link);
        break;
      default:
        now += std::chrono::seconds(in.u8());
        tell(pex, beliefs, now);
        SEED_CHECK(!pex.deadline() || *pex.deadline() > now);
    }
  }
  return 0;
}
