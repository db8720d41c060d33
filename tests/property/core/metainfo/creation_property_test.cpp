// What is planned and encoded parses to the same files, pieces and roots.
#include <set>
#include <string>
#include <vector>

#include "core/base/rng.h"
#include "core/metainfo/metainfo.h"
#include "core/metainfo/torrent_encoder.h"
#include "tests/support/catch.h"
#include "tests/unit/core/metainfo/make_plan.h"

namespace seed::metainfo {
namespace {

struct Made {
  std::vector<SourceFile> files;
  std::vector<Buffer> contents;
};

/// A few files in a few folders, names with octets below and above '/'.
Made some_files(Rng& rng) {
  constexpr std::string_view names[] = {"a", "a-", "a.b", "ab", "\xc3\xa4", "z", "A"};
  Made out;
  std::set<std::vector<std::string>> there;
  const auto count = 1 + rng.below(12);
  for (std::uint64_t i = 0; i < count; ++i) {
    std::vector<std::string> path;
    for (auto depth = rng.below(3); depth > 0; --depth)
      path.push_back("d" + std::string(names[rng.below(std::size(names))]));
    path.emplace_back(names[rng.below(std::size(names))]);
    if (!there.insert(path).second) continue;
    Buffer content(rng.below(4) == 0 ? 0 : rng.below(100'000));
    rng.fill(content);
    out.files.push_back({path, content.size(), {.executable = rng.below(2) == 0}, {}});
    out.contents.push_back(std::move(content));
  }
  out.files.push_back({{"sure"}, 1, {}, {}});
  out.contents.push_back(Buffer(1));
  return out;
}

void check(Rng& rng, TorrentVersion version) {
  const Made made = some_files(rng);
  CreationOptions wish;
  wish.version = version;
  wish.name = "name";
  wish.piece_length = 16384u << rng.below(3);
  wish.as_given = version == TorrentVersion::v1 && rng.below(2) == 0;
  const auto plan = plan_creation(made.files, wish);
  REQUIRE(plan);
  const auto digests = hashed(*plan, made.contents);
  const auto encoded = encode_info(*plan, digests.views());
  TorrentParts parts;
  parts.info = encoded.info;
  parts.piece_layers = encoded.piece_layers;
  const auto meta = parse_torrent(encode_torrent(parts));
  if (!meta) FAIL(meta.error().text);
  CHECK(meta->has_v1() == plan->has_v1());
  CHECK(meta->has_v2() == plan->has_v2());
  CHECK(meta->layers_complete());
  REQUIRE(meta->layout.file_count() == plan->layout.file_count());
  // One file in a folder, v2 alone: see FileTree.
  const bool same_paths = meta->is_multi_file;
  CHECK((same_paths || plan->files.size() == 1));
  for (std::uint32_t at = 0; at < meta->layout.file_count(); ++at) {
    if (same_paths) CHECK(meta->layout.path({at}) == plan->layout.path({at}));
    CHECK(meta->layout.length({at}) == plan->layout.length({at}));
    CHECK(meta->layout.attributes({at}) == plan->layout.attributes({at}));
  }
  for (std::uint32_t at = 0; at < meta->layout.piece_count(); ++at) {
    if (plan->has_v1())
      CHECK(equal(meta->piece_hash({at}).bytes(), Bytes(digests.v1).subspan(at * 20, 20)));
    if (plan->has_v2())
      CHECK(equal(meta->piece_root({at})->bytes(), Bytes(digests.v2).subspan(at * 32, 32)));
  }
  CHECK(encode_piece_layers(*meta) == encoded.piece_layers);
}

TEST_CASE("a created torrent parses to what was planned") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    Rng rng(seed);
    check(rng, TorrentVersion::v1);
    check(rng, TorrentVersion::v2);
    check(rng, TorrentVersion::hybrid);
  }
}

}  // namespace
}  // namespace seed::metainfo
