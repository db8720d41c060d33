// v2 and hybrid torrents of libtorrent's test suite (test/test_torrents) and of Transmission's
// (bittorrent-v2-test, and v2_hybrid-missing-tailpad, which is its bittorrent-v2-hybrid-test): what
// libtorrent 2.1's test_torrent_info and both programs say of them, and those that libtorrent
// refuses.
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/metainfo/metainfo.h"
#include "core/metainfo/torrent_encoder.h"
#include "tests/support/catch.h"

namespace seed::metainfo {
namespace {

Buffer load(const std::string& name) {
  std::ifstream in(std::string(SEED_TEST_DATA) + "/golden/metainfo/data/" + name, std::ios::binary);
  REQUIRE(in);
  const std::string content{std::istreambuf_iterator<char>(in), {}};
  return to_buffer(content);
}

Metainfo parsed(const std::string& name) {
  auto out = parse_torrent(load(name));
  if (!out) FAIL(name << ": " << out.error().text);
  return std::move(*out);
}

struct Expected {
  std::string file;
  std::string v1;
  std::string v2;
  std::string first_root;  ///< of the first file with content
  std::uint32_t files;
  std::uint32_t pieces;
  std::size_t layers_missing = 0;
};

const std::string test1MB_root = "515ea9181744b817744ded9d2e8e9dc6a8450c0b0c52e24b5077f302ffbd9008";

TEST_CASE("hashes, roots and layers of v2 torrents are those that other clients tell") {
  const std::string only_hash = "95e04d0c4bad94ab206efa884666fd89777dbe4f7bd9945af1829037a85c6192";
  const std::string many_hash = "33549c6b0b7f0ce30f0cdc253ee05ccea3c67caa1560fa3c9bcc40c1837b5576";
  const std::string many_root = "6dae0824f0dc38043079dfacce900cb7b24f308868c2dff3b23f9af2f218903d";
  const std::vector<Expected> rows = {
      {"v2/v2.torrent", "c14199bbec64d0e9e439aa3b6b7639e666b86eca",
       "597b180c1a170a585dfc5e85d834d69013ceda174b8f357d5bb1a0ca509faf0a",
       "60aae9c7b428f87e0713e88229e18f0adf12cd7b22a0dd8a92bb2485eb7af242", 1, 1},
      {"v2/v2_multipiece_file.torrent", "6c68c1bcc24c65b6fef4724d8234b67e0e9ac6a4",
       "108ac2c3718ce722e6896edc56c4afa98f1d711ecaace7aad74fca418ebd03de", test1MB_root, 1, 16},
      {"v2/v2_only.torrent", "", only_hash, test1MB_root, 1, 16},
      {"v2/v2_no_piece_layers.torrent", "", only_hash, test1MB_root, 1, 16, 1},
      {"v2/v2_multiple_files.torrent", "", many_hash, many_root, 3, 3002},
      {"v2/v2_incomplete_piece_layer.torrent", "", many_hash, many_root, 3, 3002, 1},
      {"v2/v2_symlinks.torrent", "",
       "8e4db680dbf49d2a08a15b47ecefc1556f8a68a1e6f8a1fe5db56caf52554bee",
       "34b801d083d618a7de602b54a8002e2bbd00c6b3460f921409d461db0334f955", 6, 82},
      {"v2/v2_empty_file.torrent", "fdc8263736f65efc8da8948f2e9f64ad92ad614a",
       "e56591511c519faf6c41547bb6fdb6bfdfe32abdfaabdee90ea595e3719fdc43",
       "6850a599ef04a7c698a9e0381d7b326d5b7a3b9ac2dcedb5c073df6a081a6483", 3, 250},
      {"v2/v2_hybrid.torrent", "514c76c1f27ec61ca8b37851bcd1cbf0b26cf120",
       "518fbaf39b37020c896e8768a967da6d76bbd5ef7a02c761021b65a72c6cfa11",
       "8e31d30f9e25c6336768e978261219c8a9ee8ba81f1bf8a07d8b84664428ccc6", 18, 1715},
      {"v2/v2_hybrid-missing-tailpad.torrent", "631a31dd0a46257d5078c0dee4e66e26f73e42ac",
       "d8dd32ac93357c368556af3ac1d95c9d76bd0dff6fa9833ecdac3d53134efabb",
       "8e31d30f9e25c6336768e978261219c8a9ee8ba81f1bf8a07d8b84664428ccc6", 17, 1715},
      {"v2/bittorrent-v2-test.torrent", "",
       "caf1e1c30e81cb361b9ee167c4aa64228a7fa4fa9f6105232b28ad099f3a302e",
       "81fd3fecc5c6c39db056e91b7c73bd7bb11ec2011a21084634c01bfe2405eaf9", 11, 371},
      {"single_v2.torrent", "", "0b4e5a13fbb7e5a843b5b34f3d58f99d4c78648ce31e1a99980256dfe22af9f4",
       "3acddfff14a85d17b5535bb77a1f0da828b72e7dab7db6f2e05975bcf54eb98d", 1, 7},
      {"single_hybrid.torrent", "d72b92fb57d669b488032b15ff1c12d0ad8a1c2e",
       "0575cad9ed2aae27feb5b3defa0c5eb09742622c7b47b8673e9959cd6fcc6761",
       "3acddfff14a85d17b5535bb77a1f0da828b72e7dab7db6f2e05975bcf54eb98d", 1, 7},
  };
  for (const Expected& row : rows) {
    INFO(row.file);
    const Metainfo meta = parsed(row.file);
    CHECK((meta.hashes.v1 ? meta.hashes.v1->hex() : "") == row.v1);
    CHECK(meta.hashes.v2->hex() == row.v2);
    CHECK(meta.has_v1() == !row.v1.empty());
    CHECK(meta.layout.alignment() == (meta.has_v1() ? Alignment::contiguous : Alignment::per_file));
    CHECK(meta.layout.file_count() == row.files);
    CHECK(meta.layout.piece_count() == row.pieces);
    std::uint32_t file = 0;
    while (!meta.pieces_root({file})) ++file;
    CHECK(meta.pieces_root({file})->hex() == row.first_root);
    CHECK(meta.files_without_layer().size() == row.layers_missing);
    CHECK(meta.layers_complete() == (row.layers_missing == 0));

    const auto again = parse_torrent(encode_torrent(parts_of(meta)));
    REQUIRE(again);
    CHECK(again->hashes == meta.hashes);
    CHECK(again->files_without_layer() == meta.files_without_layer());
    for (std::uint32_t at = 0; at < meta.layout.file_count(); ++at)
      CHECK(equal(again->piece_layer({at}), meta.piece_layer({at})));
  }
}

TEST_CASE("hybrids with empty files in all places are understood") {
  for (char number = '1'; number <= '5'; ++number) {
    const Metainfo meta = parsed(std::string("v2/empty-files-") + number + ".torrent");
    CHECK(meta.has_v1());
    CHECK(meta.has_v2());
    CHECK(meta.layout.file_count() == 7);
    CHECK(meta.layers_complete());
  }
  const Metainfo meta = parsed("v2/empty-files-1.torrent");
  CHECK_FALSE(meta.pieces_root({0}));
  CHECK(meta.pieces_root({1})->hex().starts_with("d0677fc5"));
  CHECK_FALSE(meta.pieces_root({2}));  // a pad
  CHECK(meta.pieces_root({3})->hex().starts_with("60ccbd8c"));
  CHECK(meta.piece_root({0}) == meta.pieces_root({1}));
  CHECK(meta.tree_bytes({0}) == 512);
  CHECK(meta.leaf_width({0}) == 1);
  CHECK(meta.layout.piece_size({0}) == 16384);
}

TEST_CASE("links and names of v2 torrents are made safe") {
  const Metainfo links = parsed("v2/v2_symlinks.torrent");
  CHECK(links.layout.symlink_target({0}) == "SDL2.framework/Versions/Current/Headers");
  CHECK(links.layout.attributes({0}).executable);
  CHECK_FALSE(links.pieces_root({0}));
  CHECK(links.layout.path({3}) == "SDL2.framework/Versions/Current/Headers/SDL.h");
  CHECK(parsed("v2/v2_invalid_filename.torrent").layout.file_count() == 1);
  CHECK(parsed("v2/v2_invalid_filename2.torrent").layout.path({2}) == "test/stress_test2");
}

TEST_CASE("what libtorrent refuses is refused with the reason") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"v2_mismatching_metadata", "its v1 and v2 parts do not have the same files"},
      {"v2_bad_file_alignment", "its v1 part does not align files to pieces as its v2 part does"},
      {"v2_no_power2_piece", "its piece length is not a power of two of at least 16384 bytes"},
      {"v2_piece_size", "its piece length is not between 1 and 1073741824 bytes"},
      {"v2_invalid_file", "its file tree has something that is neither file nor folder"},
      {"v2_empty_filename", "there is data behind its end"},
      {"v2_deep_recursion", "bencode: nested too deeply at offset 307"},
      {"v2_unordered_files", "its info dictionary's keys are not sorted"},
      {"v2_overlong_integer",
       "bencode: integer with a leading zero or a negative zero at offset 97"},
      {"v2_missing_file_root_invalid_symlink",
       "the pieces root of file 0 is missing or not 32 bytes"},
      {"v2_zero_root", "the pieces root of file 0 is zero"},
      {"v2_zero_root_small", "the pieces root of file 0 is zero"},
      {"v2_large_file", "the files have more than 4000000 pieces together"},
      {"v2_large_offset", "the files have more than 4000000 pieces together"},
      {"v2_invalid_pad_file", "file 0 of its file tree is a pad file"},
      {"v2_non_multiple_piece_layer",
       "a piece layer does not have as many hashes as its file has pieces"},
      {"v2_piece_layer_invalid_file_hash", "its piece layers have something that is not a layer"},
      {"v2_invalid_piece_layer", "its piece layers have something that is not a layer"},
      {"v2_invalid_piece_layer_root", "a piece layer does not lead to the pieces root of its file"},
      {"v2_invalid_root_hash", "a piece layer does not lead to the pieces root of its file"},
      {"v2_invalid_piece_layer_size",
       "a piece layer does not have as many hashes as its file has pieces"},
      {"v2_unknown_piece_layer_entry", "it has a piece layer that belongs to none of its files"},
  };
  for (const auto& [name, reason] : rows) {
    INFO(name);
    const auto refused = parse_torrent(load("v2/" + name + ".torrent"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text == "torrent: " + reason);
  }
}

}  // namespace
}  // namespace seed::metainfo
