// LINK: seed::portmap
#include <algorithm>

#include "core/base/check.h"
#include "core/portmap/client.h"

using namespace seed;
using namespace seed::portmap;

namespace {

/// A client whose events are counted and whose last datagram is kept.
struct Bench {
  Client::Options options{{IpAddress::v4(0xc0a80101), gateway_port}, IpAddress::v4(0xc0a80102)};
  Client client{options, Rng(1)};
  Instant now{};
  Buffer last;

  void drain() {
    int sends = 0;
    int others = 0;
    while (auto event = client.next_event()) {
      if (auto* send = std::get_if<Client::Send>(&*event)) {
        last = send->datagram;
        ++sends;
      } else {
        ++others;
      }
    }
    SEED_CHECK(sends <= 1 && others <= 2 * static_cast<int>(mappings_max) + 1);
  }
  void to_deadline() {
    now = std::max(now, client.deadline().value_or(now));
    client.on_deadline(now);
  }
  /// With the head, and the nonce or the port, of what was sent last.
  Buffer answered(Buffer datagram) const {
    if (datagram.size() >= 60 && last.size() >= 60)
      std::copy(last.begin() + 24, last.begin() + 42, datagram.begin() + 24);
    if (datagram.size() >= 10 && last.size() >= 10) {
      datagram[0] = last[0];
      datagram[1] = last[1] | 0x80;
      if (last[0] == 0) std::copy(last.begin() + 4, last.begin() + 6, datagram.begin() + 8);
    }
    return datagram;
  }
  void act(std::uint8_t what, ByteReader& in) {
    const LocalPort port{(what & 8) != 0 ? Protocol::tcp : Protocol::udp,
                         static_cast<std::uint16_t>(what >> 4)};
    switch (what & 7) {
      case 0:
      case 1:
        client.map(port, port.number, now);
        break;
      case 2:
        client.unmap(port, now);
        break;
      case 3:
        now += std::chrono::seconds(1u << (in.u8() % 16));
        client.on_deadline(now);
        break;
      case 4:
        to_deadline();
        break;
      default: {
        Buffer datagram = to_buffer(in.take(std::min<std::size_t>(in.u8(), in.remaining())));
        if ((what & 7) == 5) datagram = answered(std::move(datagram));
        client.on_datagram(datagram, options.gateway, now);
      }
    }
  }
};

}  // namespace

// The input drives a client: an octet says what happens; datagrams come as they are, or made so
// that most get past the first checks.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader in({data, size});
  Bench bench;
  while (in.ok() && in.remaining() > 0) {
    bench.act(in.u8(), in);
    bench.drain();
  }
  bench.client.unmap_all(bench.now);
  bench.drain();
  for (int i = 0; i < 8 && bench.client.deadline(); ++i) {
    bench.to_deadline();
    bench.drain();
  }
  SEED_CHECK(bench.client.done() && !bench.client.deadline());
  return 0;
}
