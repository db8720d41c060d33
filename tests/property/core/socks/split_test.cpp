// Any split of the proxy's answers gives the same, whatever they are: sound, strange or broken.
#include <array>

#include "core/base/rng.h"
#include "core/socks/negotiation.h"
#include "core/socks/udp_header.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::socks;

namespace {

Address drawn_address(Rng& rng) {
  Buffer octets(rng.below(2) == 0 ? 4 : 16);
  rng.fill(octets);
  const auto port = static_cast<std::uint16_t>(rng.next());
  if (rng.below(2) == 0) return HostName{std::string(1 + rng.below(255), 'a'), port};
  return Endpoint{*IpAddress::from_octets(octets), port};
}

/// A proxy's side of one negotiation and some octets of the connection; the last may be broken.
Buffer drawn_answers(Rng& rng, bool login) {
  Buffer out{5, 0};
  if (login && rng.below(2) == 0) out = {5, 2, 1, 0};
  const std::uint8_t status = rng.below(4) == 0 ? static_cast<std::uint8_t>(rng.below(10)) : 0;
  out.insert(out.end(), {5, status, 0});
  append_address(out, drawn_address(rng));
  out.resize(out.size() + rng.below(40), 'd');
  if (rng.below(3) == 0) out[rng.below(out.size())] ^= static_cast<std::uint8_t>(rng.next());
  if (rng.below(5) == 0) out.resize(rng.below(out.size()));
  return out;
}

struct Run {
  std::vector<Negotiation::Event> events;
  Buffer sent;
  std::size_t taken = 0;
  bool operator==(const Run&) const = default;
};

/// As a driver does it that reads no more than is wanted.
Run run(const Buffer& answers, std::size_t part_max, bool login, Rng rng) {
  Negotiation negotiation(Command::connect, HostName{"example.org", 80},
                          login ? std::optional(Login{"user", "pass"}) : std::nullopt);
  Run out;
  Bytes rest = answers;
  for (;;) {
    auto& queue = negotiation.outgoing();
    while (!queue.empty()) {
      std::array<Bytes, 1> front;
      queue.front(front);
      out.sent.insert(out.sent.end(), front[0].begin(), front[0].end());
      queue.consume(front[0].size());
    }
    while (auto event = negotiation.next_event()) out.events.push_back(*event);
    if (rest.empty() || negotiation.ended()) return out;
    const std::size_t drawn = 1 + static_cast<std::size_t>(rng.below(part_max));
    const bool patient = rng.below(2) == 0;
    const std::size_t part =
        std::min({drawn, rest.size(), patient ? negotiation.wanted() : rest.size()});
    const std::size_t taken = negotiation.on_bytes(rest.first(part));
    if (patient) CHECK(taken == part);
    CHECK((taken == part || negotiation.ended()));
    out.taken += taken;
    rest = rest.subspan(taken);
  }
}

}  // namespace

TEST_CASE("any split of a proxy's answers gives the same") {
  Rng rng(20240);
  int ready = 0;
  for (int round = 0; round < 3000; ++round) {
    INFO("round " << round);
    const bool login = rng.below(2) == 0;
    const Buffer answers = drawn_answers(rng, login);
    const Run whole = run(answers, answers.size() + 1, login, rng.fork());
    for (const std::size_t part_max : {1u, 3u, 20u})
      CHECK(run(answers, part_max, login, rng.fork()) == whole);
    for (const auto& event : whole.events)
      ready += std::holds_alternative<Negotiation::Ready>(event) ? 1 : 0;
  }
  CHECK(ready > 1000);
}

TEST_CASE("a datagram's header is read as it was written") {
  Rng rng(20241);
  for (int round = 0; round < 2000; ++round) {
    const Address address = drawn_address(rng);
    Buffer out;
    append_udp_header(out, address);
    const std::size_t octets = out.size();
    out.resize(octets + rng.below(100));
    CHECK(parse_udp_header(out) == UdpHeader{address, octets});
  }
}
