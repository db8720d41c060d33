// Over a network that loses packets, every UDP request ends once, and in time.
#include <map>

#include "core/tracker/udp_trackers.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::tracker;

namespace {

struct Flight {
  Instant arrives;
  Endpoint tracker;
  Buffer reply;
};

Buffer reply_to(const Buffer& packet, std::uint64_t connection) {
  const Bytes transaction = Bytes(packet).subspan(12, 4);
  ByteWriter out;
  if (packet[11] == 0) {
    out.u32(0).put(transaction).u64(connection);
  } else if (ByteReader(packet).u64() != connection) {
    out.u32(3).put(transaction).put("bad connection id");
  } else if (packet[11] == 1) {
    out.u32(1).put(transaction).u32(1800).u32(packet[16]).u32(1);
  } else {
    out.u32(2).put(transaction).u32(packet[16]).u32(2).u32(3);
  }
  return out.take();
}

/// What has arrived by `now`, in the order it was sent; the rest stays in flight.
std::vector<Flight> take_arrived(std::vector<Flight>& flights, Instant now) {
  std::vector<Flight> arrived;
  std::vector<Flight> later;
  for (Flight& flight : flights)
    (flight.arrives <= now ? arrived : later).push_back(std::move(flight));
  flights = std::move(later);
  return arrived;
}

}  // namespace

TEST_CASE("every UDP request ends once, within its bound, with its own answer") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    INFO("seed " << seed);
    Rng dice(seed);
    const std::uint64_t loss = dice.below(60);
    UdpTrackers client(dice.fork());
    Instant now{};
    std::vector<Flight> flights;
    std::map<RequestId, Instant> open;
    std::map<RequestId, std::uint8_t> marks;
    std::uint64_t connection = dice.next();
    std::size_t answered = 0;

    const auto drain = [&] {
      while (auto event = client.next_event()) {
        if (auto* send = std::get_if<UdpTrackers::Send>(&*event)) {
          if (dice.below(100) < loss) continue;
          Buffer reply = reply_to(send->datagram, connection);
          flights.push_back({now + dice.between(1ms, 3s), send->to, std::move(reply)});
          continue;
        }
        if (auto* done = std::get_if<UdpTrackers::AnnounceDone>(&*event)) {
          REQUIRE(open.erase(done->id) == 1);
          if (done->reply && done->reply->accepted()) {
            REQUIRE(done->reply->leechers == marks[done->id]);
            ++answered;
          }
        } else {
          const auto& scrape = std::get<UdpTrackers::ScrapeDone>(*event);
          REQUIRE(open.erase(scrape.id) == 1);
          if (scrape.reply && scrape.reply->accepted()) {
            REQUIRE(scrape.reply->entries.at(0).counts.seeders == marks[scrape.id]);
            ++answered;
          }
        }
      }
    };
    for (std::uint64_t i = 0; i < 3000; ++i) {
      if (i < 1500 && dice.below(4) == 0) {
        const RequestId id{i};
        const Endpoint to{IpAddress::v4(static_cast<std::uint32_t>(dice.below(3))), 80};
        const auto mark = static_cast<std::uint8_t>(dice.below(256));
        open[id] = now;
        marks[id] = mark;
        AnnounceRequest request;
        request.info_hash.octets[0] = mark;
        if (dice.below(4) == 0)
          client.scrape(id, to, {request.info_hash}, now);
        else
          client.announce(id, to, request, "/announce", now);
        drain();
      }
      if (dice.below(200) == 0) connection = dice.next();  // the trackers start anew
      now += dice.between(0s, 1s);
      if (client.deadline() && *client.deadline() <= now) client.on_deadline(now);
      drain();
      for (const Flight& flight : take_arrived(flights, now)) {
        client.on_datagram(flight.reply, flight.tracker, now);
        drain();
      }
      for (const auto& [id, since] : open) REQUIRE(now - since <= 62s);
    }
    REQUIRE(open.empty());
    REQUIRE(client.pending() == 0);
    REQUIRE(answered > 0);
  }
}
