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

TEST_CASE("magnets of nothing and of two torrents are refused") {
  CHECK(fault_of("") == "magnet: it is not a magnet link");
  CHECK(fault_of("http://x.example/") == "magnet: it is not a magnet link");
  CHECK(fault_of(v1_hex.substr(1)) == "magnet: it is not a magnet link");
  CHECK(fault_of("magnet:?") == "magnet: xt: it names no BitTorrent info-hash");
  CHECK(fault_of("magnet:?dn=x&&&=&a") == "magnet: xt: it names no BitTorrent info-hash");
  CHECK(fault_of("magnet:?xt=urn:sha1:ABC") == "magnet: xt: it names no BitTorrent info-hash");
  CHECK(fault_of("magnet:?" + std::string(magnet_bytes_max, 'a')) == "magnet: too long");
  CHECK(fault_of(v1_magnet("&xt=urn:btih:" + std::string(40, '0'))) ==
        "magnet: xt: it names two torrents");
  CHECK(fault_of(v1_magnet("&xt.2=urn:btih:" + std::string(v1_hex))) == "none");
  CHECK(fault_of(v1_magnet("&xt=urn:btih:MMNDDXIKIYSX2UDYYDPOJZTOE33T4QVM")) == "none");
  const std::string v2 = fmt::format("&xt=urn:btmh:1220{}", v2_hex);
  CHECK(fault_of(v1_magnet(v2 + v2)) == "none");
  CHECK(fault_of(v1_magnet(v2 + "&xt=urn:btmh:1220" + std::string(64, '0'))) ==
        "magnet: xt: it names two torrents");
}

TEST_CASE("info-hashes that are none are refused") {
  const std::string bad_v1 = "magnet: xt: the info-hash is not 40 hexadecimal or 32 base32 digits";
  CHECK(fault_of("magnet:?xt=urn:btih:") == bad_v1);
  CHECK(fault_of("magnet:?xt=urn:btih:" + std::string(40, 'g')) == bad_v1);
  CHECK(fault_of("magnet:?xt=urn:btih:" + std::string(32, '1')) == bad_v1);
  CHECK(fault_of("magnet:?xt=urn:btih:" + std::string(v2_hex)) == bad_v1);
  CHECK(fault_of(v1_magnet() + "0") == bad_v1);
  const std::string bad_v2 = "magnet: xt: the v2 info-hash is not 1220 and 64 hexadecimal digits";
  CHECK(fault_of("magnet:?xt=urn:btmh:") == bad_v2);
  CHECK(fault_of("magnet:?xt=urn:btmh:12") == bad_v2);
  CHECK(fault_of("magnet:?xt=urn:btmh:1220" + std::string(40, '0')) == bad_v2);
  CHECK(fault_of("magnet:?xt=urn:btmh:1220" + std::string(64, 'g')) == bad_v2);
  CHECK(fault_of("magnet:?xt=urn:btmh:1114" + std::string(40, '0')) ==
        "magnet: xt: the info-hash is of an unknown kind");
}

TEST_CASE("a percent sign without its digits is refused wherever it stands, but in a name") {
  const auto bad = [](std::string_view key) {
    return fmt::format("magnet: {}: a '%' without two hexadecimal digits", key);
  };
  CHECK(fault_of("magnet:?xt=urn:btih:%zz") == bad("xt"));
  CHECK(fault_of(v1_magnet("&tr=udp://a.example:1%")) == bad("tr"));
  CHECK(fault_of(v1_magnet("&tr.7=%4")) == bad("tr"));
  CHECK(fault_of(v1_magnet("&ws=http://a.example/%x0")) == bad("ws"));
  CHECK(fault_of(v1_magnet("&x.pe=%")) == bad("x.pe"));
  CHECK(fault_of(v1_magnet("&so=0%2")) == bad("so"));
  CHECK(fault_of(v1_magnet("&xs=%")) == bad("xs"));
  CHECK(fault_of(v1_magnet("&as=%")) == bad("as"));
  CHECK(fault_of(v1_magnet("&dn=%&kt=%&x.foo=%")) == "none");
}

TEST_CASE("names are decoded, however they were written") {
  CHECK(parsed(v1_magnet("&dn=a+b%20c%C3%A9")).name == "a b cé");
  CHECK(parsed(v1_magnet("&dn=100%")).name == "100%");
  CHECK(parsed(v1_magnet("&dn=100%+x")).name == "100% x");
  CHECK(parsed(v1_magnet("&dn=%ff")).name == "\xef\xbf\xbd");
  CHECK(parsed(v1_magnet("&dn=a=b")).name == "a=b");
  CHECK(parsed(v1_magnet()).name.empty());
  CHECK(parsed(v1_magnet("&dn=" + std::string(5000, 'x'))).name ==
        std::string(magnet_name_bytes_max, 'x'));
  // 341 of three octets each, and no part of the next.
  std::string long_name;
  for (int i = 0; i < 500; ++i) long_name += "%E2%82%AC";
  CHECK(parsed(v1_magnet("&dn=" + long_name)).name.size() == 1023);
}

TEST_CASE("trackers and web seeds that we speak to are kept, each once") {
  const Magnet magnet =
      parsed(v1_magnet("&tr=http%3A%2F%2Fa.example%2Fx%3Fk%3D1%2B1&tr.5=udp://b.example:69"
                       "&tr=udp://b.example:69&tr=wss://w.example&tr=no%20url&tr="
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
  for (int i = 0; i < 500; ++i) many += fmt::format("&ws=http://w{0}/&xs=http://x{0}/", i);
  const Magnet magnet = parsed(v1_magnet(many));
  CHECK(magnet.trackers.size() == limits::trackers_per_torrent_max);
  CHECK(magnet.peers.size() == magnet_list_max);
  CHECK(magnet.web_seeds.size() == web_seeds_max);
  CHECK(magnet.exact_sources.size() == magnet_sources_max);
}

TEST_CASE("peers are addresses or names with a port") {
  const Magnet magnet = parsed(v1_magnet(
      "&x.pe=192.0.2.1:6881&x.pe.2=[2001:db8::1]:80&x.pe=Host.example:1&x.pe="
      "&x.pe=192.0.2.1:6881&x.pe=%5B2001%3Adb8%3A%3A2%5D%3A81&x.pe=xn--bcher-kva.example.:2"));
  CHECK(magnet.peers == std::vector<HostPort>{{"192.0.2.1", 6881},
                                              {"2001:db8::1", 80},
                                              {"host.example", 1},
                                              {"2001:db8::2", 81},
                                              {"xn--bcher-kva.example.", 2}});
  for (const std::string_view bad :
       {"host.example", "192.0.2.1", "192.0.2.1:0", "192.0.2.1:65536", "2001:db8::1:80",
        "[2001:db8::1]", "a:b@c:1", "h:1/p", "h:1?q", ":5", "host:", "192.0.2:1", "1:2", "0x7f.1:2",
        "a.0x10:3", "h%20:1"})
    CHECK(fault_of(v1_magnet(fmt::format("&x.pe={}", bad))) ==
          "magnet: x.pe: neither an address nor a name, with a port");
  CHECK(fault_of(v1_magnet(fmt::format("&x.pe={}:1", std::string(253, 'a')))) == "none");
  CHECK(fault_of(v1_magnet(fmt::format("&x.pe={}:1", std::string(254, 'a')))) != "none");
}

TEST_CASE("a selection of files is read as BEP 53 writes it") {
  using Spans = std::vector<FileSpan>;
  CHECK(parsed(v1_magnet("&so=0,2,4,6-8")).selected ==
        Spans{{{0}, {0}}, {{2}, {2}}, {{4}, {4}}, {{6}, {8}}});
  CHECK(parsed(v1_magnet("&so=7-9,1,2,8-12,2")).selected == Spans{{{1}, {2}}, {{7}, {12}}});
  CHECK(parsed(v1_magnet("&so=")).selected.empty());
  for (const auto bad : {"a", "1-", "-1", "2-1", "1,,2", "1,", ",1", ",", "-", "1-2-3",
                         "4294967296", "0-1000000", "+1", "1%20"})
    CHECK(fault_of(v1_magnet(fmt::format("&so={}", bad))) ==
          "magnet: so: neither file numbers nor ranges of them, with commas between");
  CHECK(parsed(v1_magnet("&so=0-999999")).selected == Spans{{{0}, {999999}}});
  CHECK(parsed(v1_magnet("&so=4&so.1=0-3")).selected == Spans{{{0}, {4}}});
  std::string many = "&so=0";
  for (int i = 1; i < 2000; ++i) many += fmt::format(",{}", 2 * i);
  CHECK(fault_of(v1_magnet(many)) == "magnet: so: too many ranges of files");
}

TEST_CASE("links of other clients' tests say what they say there") {
  using Spans = std::vector<FileSpan>;
  const std::string cd20(40, 'c');
  const std::string cd32(64, 'd');
  const Magnet hybrid =
      parsed(fmt::format("magnet:?xt=urn:btmh:1220{}&xt=urn:btih:{}", cd32, cd20));
  CHECK(hybrid.hashes.v1 == Sha1::parse_hex(cd20));
  CHECK(hybrid.hashes.v2 == Sha256::parse_hex(cd32));
  const std::string link = "magnet:?xt=urn:btih:" + cd20;
  CHECK(parsed(link + "&dn=foo&so=0,2-4,3-5&dht=10.0.0.1:1337").selected ==
        Spans{{{0}, {0}}, {{2}, {5}}});
  CHECK(parsed(link + "&so=2-4&dht=10.0.0.1:1337&so=1").selected == Spans{{{1}, {4}}});
  CHECK(parsed(link + "&so=&dht=10.0.0.1:1337&so=").selected.empty());
  CHECK(parsed("magnet:?tr.0=udp://1&tr.1=http://2&tr=http://3&xt=urn:btih:" + cd20).trackers ==
        Texts{"udp://1", "http://2", "http://3"});
  CHECK(parsed("magnet:?tr.a=udp://1&tr.1=http://2&xt=urn:btih:" + cd20).trackers ==
        Texts{"http://2"});
  const Magnet peers = parsed(link + "&dn=foo&x.pe=127.0.0.1:43&x.pe=[::1]:45");
  CHECK(peers.peers == std::vector<HostPort>{{"127.0.0.1", 43}, {"::1", 45}});
  const Magnet plain = parsed(
      "magnet:?xt=urn:btih:51340689c960f0778a4387aef9b4b52fd08390cd&dn=A+Movie+%281985%29+1337p+-+X"
      "&tr=http%3A%2F%2Fhttp.was.example&tr=udp%3A%2F%2Fanti.example%3A6969");
  CHECK(plain.name == "A Movie (1985) 1337p - X");
  CHECK(plain.trackers == Texts{"http://http.was.example", "udp://anti.example:6969"});
  CHECK(parsed("magnet:?xt=urn:btih:ZOCMZQIPFFW7OLLMIC5HUB6BPCSDEOQU").hashes.v1->hex() ==
        "cb84ccc10f296df72d6c40ba7a07c178a4323a14");
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
  CHECK(encoded.find(
            "&dn=Gr%C3%B6%C3%9Fe%20%26%20100%25%20%2B1%20%3D%20a%2Fb&so=0-3,7&tr=http%3A%2F%2F") !=
        std::string::npos);
  CHECK(parsed(encoded) == magnet);
}

TEST_CASE("a magnet is never longer than is taken") {
  Magnet magnet;
  magnet.hashes.v1 = Sha1::parse_hex(v1_hex);
  magnet.name = std::string(5000, '&');
  magnet.selected = {{{3}, {5}}};
  // A shorter one behind a long one still fits.
  for (int i = 0; i < 100; ++i)
    magnet.trackers.push_back(fmt::format("http://t{}.example/{}", i, std::string(3000, '/')));
  magnet.web_seeds = {"http://w.example/"};
  const std::string encoded = encode_magnet(magnet);
  CHECK(encoded.size() <= magnet_bytes_max);
  const Magnet again = parsed(encoded);
  CHECK(again.trackers.size() == 14);
  CHECK(again.web_seeds == magnet.web_seeds);
  CHECK(again.selected == magnet.selected);
  CHECK(again.name.size() == magnet_name_bytes_max);
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
