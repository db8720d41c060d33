#include "core/storage/jobs/verify_range.h"

#include <algorithm>

#include "core/storage/jobs/verify_and_write.h"
#include "tests/unit/core/storage/fixture.h"

using namespace seed;
using namespace seed::storage;
using seed::test::FakeFiles;
using seed::test::FileFault;
using seed::test::FileOp;

namespace {

constexpr std::uint32_t piece_size = 150'000;  // no multiple of what is read at a time
constexpr std::uint32_t last_size = 70'001;

/// Two files side by side, a pad between them, cut into 20 pieces and a short one.
struct Ground {
  FakeFiles files;
  test::NoStore store;
  Buffer content = Buffer(20 * piece_size + last_size);
  VerifyRange job;

  static constexpr std::uint64_t first_length = 333'333;
  static constexpr std::uint64_t pad_length = 10;

  Ground() {
    Rng(4).fill(content);
    std::fill_n(content.begin() + first_length, pad_length, std::uint8_t{0});
    const Bytes all(content);
    files.put("/srv/a", all.first(first_length));
    files.put("/srv/b", all.subspan(first_length + pad_length));
    job.guard.root = *SafePath::root("/srv");
    for (const char* name : {"a", "b"}) {
      FileTarget target;
      target.path = target.other = *job.guard.root.child(name);
      job.targets.push_back(target);
    }
    const std::vector<Span> spans{
        {0, 0, first_length},
        {Span::pad, 0, pad_length},
        {1, 0, static_cast<std::uint32_t>(content.size() - first_length - pad_length)}};
    for (std::uint32_t at = 0; at < content.size(); at += piece_size) {
      const auto length = std::min(piece_size, static_cast<std::uint32_t>(content.size()) - at);
      job.pieces.push_back(
          {PieceIndex{at / piece_size}, sha1(all.subspan(at, length)), cut(spans, at, length)});
    }
  }
  /// The pieces found good, in order; the others found, too.
  std::vector<std::uint32_t> good(CheckResult& out) {
    out = job({files, store});
    std::vector<std::uint32_t> numbers;
    for (const auto& one : out.pieces)
      if (one.good) numbers.push_back(one.piece.value);
    std::ranges::sort(numbers);
    return numbers;
  }
};

template <typename Each>
void with_each_width(Each&& each) {
  for (const std::size_t width : {16u, 8u, 1u}) {
    if (!Sha1Lanes::can(width)) continue;
    INFO("width " << width);
    Ground ground;
    ground.job.width = width;
    each(ground);
  }
}

}  // namespace

TEST_CASE("pieces are judged alike, however many are hashed abreast") {
  with_each_width([](Ground& ground) {
    ground.files.corrupt("/srv/a", 7);
    ground.files.corrupt("/srv/b", 19 * piece_size - 400'000);
    CheckResult out;
    const auto good = ground.good(out);
    CHECK_FALSE(out.fault);
    CHECK(out.pieces.size() == 21);
    CHECK(good.size() == 19);
    CHECK_FALSE(std::ranges::binary_search(good, 0u));
    CHECK(std::ranges::binary_search(good, 20u));
  });
}

TEST_CASE("what no file holds is absent, and the others are hashed all the same") {
  with_each_width([](Ground& ground) {
    (void)ground.files.remove_file(*ground.job.guard.root.child("a"));
    CheckResult out;
    const auto good = ground.good(out);
    CHECK_FALSE(out.fault);
    CHECK(out.pieces.size() == 21);
    CHECK(good.size() == 18);
    CHECK(good.front() == 3);
  });
}

TEST_CASE("a read that fails ends the job, and what it had judged stands") {
  with_each_width([](Ground& ground) {
    // In the last of the runs of 16 and of 8, or at the 18th piece.
    const int broken = ground.job.width == 1 ? 19 : 90;
    int reads = 0;
    ground.files.set_hook([&](FileOp op, const std::string&) -> std::optional<FileFault> {
      if (op != FileOp::read || ++reads < broken) return std::nullopt;
      return FileFault{{FaultCode::io, 5, "broken"}};
    });
    CheckResult out;
    const auto good = ground.good(out);
    REQUIRE(out.fault);
    CHECK(out.fault->code == FaultCode::io);
    CHECK(good.size() == out.pieces.size());
    CHECK(out.pieces.size() < 21);
    CHECK(out.pieces.size() >= 16);
  });
}

TEST_CASE("pieces in front of one that cannot be read are judged") {
  with_each_width([](Ground& ground) {
    ground.files.set_hook([&](FileOp op, const std::string& path) -> std::optional<FileFault> {
      if (op != FileOp::read || path != "/srv/b") return std::nullopt;
      return FileFault{{FaultCode::io, 5, "broken"}};
    });
    CheckResult out;
    CHECK(ground.good(out) == std::vector<std::uint32_t>{0, 1});
    CHECK(out.fault);
  });
}
