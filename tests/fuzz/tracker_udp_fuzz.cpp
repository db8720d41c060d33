// LINK: seed::tracker
#include "core/base/check.h"
#include "core/tracker/udp_trackers.h"

// The input drives a client: an octet says what happens, and datagrams come with the transaction
// that was last sent, so that most get past the first check.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seed;
  using namespace seed::tracker;
  ByteReader in({data, size});
  UdpTrackers client(Rng(1));
  Instant now{};
  Buffer last;
  std::uint64_t next_id = 0;
  std::uint64_t open = 0;
  const Endpoint trackers[] = {*Endpoint::parse("192.0.2.1:80"),
                               *Endpoint::parse("[2001:db8::1]:80")};
  const auto drain = [&] {
    while (auto event = client.next_event()) {
      if (auto* send = std::get_if<UdpTrackers::Send>(&*event))
        last = send->datagram;
      else
        --open;
    }
    SEED_CHECK(client.pending() == open);
  };
  while (in.ok() && in.remaining() > 0) {
    const std::uint8_t what = in.u8();
    const Endpoint& tracker = trackers[what >> 7];
    switch (what % 5) {
      case 0:
        client.announce({next_id++}, tracker, {}, std::string(what, 'x'), now);
        ++open;
        break;
      case 1:
        client.scrape({next_id++}, tracker, std::vector<Sha1>(what), now);
        ++open;
        break;
      case 2:
        now += std::chrono::seconds(in.u8());
        client.on_deadline(now);
        break;
      case 3: {
        Buffer datagram = to_buffer(in.take(std::min<std::size_t>(in.u8(), in.remaining())));
        if (datagram.size() >= 8 && last.size() >= 16)
          std::copy(last.begin() + 12, last.begin() + 16, datagram.begin() + 4);
        client.on_datagram(datagram, tracker, now);
        break;
      }
      default:
        client.on_datagram(in.take(std::min<std::size_t>(in.u8(), in.remaining())), tracker, now);
    }
    drain();
  }
  now += 120s;
  client.on_deadline(now);
  drain();
  SEED_CHECK(open == 0);
  return 0;
}
