#include "core/metainfo/metainfo.h"

#include <fmt/format.h>

#include "core/base/limits.h"
#include "tests/support/catch.h"
#include "tests/unit/core/metainfo/make_torrent.h"

namespace seed::metainfo {
namespace {

std::string fault_of(std::string_view torrent) {
  const auto parsed = parse_torrent(as_bytes(torrent));
  return parsed ? "none" : parsed.error().text;
}

Metainfo parsed(const Dict& around) {
  auto out = parse_torrent(as_bytes(torrent(single_info(), around)));
  if (!out) FAIL(out.error().text);
  return std::move(*out);
}

TEST_CASE("what is no torrent is refused") {
  CHECK(fault_of("") == "torrent: bencode: unexpected end at offset 0");
  CHECK(fault_of("<html>404</html>") == "torrent: bencode: no value begins at offset 0");
  CHECK(fault_of("i1e") == "torrent: it is not a dictionary");
  CHECK(fault_of("de") == "torrent: it has no info dictionary");
  CHECK(fault_of("d4:infoi1ee") == "torrent: its info is not a dictionary");
  const auto large = parse_torrent(Buffer(limits::torrent_file_bytes_max + 1, 'd'));
  REQUIRE_FALSE(large);
  CHECK(large.error().code == FaultCode::too_large);
  CHECK(large.error().text == "torrent: larger than 64 MiB");
}

TEST_CASE("white space behind the end is forgiven, all else is not") {
  const std::string good = torrent(single_info());
  CHECK(fault_of(good + "\r\n") == "none");
  CHECK(fault_of(good + "junk") == "torrent: there is data behind its end");
  CHECK(fault_of(good.substr(0, good.size() - 1)).starts_with("torrent: bencode: unexpected end"));
}

TEST_CASE("the info-hash is over the octets as they came, sorted or not") {
  const std::string info =
      "d6:pieces20:aaaaaaaaaaaaaaaaaaaa4:name1:n12:piece lengthi16384e6:lengthi5ee";
  const auto meta = parse_torrent(as_bytes("d4:info" + info + "e"));
  REQUIRE(meta);
  CHECK(meta->hashes.v1 == sha1(as_bytes(info)));
  CHECK(as_text(meta->info) == info);
  CHECK(meta->torrent_bytes == info.size() + 8);
  const auto alone = parse_info(as_bytes(info));
  REQUIRE(alone);
  CHECK(alone->hashes == meta->hashes);
  CHECK(alone->torrent_bytes == 0);
  CHECK_FALSE(parse_info(as_bytes(info + "\n")));
  CHECK(parse_info(as_bytes("le")).error().text == "torrent: its info is not a dictionary");
}

TEST_CASE("announce-list goes before announce, in its tiers") {
  const Metainfo meta =
      parsed({{"announce", text("http://single.example/a")},
              {"announce-list",
               list({texts({"http://a.example/x", " udp://b.example:69/ ", "wss://w.example"}),
                     texts({}), texts({"http://a.example/x", "https://c.example/y"}),
                     text("udp://flat.example:1"), number(1)})}});
  CHECK(meta.announce_tiers == AnnounceTiers{{"http://a.example/x", "udp://b.example:69/"},
                                             {"https://c.example/y"},
                                             {"udp://flat.example:1"}});
}

TEST_CASE("announce alone is one tier, also when announce-list has nothing to offer") {
  const AnnounceTiers one{{"http://t.example/a"}};
  CHECK(parsed({}).announce_tiers == one);
  CHECK(parsed({{"announce-list", list({texts({"ftp://x.example/", "not a url", ""})})}})
            .announce_tiers == one);
  CHECK(parsed({{"announce", ""}}).announce_tiers.empty());
  CHECK(parsed({{"announce", number(5)}}).announce_tiers.empty());
}

TEST_CASE("trackers beyond the bound are left out") {
  std::vector<std::string> tiers;
  for (int i = 0; i < 1000; ++i) tiers.push_back(texts({fmt::format("http://{}.example/", i)}));
  CHECK(parsed({{"announce-list", list(tiers)}}).announce_tiers.size() ==
        limits::trackers_per_torrent_max);
}

TEST_CASE("web seeds come as a string or as a list") {
  using Urls = std::vector<std::string>;
  CHECK(parsed({{"url-list", text("http://w.example/a b")}}).web_seeds ==
        Urls{"http://w.example/a%20b"});
  CHECK(parsed({{"url-list", texts({"http://w.example/", "", "http://w.example/",
                                    "rsync://x.example/", "https://v.example/f"})}})
            .web_seeds == Urls{"http://w.example/", "https://v.example/f"});
  CHECK(parsed({{"url-list", text("")}}).web_seeds.empty());
}

TEST_CASE("nodes are kept when they are a host and a port") {
  const Metainfo meta =
      parsed({{"nodes", list({list({text("router.example"), number(6881)}),
                              list({text("10.0.0.1"), number(0)}), list({number(1), number(2)}),
                              list({text(""), number(5)}), list({text("x.example"), number(70000)}),
                              number(7)})}});
  CHECK(meta.nodes == std::vector<HostPort>{{"router.example", 6881}});
}

TEST_CASE("text for showing is well-formed") {
  const Metainfo meta = parsed({{"comment", text("caf\xe9")},
                                {"created by", text("maker 1.0")},
                                {"creation date", number(1'700'000'000)},
                                {"source", text("top")}});
  CHECK(meta.comment == "caf\xef\xbf\xbd");
  CHECK(meta.created_by == "maker 1.0");
  CHECK(unix_seconds(meta.created) == 1'700'000'000);
  CHECK(meta.source == "top");
  CHECK(parsed({{"comment", text("x")}, {"comment.utf-8", text("é")}}).comment == "é");
  for (const auto absurd : {-1ll, 0ll, 9223372036854775807ll})
    CHECK(parsed({{"creation date", number(absurd)}}).created == no_time);
  CHECK(parsed({{"creation date", text("today")}}).created == no_time);
}

}  // namespace
}  // namespace seed::metainfo
