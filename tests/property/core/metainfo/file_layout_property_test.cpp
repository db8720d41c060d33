// The layout agrees with a map of every octet made the slow way.
#include <vector>

#include "core/base/rng.h"
#include "core/metainfo/file_layout_builder.h"
#include "tests/support/catch.h"

namespace seed::metainfo {
namespace {

struct Octet {
  std::uint32_t file;
  std::uint64_t offset;
  bool operator==(const Octet&) const = default;
};

/// pieces[p] holds where each octet of piece p is.
std::vector<std::vector<Octet>> naive_pieces(const std::vector<std::uint64_t>& lengths,
                                             std::uint32_t piece_length, Alignment alignment) {
  std::vector<std::vector<Octet>> pieces;
  bool border = true;
  for (std::uint32_t file = 0; file < lengths.size(); ++file) {
    if (alignment == Alignment::per_file) border = true;
    for (std::uint64_t at = 0; at < lengths[file]; ++at) {
      if (border || pieces.back().size() == piece_length) pieces.emplace_back();
      border = false;
      pieces.back().push_back({file, at});
    }
  }
  return pieces;
}

void check_against_naive(Rng& rng, Alignment alignment) {
  std::vector<std::uint64_t> lengths(1 + rng.below(12));
  for (auto& length : lengths) length = rng.below(3) == 0 ? 0 : rng.below(50);
  const auto piece_length = static_cast<std::uint32_t>(1 + rng.below(20));
  FileLayoutBuilder builder(piece_length, alignment);
  for (const auto length : lengths)
    REQUIRE(builder.add({.length = length, .path = {"f"}, .attributes = {}, .symlink_path = {}}));
  const auto layout = std::move(builder).finish();
  REQUIRE(layout);

  const auto pieces = naive_pieces(lengths, piece_length, alignment);
  REQUIRE(layout->piece_count() == pieces.size());
  for (std::uint32_t piece = 0; piece < pieces.size(); ++piece) {
    REQUIRE(layout->piece_size({piece}) == pieces[piece].size());
    const auto offset = static_cast<std::uint32_t>(rng.below(piece_length));
    const auto length = static_cast<std::uint32_t>(rng.below(piece_length + 3));
    std::vector<Octet> seen;
    for (const FileSlice& slice : layout->slices(BlockRef{{piece}, offset, length})) {
      REQUIRE(slice.length > 0);
      for (std::uint32_t i = 0; i < slice.length; ++i)
        seen.push_back({slice.file.value, slice.offset + i});
    }
    std::vector<Octet> expected;
    for (std::size_t i = offset; i < pieces[piece].size() && i < offset + length; ++i)
      expected.push_back(pieces[piece][i]);
    REQUIRE(seen == expected);
    REQUIRE(layout->files_of(PieceIndex{piece}) ==
            FileRange{{pieces[piece].front().file}, {pieces[piece].back().file + 1}});
    for (std::uint32_t file = 0; file < lengths.size(); ++file) {
      const bool is_in = std::ranges::any_of(
          pieces[piece], [file](const Octet& octet) { return octet.file == file; });
      REQUIRE(layout->pieces_of({file}).contains({piece}) == is_in);
    }
  }
}

TEST_CASE("slices, sizes and ranges agree with a map of every octet") {
  Rng rng(0x5eed0010);
  for (int round = 0; round < 1500; ++round) {
    check_against_naive(rng, Alignment::contiguous);
    check_against_naive(rng, Alignment::per_file);
  }
}

}  // namespace
}  // namespace seed::metainfo
