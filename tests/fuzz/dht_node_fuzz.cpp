// LINK: seed::dht
#include <array>

#include "core/base/check.h"
#include "core/dht/krpc_reader.h"
#include "core/dht/node.h"

// The input drives a node: an octet says what happens, and answers come with the transaction of the
// query that was sent last, from where it went, so that most get past the first check.
namespace {

using namespace seed;
using namespace seed::dht;

Endpoint endpoint(std::uint8_t draw) {
  return {IpAddress::v4(0x05000000U + 0x01000000U * (draw % 64U)), 6881};
}

/// "1:t4:....", where the answers' ids are.
void patch(Buffer& datagram, const Buffer& sent) {
  constexpr std::string_view key = "1:t4:";
  const auto from = as_text(sent).rfind(key);
  const auto to = as_text(datagram).rfind(key);
  if (from == std::string_view::npos || to == std::string_view::npos) return;
  const std::size_t at = to + key.size();
  if (at + 4 > datagram.size() || from + key.size() + 4 > sent.size()) return;
  std::copy_n(sent.begin() + static_cast<std::ptrdiff_t>(from + key.size()), 4,
              datagram.begin() + static_cast<std::ptrdiff_t>(at));
}

SearchGoal goal(std::uint8_t draw) {
  PeerSearch peers;
  peers.info_hash.octets[0] = draw;
  peers.scrape = draw % 3 == 0;
  if (draw % 2 == 0) peers.announce = PeerSearch::Announce{1, draw % 5 == 0, draw % 7 == 0};
  if (draw % 4 != 3) return peers;
  if (draw % 8 == 3) return ItemSearch{peers.info_hash, {}, std::nullopt};
  return ItemStoring{{to_buffer("i7e"), std::nullopt}, std::nullopt};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader in({data, size});
  Instant now = Instant{} + 1000s;
  Node::Options options;
  options.dual_stack = true;
  Node node(Family::v4, options, Rng(1), now);
  RoutingTable other(NodeId{}, Rng(2));
  Send last;
  std::size_t searches = 0;
  std::uint64_t next_id = 0;
  const auto drain = [&] {
    while (auto event = node.next_event()) {
      if (const auto* send = std::get_if<Send>(&*event)) {
        SEED_CHECK(send->datagram.size() <= krpc::datagram_bytes_max);
        if (krpc::parse(send->datagram)->transaction.size() == QueriesOut::transaction_bytes)
          last = *send;
      }
      if (std::holds_alternative<SearchDone>(*event)) --searches;
    }
  };
  while (in.ok() && in.remaining() > 0) {
    const std::uint8_t what = in.u8();
    switch (what % 8) {
      case 0:
        if (node.search({next_id++}, goal(in.u8()), what > 127, now)) ++searches;
        break;
      case 1:
        node.add_contact(endpoint(in.u8()), now);
        break;
      case 2:
        now += std::chrono::milliseconds(100) * in.u8();
        node.on_deadline(now);
        break;
      case 3: {
        const Endpoint router = endpoint(in.u8());
        node.bootstrap(std::span(&router, 1), now);
        break;
      }
      case 4:
        node.set_external(endpoint(in.u8()).address, now);
        break;
      case 5:
        node.on_datagram(in.take(std::min<std::size_t>(in.u16() % 1600, in.remaining())),
                         endpoint(what), now, &other);
        break;
      default: {
        Buffer answer = to_buffer(in.take(std::min<std::size_t>(in.u16() % 1600, in.remaining())));
        patch(answer, last.datagram);
        node.on_datagram(answer, last.to, now);
      }
    }
    drain();
    const auto facts = node.facts(now);
    SEED_CHECK(facts.searches_running <= Searches::running_max);
    SEED_CHECK(facts.queries_open <= QueriesOut::open_max);
    SEED_CHECK(facts.searches_running + facts.searches_waiting == searches);
  }
  // All that is begun ends.
  for (int turn = 0; searches > 0; ++turn) {
    SEED_CHECK(turn < 100'000);
    now = std::max(now, node.deadline());
    node.on_deadline(now);
    drain();
  }
  return 0;
}
