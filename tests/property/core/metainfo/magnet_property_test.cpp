// What magnets say is drawn; encoded, it parses to the same, however the link was mangled on its
// way.
#include <fmt/format.h>

#include <algorithm>

#include "core/base/endpoint.h"
#include "core/base/limits.h"
#include "core/base/rng.h"
#include "core/metainfo/magnet.h"
#include "tests/support/catch.h"

namespace seed::metainfo {
namespace {

struct Dice {
  Rng rng;

  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(rng.below(bound)); }
  bool coin() { return below(2) == 1; }
  std::string text(std::string_view letters, std::size_t length_max) {
    std::string out;
    for (std::size_t left = below(length_max + 1); left > 0; --left)
      out += letters[below(letters.size())];
    return out;
  }
  std::string url(std::initializer_list<std::string_view> schemes, std::size_t number) {
    const std::string_view scheme = schemes.begin()[below(schemes.size())];
    // With what percent-encoding is about, and what is encoded already.
    return fmt::format("{}://h{}.example:{}/{}", scheme, number, 1 + below(65535),
                       text("aZ09-._~!$&'()*+,;=:@/?%[]|", 40));
  }
  HostPort peer(std::size_t number) {
    const auto port = static_cast<std::uint16_t>(1 + below(65535));
    Buffer octets(coin() ? 4 : 16);
    rng.fill(octets);
    if (coin()) return {IpAddress::from_octets(octets)->to_string(), port};
    return {fmt::format("h{}.{}z", number, text("ab0-_.", 20)), port};
  }
};

std::vector<FileSpan> drawn_spans(Dice& dice) {
  std::vector<FileSpan> out;
  std::uint32_t next = 0;
  for (std::size_t left = dice.below(20); left > 0; --left) {
    const auto first = static_cast<std::uint32_t>(next + dice.below(1000));
    const auto last = static_cast<std::uint32_t>(first + (dice.coin() ? 0 : dice.below(1000)));
    out.push_back({{first}, {last}});
    next = last + 2;
  }
  return out;
}

Magnet drawn(Dice& dice) {
  Magnet out;
  Sha1 v1;
  Sha256 v2;
  dice.rng.fill(v1.octets);
  dice.rng.fill(v2.octets);
  const bool hybrid = dice.coin();
  if (hybrid || dice.coin()) out.hashes.v1 = v1;
  if (hybrid || !out.hashes.v1) out.hashes.v2 = v2;
  out.name = to_utf8(dice.text("abc +&=%#?/\\\"<>\n\xc3\xa9\xff\x00", 100));
  for (std::size_t i = dice.below(8); i > 0; --i)
    out.trackers.push_back(dice.url({"http", "https", "udp"}, i));
  for (std::size_t i = dice.below(4); i > 0; --i)
    out.web_seeds.push_back(dice.url({"http", "https"}, i));
  for (std::size_t i = dice.below(6); i > 0; --i) out.peers.push_back(dice.peer(i));
  out.selected = drawn_spans(dice);
  return out;
}

/// The parameters in another order, numbered, with strange ones between them.
std::string mangled(std::string_view link, Dice& dice) {
  std::vector<std::string> parameters{"kt=%zz", "x.foo=1", "", "=", "a"};
  const std::size_t own = parameters.size();
  link.remove_prefix(std::string_view("magnet:?").size());
  while (!link.empty()) {
    const std::size_t end = std::min(link.find('&'), link.size());
    std::string parameter(link.substr(0, end));
    if (dice.coin()) parameter.insert(parameter.find('='), fmt::format(".{}", dice.below(100)));
    parameters.push_back(parameter);
    link.remove_prefix(std::min(end + 1, link.size()));
  }
  // Those of one kind keep their order.
  for (std::size_t i = 0; i < own; ++i) std::swap(parameters[i], parameters[dice.below(own)]);
  std::ranges::rotate(parameters,
                      parameters.begin() + static_cast<std::ptrdiff_t>(dice.below(own)));
  std::string out = "magnet:?";
  for (const std::string& parameter : parameters) out += parameter + "&";
  return out;
}

TEST_CASE("a magnet comes back as it was encoded") {
  const std::uint64_t seed = GENERATE(range(1, 9));
  INFO("seed " << seed);
  Dice dice{Rng(seed)};
  for (int round = 0; round < 500; ++round) {
    const Magnet magnet = drawn(dice);
    const std::string link = encode_magnet(magnet);
    INFO(link);
    const auto again = parse_magnet(link);
    REQUIRE(again);
    REQUIRE(*again == magnet);
    const auto from_mangled = parse_magnet(mangled(link, dice));
    REQUIRE(from_mangled);
    REQUIRE(*from_mangled == magnet);
  }
}

TEST_CASE("a link cut short or changed is refused with its reason, or says something") {
  Dice dice{Rng(77)};
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string link = encode_magnet(drawn(dice));
    if (dice.coin()) link.resize(dice.below(link.size()));
    for (std::size_t changes = dice.below(4); changes > 0 && !link.empty(); --changes)
      link[dice.below(link.size())] = "%&=.:-,0a"[dice.below(9)];
    const auto parsed = parse_magnet(link);
    if (parsed) {
      REQUIRE((parsed->hashes.v1 || parsed->hashes.v2));
      REQUIRE(parse_magnet(encode_magnet(*parsed)));
    } else {
      ++refused;
      REQUIRE(parsed.error().text.starts_with("magnet: "));
    }
  }
  CHECK(refused > 100);
}

}  // namespace
}  // namespace seed::metainfo
