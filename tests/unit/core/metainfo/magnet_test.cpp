#include "core/metainfo/magnet.h"

#include <fmt/format.h>

#include "core/base/limits.h"
#include "tests/support/catch.h"
#include "tests/unit/core/metainfo/make_torrent.h"

namespace seed::metainfo {
namespace {

using Texts = std::vector<std::string>;

// From known hybrids: the two hashes of one torrent.
constexpr std::string_view v1_hex = "631a31dd0a46257d5078c0dee4e66e26f73e42ac";
constexpr std::string_view v2_hex =
    "d8dd32ac93357c368556af3ac1d95c9d76bd0dff6fa9833ecdac3d53134efabb";

std::string v1_magnet(std::string_view more = "") {
  return fmt::format("magnet:?xt=urn:btih:{}{}", v1_hex, more);
}

Magnet parsed(std::string_view text) {
  auto out = parse_magnet(text);
  if (!out) FAIL(out.error().text);
  return std::move(*out);
}

std::string fault_of(std::string_view text) {
  const auto out = parse_magnet(text);
  return out ? "none" : out.error().text;
}

TEST_CASE("a hash comes in hexadecimal, in base32 or bare") {
  const auto hash = Sha1::parse_hex(v1_hex);
  CHECK(parsed(v1_magnet()).hashes.v1 == hash);
  CHECK(parsed(v1_hex).hashes.v1 == hash);
  CHECK(parsed("631A31DD0A46257D5078C0DEE4E66E26F73E42AC").hashes.v1 == hash);
  CHECK(parsed("magnet:?xt=urn:btih:MMNDDXIKIYSX2UDYYDPOJZTOE33T4QVM").hashes.v1 == hash);
  CHECK(parsed("magnet:?xt=urn:btih:mmnddxikiysx2udyydpojztoe33t4qvm").hashes.v1 == hash);
  CHECK(parsed("MAGNET:?xt=URN:BTIH:631A31DD0A46257D5078C0DEE4E66E26F73E42AC").hashes.v1 == hash);
  CHECK(parsed(" \n" + v1_magnet("\n")).hashes.v1 == hash);
  CHECK(parsed("magnet:?xt=urn%3Abtih%3A" + std::string(v1_hex)).hashes.v1 == hash);
}

TEST_CASE("a hybrid has two topics") {
  const Magnet magnet =
      parsed(v1_magnet(fmt::format("&xt.1=urn:btmh:1220{}&xt=urn:sha1:ABC", v2_hex)));
  CHECK(magnet.hashes.v1 == Sha1::parse_hex(v1_hex));
  CHECK(magnet.hashes.v2 == Sha256::parse_hex(v2_hex));
  const Magnet v2 = parsed(fmt::format("magnet:?xt=urn:btmh:1220{}", v2_hex));
  CHECK_FALSE(v2.hashes.v1);
  CHECK(v2.hashes.v2 == Sha256::parse_hex(v2_hex));
}

TEST_CASE("magnets of nothing, of two torrents and with bad hashes are refused") {
  CHECK(fault_of("") == "magnet: it is not a magnet link");
  CHECK(fault_of("http://x.example/") == "magnet: it is not a magnet link");
  CHECK(fault_of(v1_hex.substr(1)) == "magnet: it is not a magnet link");
  CHECK(fault_of("magnet:?") == "magnet: it names no BitTorrent info-hash");
  CHECK(fault_of("magnet:?dn=x&&&=&a") == "magnet: it names no BitTorrent info-hash");
  CHECK(fault_of("magnet:?xt=urn:sha1:ABC") == "magnet: it names no BitTorrent info-hash");
  CHECK(fault_of("magnet:?xt=urn:btih:") == "magnet: its info-hash is malformed");
  CHECK(fault_of("magnet:?xt=urn:btih:" + std::string(40, 'g')) ==
        "magnet: its info-hash is malformed");
  CHECK(fault_of("magnet:?xt=urn:btih:" + std::string(32, '1')) ==
        "magnet: its info-hash is malformed");
  CHECK(fault_of(v1_magnet() + "0") == "magnet: its info-hash is malformed");
  CHECK(fault_of("magnet:?xt=urn:btih:%zz") == "magnet: the percent-encoding of xt is malformed");
  CHECK(fault_of(v1_magnet("&xt=urn:btih:" + std::string(40, '0'))) ==
        "magnet: it names two torrents");
  CHECK(fault_of(v1_magnet("&xt=urn:btih:" + std::string(v1_hex))) == "none");
  CHECK(fault_of("magnet:?xt=urn:btmh:1114" + std::string(40, '0')) ==
        "magnet: its info-hash is of an unknown kind");
  CHECK(fault_of("magnet:?xt=urn:btmh:1220" + std::string(40, '0')) ==
        "magnet: its info-hash is malformed");
  CHECK(fault_of("magnet:?" + std::string(magnet_bytes_max, 'a')) == "magnet: too long");
}

TEST_CASE("names are decoded, however they were written") {
  CHECK(parsed(v1_magnet("&dn=a+b%20c%C3%A9")).name == "a b cé");
  CHECK(parsed(v1_magnet("&dn=100%")).name == "100%");
  CHECK(parsed(v1_magnet("&dn=100%+x")).name == "100% x");
  CHECK(parsed(v1_magnet("&dn=%ff")).name == "\xef\xbf\xbd");
  CHECK(parsed(v1_magnet("&dn=a=b")).name == "a=b");
  CHECK(parsed(v1_magnet()).name.empty());
}

TEST_CASE("trackers and web seeds that we speak to are kept, each once") {
  const Magnet magnet =
      parsed(v1_magnet("&tr=http%3A%2F%2Fa.example%2Fx%3Fk%3D1%2B1&tr.5=udp://b.example:69"
                       "&tr=udp://b.example:69&tr=wss://w.example&tr=%zz&tr="
                       "&ws=http://w.example/f&ws=ftp://w.example/&unknown=1&tr"));
  CHECK(magnet.trackers == Texts{"http://a.example/x?k=1+1", "udp://b.example:69"});
  CHECK(magnet.web_seeds == Texts{"http://w.example/f"});
  const Magnet sources =
      parsed(v1_magnet("&xs=http://x.example/t.torrent&as=https://y.example/"
                       "&xs=urn:sha1:Z"));
  CHECK(sources.exact_sources == Texts{"http://x.example/t.torrent"});
  CHECK(sources.acceptable_sources == Texts{"https://y.example/"});
}

TEST_CASE("lists are bounded") {
  std::string many;
  for (int i = 0; i < 2000; ++i)
    many += fmt::format("&tr=udp://t{0}:1&x.pe=10.0.{1}.{2}:9", i, i / 256, i % 256);
  const Magnet magnet = parsed(v1_magnet(many));
  CHECK(magnet.trackers.size() == limits::trackers_per_torrent_max);
  CHECK(magnet.peers.size() == magnet_list_max);
}

TEST_CASE("peers are addresses or names with a port") {
  const Magnet magnet = parsed(
      v1_magnet("&x.pe=192.0.2.1:6881&x.pe=[2001:db8::1]:80&x.pe=host.example:1&x.pe=host.example"
                "&x.pe=192.0.2.1:0&x.pe=192.0.2.1:6881&x.pe=a:b@c:1&x.pe=h:1/p&x.pe=:5&x.pe="));
  CHECK(magnet.peers ==
        std::vector<HostPort>{{"192.0.2.1", 6881}, {"2001:db8::1", 80}, {"host.example", 1}});
}

TEST_CASE("a selection of files is read as BEP 53 writes it") {
  using Spans = std::vector<FileSpan>;
  CHECK(parsed(v1_magnet("&so=0,2,4,6-8")).selected ==
        Spans{{{0}, {0}}, {{2}, {2}}, {{4}, {4}}, {{6}, {8}}});
  CHECK(parsed(v1_magnet("&so=7-9,1,2,8-12,2")).selected == Spans{{{1}, {2}}, {{7}, {12}}});
  CHECK(parsed(v1_magnet("&so=")).selected.empty());
  for (const auto bad : {"a", "1-", "-1", "2-1", "1,,2", "1-2-3", "4294967296", "0-9999999", "+1"})
    CHECK(fault_of(v1_magnet(fmt::format("&so={}", bad))) ==
          "magnet: its list of files is malformed");
  std::string many = "&so=0";
  for (int i = 1; i < 2000; ++i) many += fmt::format(",{}", 2 * i);
  CHECK(fault_of(v1_magnet(many)) == "magnet: its list of files is too long");
}

TEST_CASE("a magnet that is encoded parses to the same") {
  Magnet magnet;
  magnet.hashes.v1 = Sha1::parse_hex(v1_hex);
  CHECK(encode_magnet(magnet) == v1_magnet());
  magnet.hashes.v2 = Sha256::parse_hex(v2_hex);
  magnet.name = "Größe & 100% +1 = a/b";
  magnet.trackers = {"http://t.example/a?passkey=1&x=2", "udp://u.example:69/announce"};
  magnet.web_seeds = {"http://w.example/a%20b"};
  magnet.peers = {{"192.0.2.1", 1}, {"2001:db8::1", 2}, {"host.example", 3}};
  magnet.selected = {{{0}, {3}}, {{7}, {7}}};
  const std::string encoded = encode_magnet(magnet);
  CHECK(encoded.find("&dn=Gr%C3%B6%C3%9Fe%20%26%20100%25%20%2B1%20%3D%20a%2Fb&tr=http%3A%2F%2F") !=
        std::string::npos);
  CHECK(parsed(encoded) == magnet);
}

TEST_CASE("a torrent's magnet has its hashes, name, trackers and web seeds") {
  const auto meta = parse_torrent(as_bytes(torrent(
      single_info(), {{"announce-list", list({texts({"http://a.example/", "udp://b.example:1"}),
                                              texts({"http://c.example/"})})},
                      {"url-list", text("http://w.example/")}})));
  REQUIRE(meta);
  const Magnet magnet = magnet_of(*meta);
  CHECK(magnet.hashes == meta->hashes);
  CHECK(magnet.name == "a.iso");
  CHECK(magnet.trackers == Texts{"http://a.example/", "udp://b.example:1", "http://c.example/"});
  CHECK(magnet.web_seeds == Texts{"http://w.example/"});
}

}  // namespace
}  // namespace seed::metainfo
