// LINK: seed::trackerd
// Octets are requests to a small tracker by UDP and by HTTP, from a few sources, as time passes:
// whatever comes, an answer is bounded and well formed, and the tracker keeps its bounds.
#include <algorithm>
#include <array>

#include "core/base/check.h"
#include "core/bencode/document.h"
#include "core/trackerd/http_answers.h"
#include "core/trackerd/udp_answers.h"

using namespace seed;
using namespace seed::trackerd;

namespace {

/// What a datagram begins with when it is to get past the first check.
constexpr std::size_t connection_bytes = 8;

Tracker::Options options() {
  Tracker::Options out;
  out.bounds = {.peers_max = 20,
                .swarms_max = 6,
                .peers_per_swarm_max = 8,
                .peers_per_source_max = 12,
                .peers_per_source_in_swarm_max = 3,
                .peers_per_private_source_in_swarm_max = 5};
  return out;
}

Endpoint source(std::uint8_t draw) {
  static const std::array<Endpoint, 8> all{
      *Endpoint::parse("192.0.2.1:1"),     *Endpoint::parse("192.0.2.2:2"),
      *Endpoint::parse("10.0.0.1:3"),      *Endpoint::parse("127.0.0.1:4"),
      *Endpoint::parse("[2001:db8::1]:5"), *Endpoint::parse("[2001:db8::2]:6"),
      *Endpoint::parse("[fd00::1]:7"),     *Endpoint::parse("[2001:db8:1::1]:8")};
  return all[draw % all.size()];
}

void check_udp(Tracker& tracker, Bytes datagram, const Endpoint& from, Instant now) {
  const bool known = datagram.size() >= 16 &&
                     tracker.connection_ids().valid(ByteReader(datagram).u64(), from.address, now);
  const auto answer = answer_datagram(tracker, datagram, from, now);
  if (!answer) return;
  SEED_CHECK(answer->size() >= 8 && answer->size() <= udp_answer_bytes_max);
  // Who may be at a forged address gets no more than he sent.
  SEED_CHECK(known || answer->size() <= datagram.size());
  SEED_CHECK(equal(Bytes(*answer).subspan(4, 4), datagram.subspan(12, 4)));
}

void check_http(Tracker& tracker, std::uint8_t what, Bytes octets, const IpAddress& from,
                Instant now) {
  static constexpr std::array<std::string_view, 4> paths{"/announce", "/announce", "/scrape", "/"};
  const HttpAnswer answer =
      answer_request(tracker, paths[what % paths.size()], as_text(octets), from, now);
  SEED_CHECK(answer.status == 200 || answer.status == 404);
  if (answer.status != 200) return;
  const auto body = bencode::Document::parse(answer.body);
  SEED_CHECK(body && body->keys_sorted() && body->root().is_dict());
}

void check_totals(const Tracker& tracker) {
  const auto now = tracker.stats().now;
  const auto bounds = tracker.options().bounds;
  SEED_CHECK(now.peers[0] + now.peers[1] <= bounds.peers_max);
  SEED_CHECK(now.swarms <= bounds.swarms_max && now.swarms <= now.peers[0] + now.peers[1]);
  SEED_CHECK(now.seeds[0] <= now.peers[0] && now.seeds[1] <= now.peers[1]);
  SEED_CHECK((tracker.deadline() == never) == (now.swarms == 0));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader in({data, size});
  Tracker tracker({1}, Rng(1), options());
  Instant now = Instant{} + 1h;
  while (in.ok() && in.remaining() > 0) {
    const std::uint8_t what = in.u8();
    const Endpoint from = source(what >> 4);
    const auto some = [&] { return in.take(std::min<std::size_t>(in.u16(), in.remaining())); };
    switch (what % 8) {
      case 0:
        now += std::chrono::seconds(in.u16());
        tracker.on_deadline(now);
        SEED_CHECK(tracker.deadline() > now);
        break;
      case 1: {
        Tracker::Options changed = options();
        changed.listed_only = (in.u8() & 1) != 0;
        changed.nearest_first = (what & 0x10) != 0;
        tracker.set_options(changed);
        break;
      }
      case 2:
        tracker.access().set_list({*Sha1::from(Buffer(20, in.u8()))});
        break;
      case 3:
        check_udp(tracker, some(), from, now);
        break;
      case 4:
      case 5: {
        Buffer datagram = to_buffer(some());
        const std::uint64_t id = tracker.connection_ids().make(from.address, now);
        if (datagram.size() >= connection_bytes) {
          store_u32(datagram, static_cast<std::uint32_t>(id >> 32));
          store_u32(MutableBytes(datagram).subspan(4), static_cast<std::uint32_t>(id));
        }
        check_udp(tracker, datagram, from, now);
        break;
      }
      default: {
        const std::uint8_t path = in.u8();
        check_http(tracker, path, some(), from.address, now);
      }
    }
    check_totals(tracker);
  }
  return 0;
}
