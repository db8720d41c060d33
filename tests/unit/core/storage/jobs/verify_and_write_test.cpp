#include "core/storage/jobs/verify_and_write.h"

#include "tests/unit/core/storage/v2_fixture.h"

using namespace seed;
using namespace seed::storage;
using seed::test::FakeFiles;

namespace {

VerifyAndWrite job_over(Bytes content) {
  VerifyAndWrite job;
  job.guard.root = *SafePath::root("/srv");
  FileTarget target;
  target.size = content.size();
  target.path = target.other = *job.guard.root.child("a");
  job.targets.push_back(target);
  job.spans.push_back({0, 0, static_cast<std::uint32_t>(content.size())});
  for (std::size_t at = 0; at < content.size(); at += block_size)
    job.blocks.push_back(Block::copy_of(
        content.subspan(at, std::min<std::size_t>(block_size, content.size() - at))));
  job.piece_size = static_cast<std::uint32_t>(content.size());
  job.expected = sha1(content);
  return job;
}

}  // namespace

TEST_CASE("spans are cut to a run of octets") {
  const std::vector<Span> spans{{0, 10, 5}, {Span::pad, 0, 3}, {1, 0, 8}};
  const auto part = cut(spans, 4, 6);
  REQUIRE(part.size() == 3);
  CHECK((part[0].offset == 14 && part[0].length == 1));
  CHECK((part[1].target == Span::pad && part[1].length == 3));
  CHECK((part[2].offset == 0 && part[2].length == 2));
  CHECK(cut(spans, 16, 0).empty());
}

TEST_CASE("blocks on disk already are read back for the digest and not written again") {
  FakeFiles files;
  test::NoStore store;
  Buffer content(3 * block_size + 7);
  Rng(4).fill(content);
  files.put("/srv/a", Bytes(content).first(2 * block_size));
  auto job = job_over(content);
  job.blocks[0] = Block();
  const auto before = files.counts().bytes_written;
  const auto outcome = job({files, store});
  CHECK(outcome.passed);
  CHECK(outcome.digests.empty());
  CHECK(files.counts().bytes_written - before == content.size() - block_size);
  CHECK(test::same(files.content("/srv/a"), content));
}

TEST_CASE("what was spoilt on disk since makes the piece fail, with each block's digest") {
  FakeFiles files;
  test::NoStore store;
  Buffer content(2 * block_size);
  Rng(4).fill(content);
  files.put("/srv/a", content);
  files.corrupt("/srv/a", 3);
  auto job = job_over(content);
  job.blocks[0] = Block();
  const auto outcome = job({files, store});
  CHECK_FALSE(outcome.passed);
  CHECK_FALSE(outcome.fault);
  REQUIRE(outcome.digests.size() == 2);
  CHECK(outcome.digests[0] != block_digest(Bytes(content).first(block_size)));
  CHECK(outcome.digests[1] == block_digest(Bytes(content).subspan(block_size)));
}

TEST_CASE("a block that was written and comes back another is the disk's fault") {
  FakeFiles files;
  test::NoStore store;
  files.put("/srv/here", as_bytes("x"));
  Buffer content(2 * block_size);
  Rng(4).fill(content);
  auto job = job_over(content);
  WriteBlocks early{job.guard, job.targets, job.spans, {0}, {}};
  early.blocks.push_back(std::exchange(job.blocks[0], Block()));
  job.written = early({files, store}).digests;
  REQUIRE(job.written == std::vector{block_digest(Bytes(content).first(block_size))});
  job.written.resize(2);
  SECTION("not when it does") { CHECK(job({files, store}).passed); }
  SECTION("not when another one is bad") {
    job.blocks[1].bytes()[7] ^= 1;
    const auto outcome = job({files, store});
    CHECK_FALSE(outcome.passed);
    CHECK_FALSE(outcome.fault);
  }
  SECTION("when it does not") {
    files.corrupt("/srv/a", 3);
    const auto outcome = job({files, store});
    CHECK_FALSE(outcome.passed);
    REQUIRE(outcome.fault);
    CHECK(outcome.fault->code == FaultCode::io);
    CHECK(outcome.fault->text.find("/srv/a") != std::string::npos);
  }
}

TEST_CASE("what a peer sent for a pad is nobody's fault when it is read back") {
  FakeFiles files;
  test::NoStore store;
  files.put("/srv/here", as_bytes("x"));
  Buffer content(2 * block_size);
  Rng(4).fill(content);
  auto job = job_over(content);
  job.spans = {{0, 0, 100}, {Span::pad, 0, block_size - 100}, {0, 100, block_size}};
  WriteBlocks early{job.guard, job.targets, job.spans, {0}, {}};
  early.blocks.push_back(std::exchange(job.blocks[0], Block()));
  job.written = early({files, store}).digests;
  job.written.resize(2);
  const auto outcome = job({files, store});
  CHECK_FALSE(outcome.passed);
  CHECK_FALSE(outcome.fault);
}

TEST_CASE("a piece of a hybrid that is right by one of its hashes alone is a fault, and nobody's") {
  const auto torrent = seed::test::make_v2({{"a", 100'000}}, 131'072, 5);
  const Bytes octets = torrent.file(0);
  const auto run = [&](const Sha1& v1, bool spoil) {
    seed::test::FakeFiles files;
    seed::test::NoStore store;
    files.mount("/srv");
    VerifyAndWrite job;
    job.guard.root = *SafePath::root("/srv");
    FileTarget target;
    target.path = target.other = *job.guard.root.child("a");
    target.size = octets.size();
    job.targets.push_back(target);
    job.spans = {{0, 0, 100'000}};
    job.piece_size = 100'000;
    job.expected = expected_piece(*torrent.metainfo, {0});
    job.expected_v1 = v1;
    for (std::size_t at = 0; at < octets.size(); at += block_size) {
      Buffer block =
          to_buffer(octets.subspan(at, std::min<std::size_t>(block_size, octets.size() - at)));
      if (spoil) block[0] ^= 1;
      job.blocks.push_back(Block::copy_of(block));
    }
    return job({files, store});
  };
  CHECK(run(sha1(octets), false).passed);
  const auto contradiction = run(Sha1{}, false);
  CHECK_FALSE(contradiction.passed);
  REQUIRE(contradiction.fault);
  CHECK(contradiction.fault->code == FaultCode::malformed);
  CHECK(contradiction.digests.empty());
  const auto spoiled = run(sha1(octets), true);
  CHECK_FALSE(spoiled.passed);
  CHECK_FALSE(spoiled.fault);
}

TEST_CASE("what a peer sends as padding of a hybrid's piece is nobody's fault") {
  const auto torrent = seed::test::make_v2({{"a", 20'000}}, 32'768, 5);
  Buffer octets = to_buffer(torrent.file(0));
  octets.resize(32'768);
  seed::test::FakeFiles files;
  seed::test::NoStore store;
  files.mount("/srv");
  VerifyAndWrite job;
  job.guard.root = *SafePath::root("/srv");
  FileTarget target;
  target.path = target.other = *job.guard.root.child("a");
  target.size = 20'000;
  job.targets.push_back(target);
  job.spans = {{0, 0, 20'000}, {Span::pad, 0, 12'768}};
  job.piece_size = 32'768;
  job.expected = expected_piece(*torrent.metainfo, {0});
  job.expected_v1 = sha1(octets);
  octets.back() = 1;
  for (std::size_t at = 0; at < octets.size(); at += block_size)
    job.blocks.push_back(Block::copy_of(Bytes(octets).subspan(at, block_size)));
  const auto outcome = job({files, store});
  CHECK(outcome.passed);
  CHECK_FALSE(outcome.fault);
}
