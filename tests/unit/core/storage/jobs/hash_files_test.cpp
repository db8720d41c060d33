#include "core/storage/jobs/hash_files.h"

#include "tests/unit/core/metainfo/make_plan.h"
#include "tests/unit/core/storage/fixture.h"

using namespace seed;
using namespace seed::storage;
using metainfo::TorrentVersion;
using seed::test::FakeFiles;
using seed::test::FileFault;
using seed::test::FileOp;

namespace {

/// A folder with files below, at and above some pieces, planned and on disk.
struct Ground {
  FakeFiles files;
  test::NoStore store;
  std::vector<metainfo::SourceFile> sources;
  std::vector<Buffer> contents;
  metainfo::CreationPlan plan;
  SafePath folder = *SafePath::root("/srv/name");
  std::size_t width = Sha1Lanes::width();

  explicit Ground(TorrentVersion version, std::uint32_t piece_length = 65536) {
    Rng rng(5);
    std::uint32_t number = 0;
    for (const std::size_t length : {2'000'000, 1, 0, 65'536, 40'000, 16'384, 131'073, 500'000}) {
      contents.emplace_back(length);
      rng.fill(contents.back());
      const std::vector<std::string> path{number % 2 == 0 ? "d" : "e", std::to_string(number)};
      ++number;
      files.put("/srv/name/" + path[0] + "/" + path[1], contents.back());
      sources.push_back({path, length, {}, {}});
    }
    metainfo::CreationOptions wish;
    wish.version = version;
    wish.name = "name";
    wish.piece_length = piece_length;
    plan = *metainfo::plan_creation(sources, wish);
  }

  HashFiles job(std::uint32_t first, std::uint32_t last) const {
    auto out = hash_job(plan, folder, {{first}, {last}});
    REQUIRE(out);
    out->width = width;
    return std::move(*out);
  }
  HashFiles job() const { return job(0, plan.layout.piece_count()); }
  HashResult run() { return job()({files, store}); }
};

template <typename Each>
void with_each(Each&& each) {
  for (const std::size_t width : {16u, 8u, 1u}) {
    if (!Sha1Lanes::can(width)) continue;
    for (const auto version : {TorrentVersion::v1, TorrentVersion::v2, TorrentVersion::hybrid}) {
      INFO("width " << width << ", version " << static_cast<int>(version));
      Ground ground(version);
      ground.width = width;
      each(ground);
    }
  }
}

}  // namespace

TEST_CASE("digests are those of the pieces, of v1, v2 and both") {
  with_each([](Ground& ground) {
    const auto expected = hashed(ground.plan, ground.contents);
    const auto out = ground.run();
    CHECK_FALSE(out.fault);
    CHECK(out.v1 == expected.v1);
    CHECK(out.v2 == expected.v2);
    CHECK(out.pieces.size() == ground.plan.layout.piece_count());
  });
}

TEST_CASE("pieces larger than what is read at a time are hashed alike") {
  for (const auto version : {TorrentVersion::v1, TorrentVersion::hybrid}) {
    Ground ground(version, 1u << 20);
    const auto expected = hashed(ground.plan, ground.contents);
    const auto out = ground.run();
    CHECK(out.v1 == expected.v1);
    CHECK(out.v2 == expected.v2);
  }
}

TEST_CASE("runs put one behind the other make the whole") {
  with_each([](Ground& ground) {
    const auto expected = hashed(ground.plan, ground.contents);
    Buffer v1, v2;
    const std::uint32_t count = ground.plan.layout.piece_count();
    for (std::uint32_t first = 0; first < count; first += 7) {
      const auto job = ground.job(first, std::min(first + 7, count));
      CHECK(job.files.size() <= ground.plan.files.size());
      const auto out = HashFiles(job)({ground.files, ground.store});
      v1.insert(v1.end(), out.v1.begin(), out.v1.end());
      v2.insert(v2.end(), out.v2.begin(), out.v2.end());
    }
    CHECK(v1 == expected.v1);
    CHECK(v2 == expected.v2);
  });
}

TEST_CASE("a file that is longer, shorter or gone is named") {
  with_each([](Ground& ground) {
    const std::string path = "/srv/name/d/6";
    ground.files.put(path, Buffer(131'074));
    const auto longer = ground.run();
    REQUIRE(longer.fault);
    CHECK(longer.fault->text == path + " changed while it was hashed");
    CHECK(longer.v1.empty());
    CHECK(longer.v2.empty());
    ground.files.put(path, Buffer(131'072));
    CHECK(ground.run().fault->text == path + " changed while it was hashed");
    (void)ground.files.remove_file(*ground.folder.descend("d/6"));
    CHECK(ground.run().fault->code == FaultCode::not_found);
  });
}

TEST_CASE("a file that is written to while it is read is named") {
  with_each([](Ground& ground) {
    bool written = false;
    const std::string path = "/srv/name/e/7";
    ground.files.set_hook([&](FileOp op, const std::string& of) -> std::optional<FileFault> {
      if (op != FileOp::read || of != path || std::exchange(written, true)) return std::nullopt;
      const auto file = ground.files.open(*ground.folder.descend("e/7"), io::OpenMode::write);
      const Bytes octets(ground.contents[0]);
      const Bytes some = octets.first(10);
      REQUIRE((*file)->write(3, {&some, 1}));
      return std::nullopt;
    });
    const auto out = ground.run();
    REQUIRE(written);
    REQUIRE(out.fault);
    CHECK(out.fault->text == path + " changed while it was hashed");
  });
}

TEST_CASE("a read that fails ends the job") {
  with_each([](Ground& ground) {
    ground.files.set_hook([&](FileOp op, const std::string& of) -> std::optional<FileFault> {
      if (op != FileOp::read || of != "/srv/name/e/3") return std::nullopt;
      return FileFault{{FaultCode::io, 5, "broken"}};
    });
    CHECK(ground.run().fault->text == "broken");
  });
}

TEST_CASE("a job that is called off reads no more") {
  with_each([](Ground& ground) {
    auto job = ground.job();
    const auto called_off = std::make_shared<std::atomic<bool>>(false);
    job.called_off = called_off;
    int reads = 0;
    ground.files.set_hook([&](FileOp op, const std::string&) -> std::optional<FileFault> {
      if (op == FileOp::read && ++reads == 2) *called_off = true;
      return std::nullopt;
    });
    const auto out = job({ground.files, ground.store});
    REQUIRE(out.fault);
    CHECK(out.fault->code == FaultCode::cancelled);
    CHECK(reads <= 17);  // the rest of what goes abreast
  });
}

TEST_CASE("few of very many small files are open at once") {
  FakeFiles files;
  test::NoStore store;
  std::vector<metainfo::SourceFile> sources;
  std::vector<Buffer> contents;
  for (int i = 0; i < 1000; ++i) {
    contents.emplace_back(100);
    contents.back()[0] = static_cast<std::uint8_t>(i);
    files.put("/srv/" + std::to_string(i), contents.back());
    sources.push_back({{std::to_string(i)}, 100, {}, {}});
  }
  for (const auto version : {TorrentVersion::v1, TorrentVersion::hybrid}) {
    metainfo::CreationOptions wish;
    wish.version = version;
    wish.name = "srv";
    const auto plan = metainfo::plan_creation(sources, wish);
    REQUIRE(plan);
    auto job = hash_job(*plan, *SafePath::root("/srv"), {{0}, {plan->layout.piece_count()}});
    REQUIRE(job);
    const auto out = (*job)({files, store});
    const auto expected = hashed(*plan, contents);
    CHECK(out.v1 == expected.v1);
    CHECK(out.v2 == expected.v2);
    CHECK(files.counts().open_most <= HashFiles::open_files_max);
  }
}
