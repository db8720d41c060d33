// What is encoded parses to the same; whatever is done to it then, it parses to something safe or
// is refused.
#include <set>
#include <string>
#include <vector>

#include "core/base/rng.h"
#include "core/base/safe_path.h"
#include "core/metainfo/magnet.h"
#include "core/metainfo/metainfo.h"
#include "core/metainfo/torrent_encoder.h"
#include "tests/support/catch.h"
#include "tests/unit/core/metainfo/make_torrent.h"

namespace seed::metainfo {
namespace {

/// Names that collide, climb and break, and harmless ones.
std::string random_name(Rng& rng) {
  using namespace std::string_literals;
  static const std::vector<std::string> names = {"a",
                                                 "b",
                                                 "a.1",
                                                 "a.txt",
                                                 "a.1.txt",
                                                 "..",
                                                 ".",
                                                 "",
                                                 "/",
                                                 "a/b",
                                                 "a_b",
                                                 "\xff",
                                                 "a\0b"s,
                                                 "é",
                                                 std::string(300, 'x'),
                                                 std::string(299, 'x') + "y",
                                                 "_",
                                                 "__"};
  return names[rng.below(names.size())];
}

std::string random_torrent(Rng& rng) {
  std::vector<std::string> files;
  std::uint64_t total = 0;
  for (auto count = 1 + rng.below(8); count > 0; --count) {
    const std::uint64_t length = rng.below(3) == 0 ? 0 : rng.below(100'000);
    total += length;
    std::vector<std::string> path;
    for (auto depth = 1 + rng.below(3); depth > 0; --depth) path.push_back(text(random_name(rng)));
    Dict entries{{"length", number(static_cast<long long>(length))}, {"path", list(path)}};
    if (rng.below(5) == 0) entries["attr"] = text("xp");
    files.push_back(dict(entries));
  }
  const std::uint64_t piece_length = 1 + rng.below(50'000);
  return torrent(multi_info(files, {{"name", text(random_name(rng))},
                                    {"piece length", number(static_cast<long long>(piece_length))},
                                    {"pieces", hashes((total + piece_length - 1) / piece_length)}}),
                 {{"announce-list", list({texts({"http://a.example/", "udp://b.example:1"})})},
                  {"url-list", text("http://w.example/")}});
}

void check_safe(const FileLayout& layout) {
  const SafePath root = *SafePath::root("/srv");
  std::set<std::string> paths;
  std::set<std::string> folders;
  for (std::uint32_t file = 0; file < layout.file_count(); ++file) {
    const auto path = root.descend(layout.path({file}));
    REQUIRE(path);
    REQUIRE(path->relative() == layout.path({file}));
    if (layout.is_pad({file})) continue;
    REQUIRE(paths.insert(path->relative()).second);
    for (SafePath at = path->parent(); !at.is_root(); at = at.parent())
      folders.insert(at.relative());
  }
  for (const std::string& folder : folders) REQUIRE_FALSE(paths.contains(folder));
}

TEST_CASE("any torrent parses to safe paths that are apart, and encodes to the same torrent") {
  Rng rng(0x5eed0020);
  int accepted = 0;
  for (int round = 0; round < 1000; ++round) {
    const std::string octets = random_torrent(rng);
    const auto meta = parse_torrent(as_bytes(octets));
    if (!meta) {
      REQUIRE(meta.error().text == "torrent: its files are all empty");
      continue;
    }
    ++accepted;
    check_safe(meta->layout);
    const auto again = parse_torrent(encode_torrent(parts_of(*meta)));
    REQUIRE(again);
    REQUIRE(again->hashes == meta->hashes);
    REQUIRE(again->announce_tiers == meta->announce_tiers);
    REQUIRE(again->web_seeds == meta->web_seeds);
    for (std::uint32_t file = 0; file < meta->layout.file_count(); ++file)
      REQUIRE(again->layout.path({file}) == meta->layout.path({file}));
    const auto magnet = parse_magnet(encode_magnet(magnet_of(*meta)));
    REQUIRE(magnet);
    REQUIRE(*magnet == magnet_of(*meta));
  }
  CHECK(accepted > 700);
}

TEST_CASE("a mutated torrent is refused or safe") {
  Rng rng(0x5eed0021);
  int accepted = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string octets = random_torrent(rng);
    for (auto changes = 1 + rng.below(3); changes > 0; --changes) {
      constexpr std::string_view likely = "ilde:-0129./";
      octets[rng.below(octets.size())] = likely[rng.below(likely.size())];
    }
    const auto meta = parse_torrent(as_bytes(octets));
    if (!meta) continue;
    ++accepted;
    check_safe(meta->layout);
  }
  CHECK(accepted > 300);
}

}  // namespace
}  // namespace seed::metainfo
