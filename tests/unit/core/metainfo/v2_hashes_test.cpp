#include "core/metainfo/v2_hashes.h"

#include "core/metainfo/metainfo.h"
#include "tests/support/catch.h"
#include "tests/unit/core/metainfo/make_v2.h"

namespace seed::metainfo {
namespace {

const std::string layer_a = some_layer(5, "a");
const std::string layer_b = some_layer(3, "b");
const Sha256 root_a = root_over(layer_a);
const Sha256 root_b = root_over(layer_b);
const Sha256 root_small = sha256(as_bytes("small"));

/// Files of 5, 3, 1 and 5 pieces of 16 KiB; the first and the last are alike.
Dict four_files() {
  return v2_info({{"a", v2_file(5 * 16384, root_a)},
                  {"b", v2_file(2 * 16384 + 1, root_b)},
                  {"c", v2_file(16384, root_small)},
                  {"d", v2_file(5 * 16384, root_a)}});
}

Result<Metainfo> parse(const Dict& layers, const Dict& info = four_files()) {
  return parse_torrent(as_bytes(torrent(info, {{"piece layers", dict(layers)}})));
}

std::string fault_of(const Dict& layers) {
  const auto parsed = parse(layers);
  return parsed ? "none" : parsed.error().text;
}

const Dict both = {{digest_text(root_a), text(layer_a)}, {digest_text(root_b), text(layer_b)}};

Sha256 nth(const std::string& layer, std::size_t at) {
  return *Sha256::from(as_bytes(layer).subspan(at * 32, 32));
}

TEST_CASE("piece roots are those of the layers, and the pieces root of a small file") {
  const auto meta = parse(both);
  REQUIRE(meta);
  CHECK(meta->layers_complete());
  CHECK(meta->layout.piece_count() == 14);
  for (std::uint32_t piece = 0; piece < 5; ++piece) {
    CHECK(meta->piece_root({piece}) == nth(layer_a, piece));
    CHECK(meta->piece_root({9 + piece}) == nth(layer_a, piece));
  }
  CHECK(meta->piece_root({7}) == nth(layer_b, 2));
  CHECK(meta->piece_root({8}) == root_small);
  CHECK(as_text(meta->piece_layer({1})) == layer_b);
  CHECK(equal(meta->piece_layer({2}), root_small.bytes()));
  CHECK(meta->files_with_root(root_a) == std::vector<FileIndex>{{0}, {3}});
  CHECK(meta->files_with_root(root_small) == std::vector<FileIndex>{{2}});
  CHECK(meta->files_with_root({}).empty());
}

TEST_CASE("a piece's tree is as wide as a piece, or as its small file") {
  const auto meta = parse({}, v2_info({{"a", v2_file(65536, root_a)},
                                       {"b", v2_file(1, root_b)},
                                       {"c", v2_file(40'000, root_a)},
                                       {"d", v2_file(65536 + 1, root_b)}},
                                      {{"piece length", number(65536)}}));
  REQUIRE(meta);
  CHECK(meta->leaf_width({0}) == 4);
  CHECK(meta->leaf_width({1}) == 1);
  CHECK(meta->leaf_width({2}) == 4);  // three blocks
  CHECK(meta->leaf_width({3}) == 4);
  CHECK(meta->leaf_width({4}) == 4);  // one block, but of a larger file
  CHECK(meta->tree_bytes({4}) == 1);
}

TEST_CASE("layers may be missing and come later") {
  auto meta = parse({{digest_text(root_b), text(layer_b)}});
  REQUIRE(meta);
  CHECK_FALSE(meta->layers_complete());
  CHECK(meta->files_without_layer() == std::vector<FileIndex>{{0}, {3}});
  CHECK_FALSE(meta->piece_root({0}));
  CHECK(meta->piece_layer({0}).empty());
  CHECK(meta->piece_root({5}) == nth(layer_b, 0));
  REQUIRE(meta->set_layer({3}, as_bytes(layer_a)));
  REQUIRE(meta->set_layer({3}, as_bytes(layer_a)));
  CHECK(meta->files_without_layer() == std::vector<FileIndex>{{0}});
  CHECK(meta->piece_root({13}) == nth(layer_a, 4));
  REQUIRE(meta->set_layer({0}, as_bytes(layer_a)));
  CHECK(meta->layers_complete());
  CHECK(meta->piece_root({1}) == nth(layer_a, 1));

  const auto bare = parse_info(meta->info);
  REQUIRE(bare);
  CHECK(bare->files_without_layer().size() == 3);
}

TEST_CASE("a layer that does not lead to its root is not set") {
  auto meta = parse({});
  REQUIRE(meta);
  CHECK_FALSE(meta->set_layer({0}, as_bytes(layer_b)));
  CHECK_FALSE(meta->set_layer({0}, as_bytes(some_layer(5, "x"))));
  CHECK_FALSE(meta->set_layer({0}, as_bytes(layer_a).first(31)));
  CHECK_FALSE(meta->set_layer({2}, root_small.bytes()));
  CHECK_FALSE(meta->set_layer({9}, as_bytes(layer_a)));
  CHECK(meta->files_without_layer().size() == 3);
}

TEST_CASE("layers that are wrong or belong to nothing are refused") {
  CHECK(fault_of(both) == "none");
  const auto changed = [](const Sha256& key, const std::string& value) {
    return fault_of(with(both, {{digest_text(key), value}}));
  };
  CHECK(changed(root_b, text(some_layer(3, "x"))) ==
        "torrent: a piece layer does not lead to the pieces root of its file");
  CHECK(changed(root_b, text(layer_b + layer_b)) ==
        "torrent: a piece layer does not have as many hashes as its file has pieces");
  CHECK(changed(root_b, text(layer_b.substr(1))) ==
        "torrent: a piece layer does not have as many hashes as its file has pieces");
  const std::string no_file = "torrent: it has a piece layer that belongs to none of its files";
  CHECK(changed(root_small, text(digest_text(root_small))) == no_file);
  CHECK(changed({}, text(layer_b)) == no_file);
  const std::string no_layer = "torrent: its piece layers have something that is not a layer";
  CHECK(changed(root_b, number(1)) == no_layer);
  CHECK(fault_of({{"short", text(layer_b)}}) == no_layer);
  const auto no_dict =
      parse_torrent(as_bytes(torrent(four_files(), {{"piece layers", number(1)}})));
  REQUIRE_FALSE(no_dict);
  CHECK(no_dict.error().text == "torrent: its piece layers are not a dictionary");
}

TEST_CASE("one root for files of different lengths cannot be right") {
  const auto parsed =
      parse({{digest_text(root_a), text(layer_a)}},
            v2_info({{"a", v2_file(5 * 16384, root_a)}, {"b", v2_file(6 * 16384, root_a)}}));
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().text ==
        "torrent: a piece layer does not have as many hashes as its file has pieces");
}

TEST_CASE("a v1 torrent has no trees, whatever stands beside it") {
  const auto meta = parse_torrent(as_bytes(torrent(single_info(), {{"piece layers", number(1)}})));
  REQUIRE(meta);
  CHECK_FALSE(meta->has_v2());
  CHECK_FALSE(meta->pieces_root({0}));
  CHECK(meta->piece_layer({0}).empty());
  CHECK(meta->layers_complete());
}

}  // namespace
}  // namespace seed::metainfo
