// LINK: seed::lsd
// Octets are datagrams on the local network, with torrents that come and go and time that passes:
// what is found is ours and can be dialled, what is sent parses and is bounded.
#include <algorithm>

#include "core/base/check.h"
#include "core/lsd/discovery.h"

using namespace seed;

namespace {

Sha1 torrent(std::uint8_t octet) {
  Sha1 out;
  out.octets.fill(octet);
  return out;
}

void drain(lsd::Discovery& discovery) {
  while (const auto event = discovery.next_event()) {
    if (const auto* send = std::get_if<lsd::Discovery::Send>(&*event)) {
      const auto sent = lsd::Announcement::parse(send->datagram);
      SEED_CHECK(sent && send->datagram.size() < 1400);
    } else {
      SEED_CHECK(std::get<lsd::Discovery::PeerFound>(*event).endpoint.port != 0);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (const auto parsed = lsd::Announcement::parse({data, size})) {
    auto expected = *parsed;
    if (expected.info_hashes.size() > lsd::info_hashes_sent_max)
      expected.info_hashes.resize(lsd::info_hashes_sent_max);
    SEED_CHECK(lsd::Announcement::parse(parsed->encode(lsd::Group::v6)) == expected);
  }
  ByteReader in({data, size});
  lsd::Discovery discovery{Rng(1)};
  discovery.set_groups(true, true);
  discovery.set_port(6881);
  Instant now{1000s};
  while (in.ok() && in.remaining() > 0) {
    const std::uint8_t what = in.u8();
    switch (what % 4) {
      case 0:
        discovery.add(torrent(in.u8()), now);
        break;
      case 1:
        discovery.remove(torrent(in.u8()));
        break;
      case 2:
        now += std::chrono::seconds(in.u8());
        discovery.on_deadline(now);
        SEED_CHECK(!discovery.deadline() || *discovery.deadline() > now);
        break;
      default:
        discovery.on_datagram(in.take(std::min<std::size_t>(in.u16(), in.remaining())),
                              {IpAddress::v4(0xc0a80000u + what), 6771}, now);
    }
    drain(discovery);
  }
  return 0;
}
