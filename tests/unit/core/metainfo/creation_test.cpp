#include "core/metainfo/creation.h"

#include "core/metainfo/metainfo.h"
#include "core/metainfo/torrent_encoder.h"
#include "tests/support/catch.h"
#include "tests/unit/core/metainfo/make_plan.h"

namespace seed::metainfo {
namespace {

SourceFile file(std::vector<std::string> path, std::uint64_t length,
                FileAttributes attributes = {}) {
  return {std::move(path), length, attributes, {}};
}

CreationOptions options(TorrentVersion version, std::uint32_t piece_length = 32768) {
  CreationOptions out;
  out.version = version;
  out.name = "tree";
  out.piece_length = piece_length;
  return out;
}

std::string fault_of(std::vector<SourceFile> files, const CreationOptions& wish) {
  const auto plan = plan_creation(std::move(files), wish);
  return plan ? "none" : plan.error().text;
}

std::vector<std::string> paths_of(const CreationPlan& plan) {
  std::vector<std::string> out;
  for (std::uint32_t at = 0; at < plan.layout.file_count(); ++at)
    out.push_back(plan.layout.path({at}));
  return out;
}

/// Octet i is (seed * i + i / 251 + seed) mod 256.
Buffer content(std::size_t length, std::size_t seed) {
  Buffer out(length);
  for (std::size_t i = 0; i < length; ++i)
    out[i] = static_cast<std::uint8_t>(seed * i + i / 251 + seed);
  return out;
}

/// The folder that libtorrent and Transmission were given, in the tree's order.
struct Tree {
  std::vector<SourceFile> files;
  std::vector<Buffer> contents;

  void add(std::vector<std::string> path, std::size_t length, std::size_t seed,
           FileAttributes attributes = {}) {
    files.push_back(file(std::move(path), length, attributes));
    contents.push_back(content(length, seed));
  }
  void add_link(std::vector<std::string> path, std::vector<std::string> target) {
    add(std::move(path), 0, 0, {.executable = true, .symlink = true});
    files.back().symlink_target = std::move(target);
  }
};

Tree folder() {
  Tree out;
  out.add({"sub.txt"}, 40'000, 9);
  out.add({"a.bin"}, 100'000, 11);
  out.add({"empty"}, 0, 1);
  out.add({"sub", "deep", "d.dat"}, 16'385, 7);
  out.add({"sub", "c.dat"}, 65'536, 5);
  out.add({"b.txt"}, 17, 3);
  return out;
}

InfoHashes hashes_of(const Tree& tree, const CreationOptions& wish) {
  const auto plan = plan_creation(tree.files, wish);
  if (!plan) FAIL(plan.error().text);
  const auto digests = hashed(*plan, tree.contents);
  const auto encoded = encode_info(*plan, digests.views());
  TorrentParts parts;
  parts.info = encoded.info;
  parts.piece_layers = encoded.piece_layers;
  const auto parsed = parse_torrent(encode_torrent(parts));
  if (!parsed) FAIL(parsed.error().text);
  CHECK(parsed->layers_complete());
  CHECK(equal(parsed->info, encoded.info));
  return parsed->hashes;
}

void check_hashes(const Tree& tree, CreationOptions wish, std::string_view v1,
                  std::string_view v2) {
  const InfoHashes hashes = hashes_of(tree, wish);
  CHECK((hashes.v1 ? hashes.v1->hex() : "") == v1);
  CHECK((hashes.v2 ? hashes.v2->hex() : "") == v2);
}

// libtorrent 2.0.8: create_torrent(add_files(folder), piece length, flags=64 (v1), v2_only or 0),
// set_piece_hashes, and torrent_info(generate()).info_hashes().
TEST_CASE("info-hashes of v2 and hybrids are libtorrent's") {
  check_hashes(folder(), options(TorrentVersion::v2, 16384), "",
               "16d608d134b17d5460109dff82d69f3fb8f11494bf44a3231058bcb39191ae5b");
  check_hashes(folder(), options(TorrentVersion::v2), "",
               "408ed885fda9d43d9a26fc8265391b6662500b7b5c6c70b34fd86a20bcebb8c2");
  check_hashes(folder(), options(TorrentVersion::hybrid, 16384),
               "8323f0b6747e09dff7b2fcebbf356a411c57f93c",
               "bba579518c93bef61960fc0b5f6f7a20f06f4521a4e9eb9e74afe8e7fc676a2e");
  CreationOptions wish = options(TorrentVersion::hybrid);
  wish.is_private = true;
  check_hashes(folder(), wish, "51633128bfd4675d06eb5fc2b1e21fd81913c829",
               "3a38e32015b2ce611b2e79db11ad176ef022d70a29996f5f2c0b0e5b1cc96664");
}

TEST_CASE("info-hashes of one file are libtorrent's") {
  Tree one;
  one.add({"a.bin"}, 100'000, 11);
  CreationOptions wish = options(TorrentVersion::v1, 16384);
  wish.name = "a.bin";
  wish.is_folder = false;
  check_hashes(one, wish, "adde71a4a7fa29946452a5ac724a7ec951a930be", "");
  wish.version = TorrentVersion::v2;
  check_hashes(one, wish, "", "d8487e87515931c3b23a859662767ef39e7fd1c1d5a123550533dfbf944675d1");
  wish.version = TorrentVersion::hybrid;
  check_hashes(one, wish, "99283d04d72fd8a2bf3ef4d2217d161dab42abd7",
               "39d99334df23151f925ae1bae3a170f4c84429215cceb17754838241d1013fe6");
}

TEST_CASE("info-hashes with links and attributes are libtorrent's") {
  // With flag 8 (symlinks). Its 2.0.8 gives the link's own target, not the path below the folder.
  Tree tree;
  tree.add({"tub.txt"}, 40'000, 9);
  tree.add({"a.bin"}, 100'000, 11);
  tree.add({"b.txt"}, 17, 3, {.executable = true});
  tree.add({"empty"}, 0, 1);
  tree.add_link({"sub", "link"}, {"c.dat"});
  tree.add({"sub", "deep", "d.dat"}, 16'385, 7);
  tree.add({"sub", "c.dat"}, 65'536, 5);
  CreationOptions wish = options(TorrentVersion::v1);
  wish.name = "plain";
  wish.as_given = true;
  check_hashes(tree, wish, "ee10ca349ce1fd12283d0e697877be8069c55962", "");
  wish.as_given = false;
  wish.version = TorrentVersion::v2;
  check_hashes(tree, wish, "", "f490711a71a72384d69b2a19799671ff9678e770de1626cc1bf66eb10667e827");
  wish.version = TorrentVersion::hybrid;
  check_hashes(tree, wish, "d9b639ae092b73215c2419da8b4b946348b1ece9",
               "612ba07831c7e327aac4078b53b3313df68187481cbbfff992f79e2be7357536");
}

// transmission-create 3.00: -p -s 32 -t http://t.example/a tree. It leaves empty files out and
// orders by the whole path as octets.
TEST_CASE("info-hashes of v1 are Transmission's") {
  Tree tree;
  tree.add({"a.bin"}, 100'000, 11);
  tree.add({"b.txt"}, 17, 3);
  tree.add({"sub.txt"}, 40'000, 9);
  tree.add({"sub", "c.dat"}, 65'536, 5);
  tree.add({"sub", "deep", "d.dat"}, 16'385, 7);
  CreationOptions wish = options(TorrentVersion::v1);
  wish.is_private = true;
  wish.as_given = true;
  check_hashes(tree, wish, "94e06fa658fd809cb12868b3f7c825dec51cc4a4", "");
  Tree one;
  one.add({"a.bin"}, 100'000, 11);
  wish.name = "a.bin";
  wish.is_folder = false;
  check_hashes(one, wish, "989fac882a91268f45c44eaa60e4eb937f01bbd6", "");
}

TEST_CASE("the order they are found in does not show") {
  Tree other = folder();
  std::ranges::reverse(other.files);
  std::ranges::reverse(other.contents);
  for (const auto version : {TorrentVersion::v1, TorrentVersion::v2, TorrentVersion::hybrid})
    CHECK(hashes_of(other, options(version)) == hashes_of(folder(), options(version)));
}

TEST_CASE("a hybrid has pads, and its files by name as the tree has them") {
  const auto plan = plan_creation(folder().files, options(TorrentVersion::hybrid, 16384));
  REQUIRE(plan);
  CHECK(paths_of(*plan) ==
        std::vector<std::string>{"tree/a.bin", "tree/.pad/14688", "tree/b.txt", "tree/.pad/16367",
                                 "tree/empty", "tree/sub/c.dat", "tree/sub/deep/d.dat",
                                 "tree/.pad/16383", "tree/sub.txt", "tree/.pad/9152"});
  CHECK(plan->files[0].source == 1);
  CHECK(plan->files[1].source == PlannedFile::pad);
  CHECK(plan->layout.is_pad({1}));
  const auto alone = plan_creation({file({"x"}, 5)}, options(TorrentVersion::hybrid));
  REQUIRE(alone);
  CHECK(paths_of(*alone) == std::vector<std::string>{"tree/x"});
}

TEST_CASE("what a pattern names is left out") {
  CreationOptions wish = options(TorrentVersion::v2);
  wish.exclude = {"*.txt", "sub/deep"};
  const auto plan = plan_creation(folder().files, wish);
  REQUIRE(plan);
  CHECK(paths_of(*plan) == std::vector<std::string>{"tree/a.bin", "tree/empty", "tree/sub/c.dat"});
  wish.exclude = {"**"};
  CHECK(fault_of(folder().files, wish) == "there is no content in the files");
}

TEST_CASE("a piece length gives at most 2048 pieces, within what clients read") {
  constexpr std::uint64_t mib = 1 << 20;
  CHECK(chosen_piece_length(1) == 16384);
  CHECK(chosen_piece_length(32 * mib - 1) == 16384);
  CHECK(chosen_piece_length(32 * mib) == 32768);
  CHECK(chosen_piece_length(1024 * mib) == mib);
  CHECK(chosen_piece_length(100 * 1024 * 1024 * mib) == 16 * mib);
  const auto chosen = plan_creation({file({"x"}, 64 * mib)}, options(TorrentVersion::v2, 0));
  REQUIRE(chosen);
  CHECK(chosen->layout.piece_length() == 65536);
}

TEST_CASE("piece lengths that none would read are refused") {
  const std::vector<SourceFile> files{file({"x"}, 1)};
  CHECK(fault_of(files, options(TorrentVersion::v1, 3 * 16384)) == "none");
  CHECK(fault_of(files, options(TorrentVersion::v2, 3 * 16384)) ==
        "the piece length is not a power of two, as v2 needs it");
  CHECK(fault_of(files, options(TorrentVersion::v1, 16385)) ==
        "the piece length is not a multiple of 16 KiB");
  CHECK(fault_of(files, options(TorrentVersion::v1, 256u << 20)) ==
        "the piece length is larger than 128 MiB");
}

TEST_CASE("files that make no torrent are refused with their name") {
  const CreationOptions wish = options(TorrentVersion::hybrid);
  CHECK(fault_of({}, wish) == "there is no content in the files");
  CHECK(fault_of({file({"a"}, 0)}, wish) == "there is no content in the files");
  CHECK(fault_of({file({}, 1)}, wish) == "a file has no name");
  CHECK(fault_of({file({"a", ".."}, 1)}, wish) ==
        "the name of a file cannot stand in a torrent: a/..");
  CHECK(fault_of({file({"a\xff"}, 1)}, wish) ==
        "the name of a file cannot stand in a torrent: a\xef\xbf\xbd");
  CHECK(fault_of({file({"a"}, 1), file({"a"}, 1)}, wish) ==
        "there twice, or both file and folder: a");
  CHECK(fault_of({file({"a", "b"}, 1), file({"a"}, 1)}, wish) ==
        "there twice, or both file and folder: a");
  CHECK(fault_of({file({"a"}, 1), file({"a.b"}, 1), file({"ab"}, 1)}, wish) == "none");
  CHECK(fault_of({file({".pad"}, 1)}, wish).starts_with("a file called .pad"));
  CHECK(fault_of({file({"a"}, 1, {.pad = true})}, wish) == "pad files are made, not given");
  CHECK(fault_of({file({"a"}, 1), file({"l"}, 0, {.symlink = true})}, wish) ==
        "not a link to something in the torrent: l");
  CHECK(fault_of({file(std::vector<std::string>(creation_depth_max + 1, "d"), 1)}, wish)
            .starts_with("too many folders deep: d/d"));
  CHECK(fault_of({file({"a"}, ~std::uint64_t{0}), file({"b"}, 1)}, wish) ==
        "the files are too large together");
  CHECK(fault_of({file({"a"}, ~std::uint64_t{0} >> 1)}, wish).starts_with("the files have more"));
  CreationOptions other = wish;
  other.as_given = true;
  CHECK(fault_of({file({"a"}, 1)}, other) == "the files of a v2 torrent are ordered by name");
  other = wish;
  other.is_folder = false;
  CHECK(fault_of({file({"a"}, 1)}, other) ==
        "a torrent of one file has that file alone, by the torrent's name");
  other = wish;
  other.name = "";
  CHECK(fault_of({file({"a"}, 1)}, other).starts_with("the name of the torrent"));
}

TEST_CASE("the deepest path that is planned can be parsed") {
  Tree deep;
  deep.add(std::vector<std::string>(creation_depth_max, "d"), 5, 1);
  for (const auto version : {TorrentVersion::v1, TorrentVersion::v2, TorrentVersion::hybrid})
    CHECK_NOTHROW(hashes_of(deep, options(version)));
}

TEST_CASE("the source stands in the info dictionary") {
  CreationOptions wish = options(TorrentVersion::v1);
  wish.source = "TRK";
  const auto plan = plan_creation({file({"x"}, 1)}, wish);
  REQUIRE(plan);
  const auto digests = hashed(*plan, {Buffer(1)});
  const auto parsed = parse_info(encode_info(*plan, digests.views()).info);
  REQUIRE(parsed);
  CHECK(parsed->source == "TRK");
  CHECK_FALSE(parsed->is_private);
}

}  // namespace
}  // namespace seed::metainfo
