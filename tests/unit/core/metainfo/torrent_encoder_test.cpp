#include "core/metainfo/torrent_encoder.h"

#include "core/bencode/document.h"
#include "tests/support/catch.h"
#include "tests/unit/core/metainfo/make_torrent.h"
#include "tests/unit/core/metainfo/make_v2.h"

namespace seed::metainfo {
namespace {

TEST_CASE("an info dictionary alone makes the smallest torrent") {
  CHECK(as_text(encode_torrent({.info = as_bytes("de"),
                                .announce_tiers = {},
                                .web_seeds = {},
                                .comment = {},
                                .created_by = {},
                                .nodes = {}})) == "d4:infodee");
}

TEST_CASE("one tracker is an announce, more are an announce-list too") {
  TorrentParts parts;
  parts.info = as_bytes("de");
  parts.announce_tiers = {{}, {"http://a.example"}};
  CHECK(as_text(encode_torrent(parts)) == "d8:announce16:http://a.example4:infodee");
  parts.announce_tiers.push_back({"udp://b.example:1"});
  CHECK(
      as_text(encode_torrent(parts)) ==
      "d8:announce16:http://a.example13:announce-listll16:http://a.exampleel17:udp://b.example:1ee"
      "4:infodee");
}

TEST_CASE("a torrent that is encoded parses to the same") {
  auto first = parse_torrent(
      as_bytes(torrent(multi_info({file(5, {"a"}), file(9, {"d", "b"})}),
                       {{"announce-list", list({texts({"http://a.example/x", "udp://b.example:69"}),
                                                texts({"https://c.example/y"})})},
                        {"comment", text("é")},
                        {"created by", text("me")},
                        {"creation date", number(1'700'000'000)},
                        {"nodes", list({list({text("n.example"), number(1)})})},
                        {"url-list", texts({"http://w.example/"})}})));
  REQUIRE(first);
  const Buffer encoded = encode_torrent(parts_of(*first));
  CHECK(bencode::Document::parse(encoded)->keys_sorted());
  const auto second = parse_torrent(encoded);
  REQUIRE(second);
  CHECK(second->hashes == first->hashes);
  CHECK(second->announce_tiers == first->announce_tiers);
  CHECK(second->web_seeds == first->web_seeds);
  CHECK(second->nodes == first->nodes);
  CHECK(second->comment == first->comment);
  CHECK(second->created_by == first->created_by);
  CHECK(second->created == first->created);
  CHECK(equal(second->info, first->info));
}

TEST_CASE("piece layers are written by root, each once") {
  const std::string a = some_layer(2, "a");
  const std::string b = some_layer(3, "b");
  const Dict info = v2_info({{"a", v2_file(32'768, root_over(a))},
                             {"b", v2_file(3 * 16384, root_over(b))},
                             {"c", v2_file(1, sha256({}))},
                             {"d", v2_file(32'768, root_over(a))}});
  const Dict layers = {{digest_text(root_over(a)), text(a)}, {digest_text(root_over(b)), text(b)}};
  auto meta = parse_torrent(as_bytes(torrent(info, {{"piece layers", dict(layers)}})));
  REQUIRE(meta);
  CHECK(as_text(encode_piece_layers(*meta)) == dict(layers));
  CHECK(as_text(encode_torrent(parts_of(*meta))) ==
        torrent(info, {{"piece layers", dict(layers)}}));

  auto bare = parse_info(meta->info);
  REQUIRE(bare);
  CHECK(encode_piece_layers(*bare).empty());
  REQUIRE(bare->set_layer({1}, as_bytes(b)));
  CHECK(as_text(encode_piece_layers(*bare)) == dict({{digest_text(root_over(b)), text(b)}}));
}

TEST_CASE("BEP 52 wants piece layers in every torrent of v2 and in no other") {
  const auto small = parse_torrent(as_bytes(torrent(v2_info({{"a", v2_file(1, sha256({}))}}))));
  REQUIRE(small);
  CHECK(as_text(encode_piece_layers(*small)) == "de");
  const auto v1 = parse_torrent(as_bytes(torrent(single_info())));
  REQUIRE(v1);
  CHECK(encode_piece_layers(*v1).empty());
}

}  // namespace
}  // namespace seed::metainfo
