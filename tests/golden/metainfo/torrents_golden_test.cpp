// Torrents made by libtorrent 2.0.8 and transmission-create 3.00 of Debian 12, and what these
// two say of them: info-hashes, files, magnets.
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/metainfo/magnet.h"
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
  std::string name;
  std::uint32_t pieces;
  std::uint32_t piece_length;
  std::uint64_t total_size;
  bool is_private;
};

TEST_CASE("hashes, names and sizes are those that other clients tell") {
  const std::vector<Expected> rows = {
      {"by_transmission_multi.torrent", "ed7f3cf72ebdda29ceef2b165139c2fedc2b5b6e", "", "tree", 4,
       32768, 110017, true},
      {"by_transmission_single.torrent", "23886bb59b109ac124cd08e1888d71e62edb50b1", "", "one.iso",
       4, 32768, 100000, true},
      {"single_v1.torrent", "ef36ef6d495039c1b845575d84a3b00084f3b5ad", "", "one.iso", 7, 16384,
       100000, false},
      {"multi_v1.torrent", "ffad48fc6ccab317f221116ea44e1d5f10c17d98", "", "tree", 4, 32768, 110017,
       true},
      {"single_hybrid.torrent", "d72b92fb57d669b488032b15ff1c12d0ad8a1c2e",
       "0575cad9ed2aae27feb5b3defa0c5eb09742622c7b47b8673e9959cd6fcc6761", "one.iso", 7, 16384,
       100000, false},
      {"multi_hybrid.torrent", "f4d4f43076548a73f0acdc7c3340d982224e4d73",
       "c30983ddffd39dc4d4c486d998cdef5ea210c19155bb944a574656a8d894a6dd", "tree", 9, 16384, 147456,
       false},
  };
  for (const Expected& row : rows) {
    INFO(row.file);
    const Metainfo meta = parsed(row.file);
    CHECK(meta.hashes.v1->hex() == row.v1);
    CHECK((meta.hashes.v2 ? meta.hashes.v2->hex() : "") == row.v2);
    CHECK(meta.name == row.name);
    CHECK(meta.layout.piece_count() == row.pieces);
    CHECK(meta.layout.piece_length() == row.piece_length);
    CHECK(meta.layout.total_size() == row.total_size);
    CHECK(meta.is_private == row.is_private);
    const auto again = parse_torrent(encode_torrent(parts_of(meta)));
    REQUIRE(again);
    CHECK(again->hashes == meta.hashes);
  }
}

TEST_CASE("the files of a hybrid are padded as its maker says") {
  struct File {
    std::string path;
    std::uint64_t length;
    std::uint64_t offset;
    bool is_pad;
  };
  const std::vector<File> expected = {
      {"tree/a.bin", 40000, 0, false},         {"tree/.pad/9152", 9152, 40000, true},
      {"tree/empty", 0, 49152, false},         {"tree/sub dir/b.txt", 17, 49152, false},
      {"tree/.pad/16367", 16367, 49169, true}, {"tree/sub dir/ünï.dat", 70000, 65536, false},
      {"tree/.pad/11920", 11920, 135536, true}};
  const FileLayout layout = parsed("multi_hybrid.torrent").layout;
  REQUIRE(layout.file_count() == expected.size());
  for (std::uint32_t file = 0; file < layout.file_count(); ++file) {
    CHECK(layout.path({file}) == expected[file].path);
    CHECK(layout.length({file}) == expected[file].length);
    CHECK(layout.offset({file}) == expected[file].offset);
    CHECK(layout.is_pad({file}) == expected[file].is_pad);
  }
}

TEST_CASE("piece hashes are those of the content") {
  // one.iso: octet i is (11 i + i / 251 + 11) mod 256.
  Buffer content(100000);
  for (std::size_t i = 0; i < content.size(); ++i)
    content[i] = static_cast<std::uint8_t>(11 * i + i / 251 + 11);
  for (const auto file :
       {"single_v1.torrent", "single_hybrid.torrent", "by_transmission_single.torrent"}) {
    INFO(file);
    const Metainfo meta = parsed(file);
    for (std::uint32_t piece = 0; piece < meta.layout.piece_count(); ++piece) {
      const Bytes octets = Bytes(content).subspan(std::size_t{piece} * meta.layout.piece_length(),
                                                  meta.layout.piece_size({piece}));
      CHECK(meta.piece_hash({piece}) == sha1(octets));
    }
  }
}

TEST_CASE("what stands around the info dictionary is read") {
  const Metainfo meta = parsed("multi_v1.torrent");
  CHECK(meta.announce_tiers ==
        AnnounceTiers{{"http://a.example/announce", "udp://b.example:6969/announce"},
                      {"https://c.example/announce"}});
  CHECK(meta.web_seeds ==
        std::vector<std::string>{"http://seed.example/files/", "https://seed.example/b/"});
  CHECK(meta.comment == "Grüße");
  CHECK(unix_seconds(meta.created) == 1'700'000'000);
  const Metainfo other = parsed("by_transmission_single.torrent");
  CHECK(other.comment == "made by transmission-create");
  CHECK(other.created_by.starts_with("Transmission/"));
}

TEST_CASE("magnets are those that other clients make") {
  CHECK(encode_magnet(magnet_of(parsed("multi_v1.torrent"))) ==
        "magnet:?xt=urn:btih:ffad48fc6ccab317f221116ea44e1d5f10c17d98&dn=tree"
        "&tr=http%3A%2F%2Fa.example%2Fannounce&tr=udp%3A%2F%2Fb.example%3A6969%2Fannounce"
        "&tr=https%3A%2F%2Fc.example%2Fannounce&ws=http%3A%2F%2Fseed.example%2Ffiles%2F"
        "&ws=https%3A%2F%2Fseed.example%2Fb%2F");
  CHECK(
      encode_magnet(magnet_of(parsed("multi_hybrid.torrent"))) ==
      "magnet:?xt=urn:btih:f4d4f43076548a73f0acdc7c3340d982224e4d73"
      "&xt=urn:btmh:1220c30983ddffd39dc4d4c486d998cdef5ea210c19155bb944a574656a8d894a6dd&dn=tree");
}

TEST_CASE("piece roots are those of the content") {
  // As above; in blocks of 16 KiB, which are pieces of these.
  Buffer content(100000);
  for (std::size_t i = 0; i < content.size(); ++i)
    content[i] = static_cast<std::uint8_t>(11 * i + i / 251 + 11);
  for (const auto file : {"single_v2.torrent", "single_hybrid.torrent"}) {
    INFO(file);
    const Metainfo meta = parsed(file);
    for (std::uint32_t piece = 0; piece < meta.layout.piece_count(); ++piece) {
      const Bytes octets =
          Bytes(content).subspan(std::size_t{piece} * 16384, meta.tree_bytes({piece}));
      CHECK(meta.leaf_width({piece}) == 1);
      CHECK(meta.piece_root({piece}) == sha256(octets));
    }
  }
}

}  // namespace
}  // namespace seed::metainfo
