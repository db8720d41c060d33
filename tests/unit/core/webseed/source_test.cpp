#include "core/webseed/source.h"

#include "tests/unit/core/webseed/torrents.h"

namespace seed::webseed {
namespace {

using namespace test;

constexpr std::uint32_t piece_length = 65536;

using Files = std::vector<TorrentFile>;

struct Setup {
  explicit Setup(Files files, std::string url = "http://m.example/")
      : torrent(torrent_of(files, piece_length)), source(std::move(url), torrent, paths, Rng(7)) {}

  metainfo::Metainfo torrent;
  metainfo::OriginalPaths paths{torrent};
  Source source;
  Instant now{1000s};
  std::vector<OpenWanted> opened;
  std::size_t closed = 0;
  std::vector<BlockRef> blocks;
  std::vector<bool> over;
  std::vector<FileIndex> absent;
  std::vector<BackedOff> backed_off;
  std::vector<std::string> given_up;

  void on(const OpenWanted& it) { opened.push_back(it); }
  void on(const CloseWanted&) { ++closed; }
  void on(const BlockDone& it) {
    CHECK(it.block.size() == it.ref.length);
    CHECK(to_buffer(it.block.bytes()) == content_of(torrent.layout, it.ref));
    blocks.push_back(it.ref);
  }
  void on(const RunOver& it) { over.push_back(it.whole); }
  void on(const FileAbsent& it) { absent.push_back(it.file); }
  void on(const BackedOff& it) { backed_off.push_back(it); }
  void on(const GivenUp& it) { given_up.push_back(it.why); }
  void drain() {
    while (auto event = source.next_event()) std::visit([this](auto& it) { on(it); }, *event);
  }

  void fetch(std::uint32_t piece, std::uint64_t length, std::uint32_t offset = 0) {
    source.fetch({{piece}, offset, length}, now);
    drain();
  }
  void head(AnswerHead it) {
    source.on_head(it, now);
    drain();
  }
  void head(int status, std::string range = "", std::string final_url = "") {
    AnswerHead it;
    it.status = status;
    it.content_range = std::move(range);
    it.final_url = std::move(final_url);
    head(it);
  }
  void body(std::uint32_t file, std::uint64_t offset, std::uint64_t length) {
    source.on_body(content_of(FileIndex{file}, offset, length), now);
    drain();
  }
  void end(Result<void> result = {}) {
    source.on_end(result, now);
    drain();
  }
  void lost() { end(fail(FaultCode::unreachable, "lost")); }
  void due() {
    REQUIRE(source.deadline());
    now = std::max(now, *source.deadline());
    source.on_deadline(now);
    drain();
  }
};

TEST_CASE("a run in one file is one request, and its octets become blocks") {
  Setup it(Files{{1'000'000}});
  CHECK(it.source.ready());
  it.fetch(2, 2 * piece_length);
  REQUIRE(it.opened.size() == 1);
  CHECK(it.opened[0] ==
        OpenWanted{"http://m.example/name", 131072, 262143, skip_bytes_max + 131072});
  CHECK(it.source.state() == State::asking);
  it.head(206, "bytes 131072-262143/1000000");
  CHECK(it.source.state() == State::receiving);
  it.body(0, 131072, 16383);
  CHECK(it.blocks.empty());
  it.body(0, 131072 + 16383, 1);
  CHECK(it.blocks == std::vector<BlockRef>{{{2}, 0, 16384}});
  it.body(0, 131072 + 16384, 131072 - 16384);
  CHECK(it.blocks.size() == 8);
  // It is not over before the exchange is, whose connection can be used again then.
  CHECK(it.over.empty());
  CHECK(it.closed == 0);
  it.now += 1s;
  it.end();
  CHECK(it.over == std::vector{true});
  CHECK(it.source.ready());
  CHECK(it.source.facts().downloaded == 131072);
  // 128 KiB in a second: ten of these are less than 1 MiB is worth asking for.
  CHECK(it.source.run_bytes() == 1'310'720);
}

TEST_CASE("a run over files is a request for each, pads apart") {
  Setup it(Files{{100'000}, {31'072, {".pad", "31072"}, true}, {50}, {200'000}});
  it.fetch(0, 4 * piece_length);
  CHECK(it.opened.back().url == "http://m.example/name/f0");
  it.head(206, "bytes 0-99999/100000");
  it.body(0, 0, 100'000);
  it.end();
  CHECK(it.opened.size() == 1);
  // The pad.
  CHECK(it.source.deadline() == it.now);
  it.due();
  REQUIRE(it.opened.size() == 2);
  CHECK(it.blocks.size() == 8);
  CHECK(it.opened.back().url == "http://m.example/name/f2");
  CHECK(it.opened.back().last == 49);
  it.head(200);
  it.body(2, 0, 50);
  it.end();
  REQUIRE(it.opened.size() == 3);
  CHECK(it.opened.back().url == "http://m.example/name/f3");
  CHECK(it.opened.back().last == 131'021);
  it.head(206, "bytes 0-131021/200000");
  it.body(3, 0, 131'022);
  it.end();
  CHECK(it.over == std::vector{true});
  CHECK(it.blocks.size() == 16);
  CHECK(it.source.facts().downloaded == 100'000 + 50 + 131'022);
}

TEST_CASE("large pads come a stretch at a time") {
  Setup it(Files{{65536}, {3u << 20, {".pad", "0"}, true}, {65536}});
  it.fetch(1, 3u << 20);
  std::size_t turns = 0;
  while (it.over.empty()) {
    const std::size_t before = it.blocks.size();
    it.due();
    ++turns;
    CHECK(it.blocks.size() - before <= Source::zeros_turn_max / block_size);
  }
  CHECK(it.blocks.size() == 192);
  CHECK(turns >= 3);
  CHECK(it.opened.empty());
}

TEST_CASE("a server without ranges is read from the start of the file") {
  Setup it(Files{{200'000}});
  it.fetch(1, piece_length);
  AnswerHead whole;
  whole.status = 200;
  whole.content_length = 200'000;
  it.head(whole);
  it.body(0, 0, 65'000);
  it.body(0, 65'000, 70'000);
  CHECK(it.blocks.size() == 4);
  // What is behind is nobody's.
  CHECK(it.closed == 1);
  CHECK(it.over == std::vector{true});
  CHECK(it.source.facts().downloaded == piece_length);
}

TEST_CASE("a server without ranges is not asked for what is far from the start") {
  Setup it(Files{{64u << 20}, {65536}});
  it.fetch(128, piece_length);
  it.head(200);
  CHECK(it.closed == 1);
  CHECK(it.over == std::vector{false});
  CHECK(it.absent == std::vector<FileIndex>{{0}});
  CHECK(it.source.ready());
  CHECK_FALSE(it.source.has({0}));
  CHECK(it.source.has({1024}));
  CHECK(it.source.facts().trouble.find("serves no parts") != std::string::npos);
}

TEST_CASE(
    "a file that is not there is not asked for again, and with the last the seed is given up") {
  Setup it(Files{{100'000}, {100'000}});
  it.fetch(0, 3 * piece_length);
  it.head(404);
  CHECK(it.absent == std::vector<FileIndex>{{0}});
  CHECK(it.closed == 1);
  CHECK(it.over == std::vector{false});
  CHECK(it.source.lacks().count() == 2);
  CHECK(it.source.has({2}));
  it.fetch(2, piece_length);
  it.head(206, "bytes 31072-96607/99999");
  CHECK(it.given_up == std::vector<std::string>{"its file has 99999 bytes, the torrent's 100000"});
  CHECK(it.source.state() == State::given_up);
  CHECK_FALSE(it.source.ready());
  CHECK_FALSE(it.source.deadline());
}

TEST_CASE("trouble is waited out, longer each time, and a block makes up for it") {
  Setup it(Files{{1'000'000}});
  Duration least = Source::back_off_min;
  for (int i = 0; i < 14; ++i) {
    it.fetch(0, piece_length);
    if (i % 2 == 0)
      it.lost();
    else
      it.head(500);
    REQUIRE(it.backed_off.size() == static_cast<std::size_t>(i) + 1);
    const Duration wait = it.backed_off.back().until - it.now;
    CHECK(wait >= least);
    CHECK(wait <= least + least / 4);
    CHECK(it.source.state() == State::backing_off);
    CHECK(it.source.facts().until == it.backed_off.back().until);
    CHECK_FALSE(it.source.ready());
    it.due();
    CHECK(it.source.ready());
    least = std::min(least * 2, Duration(Source::back_off_max));
  }
  CHECK(it.source.facts().failures == 14);
  it.fetch(0, piece_length);
  it.head(206, "bytes 0-65535/1000000");
  it.body(0, 0, 20'000);
  it.lost();
  CHECK(it.blocks.size() == 1);
  CHECK(it.over.back() == false);
  CHECK(it.source.facts().failures == 1);
  CHECK(it.backed_off.back().until - it.now < 2 * Source::back_off_min);
  CHECK(it.source.facts().trouble == "lost");
}

TEST_CASE("a server's wish for how long to stay away is kept, within bounds") {
  const auto [said, least] = GENERATE(table<std::string, Duration>(
      {{"120", 120s}, {"1", Source::back_off_min}, {"99999999", Source::retry_after_max}}));
  Setup it(Files{{1'000'000}});
  it.fetch(0, piece_length);
  AnswerHead busy;
  busy.status = 503;
  busy.retry_after = said;
  it.head(busy);
  REQUIRE(it.backed_off.size() == 1);
  const Duration wait = it.backed_off[0].until - it.now;
  CHECK(wait >= least);
  CHECK(wait <= least + least / 4);
  CHECK(it.backed_off[0].why == "answers 503 Service Unavailable");
}

TEST_CASE("a part that is shorter than was asked for is gone on with, if it is worth it") {
  Setup it(Files{{1'000'000}});
  it.fetch(0, piece_length);
  it.head(206, "bytes 0-39999/1000000");
  it.body(0, 0, 40'000);
  it.end();
  REQUIRE(it.opened.size() == 2);
  CHECK(it.opened.back().first == 40'000);
  CHECK(it.opened.back().last == 65'535);
  it.head(206, "bytes 40000-40009/1000000");
  it.body(0, 40'000, 10);
  it.end();
  CHECK(it.opened.size() == 2);
  CHECK(it.backed_off.size() == 1);
}

TEST_CASE("more than was asked for is not taken") {
  Setup it(Files{{1'000'000}});
  it.fetch(0, piece_length);
  it.head(206, "bytes 0-65535/1000000");
  it.body(0, 0, 100'000);
  CHECK(it.closed == 1);
  CHECK(it.over == std::vector{true});
  // Whatever comes late is nothing to it.
  it.body(0, 0, 100);
  it.end();
  it.head(206, "bytes 0-65535/1000000");
  CHECK(it.blocks.size() == 4);
  CHECK(it.over.size() == 1);
}

TEST_CASE("where a redirect led is asked next, and the first way again when that fails") {
  Setup it(Files{{1'000'000}}, "http://m.example/f");
  it.fetch(0, piece_length);
  it.head(206, "bytes 0-65535/1000000", "http://mirror.example/f");
  it.body(0, 0, piece_length);
  it.end();
  it.fetch(1, piece_length);
  CHECK(it.opened.back().url == "http://mirror.example/f");
  const auto how = GENERATE(0, 1, 2);
  if (how == 0) it.head(404);
  if (how == 1) it.head(503);
  if (how == 2) it.lost();
  CHECK(it.backed_off.empty());
  CHECK(it.absent.empty());
  REQUIRE(it.opened.size() == 3);
  CHECK(it.opened.back().url == "http://m.example/f");
  CHECK(it.closed == (how == 2 ? 0u : 1u));
  it.lost();
  CHECK(it.backed_off.size() == 1);
}

TEST_CASE("what is not the server's fault is not held against it") {
  Setup it(Files{{1'000'000}});
  it.fetch(0, piece_length);
  it.end(fail(FaultCode::cut_off, "the interface is gone"));
  REQUIRE(it.backed_off.size() == 1);
  CHECK(it.backed_off[0].until == it.now + Source::back_off_min);
  CHECK(it.source.facts().failures == 0);
}

TEST_CASE("what may not be asked is given up") {
  Setup it(Files{{1'000'000}});
  it.fetch(0, piece_length);
  it.end(fail(FaultCode::permission, "m.example: leads to a private address"));
  CHECK(it.over == std::vector{false});
  CHECK(it.given_up == std::vector<std::string>{"m.example: leads to a private address"});
}

TEST_CASE("a seed that alone sent a bad piece is given up, one among others suspected") {
  Setup it(Files{{1'000'000}});
  it.source.on_bad_piece(false);
  CHECK(it.source.facts().suspected == 1);
  it.fetch(0, piece_length);
  it.source.on_bad_piece(true);
  it.drain();
  CHECK(it.closed == 1);
  CHECK(it.over == std::vector{false});
  CHECK(it.given_up.size() == 1);
  it.source.on_bad_piece(true);
  it.drain();
  CHECK(it.given_up.size() == 1);
}

TEST_CASE("a run may be called off") {
  Setup it(Files{{1'000'000}});
  it.fetch(0, piece_length);
  it.head(206, "bytes 0-65535/1000000");
  it.body(0, 0, 20'000);
  it.source.stop();
  it.drain();
  CHECK(it.closed == 1);
  CHECK(it.over.empty());
  CHECK(it.source.ready());
  it.body(0, 20'000, 20'000);
  CHECK(it.blocks.size() == 1);
  // The next begins at the border of a block within a piece.
  it.fetch(0, piece_length - 16384, 16384);
  CHECK(it.opened.back().first == 16384);
  it.head(206, "bytes 16384-65535/1000000");
  it.body(0, 16384, piece_length - 16384);
  it.end();
  CHECK(it.blocks.size() == 4);
  CHECK(it.blocks.back() == BlockRef{{0}, 49152, 16384});
}

TEST_CASE("runs are as long as what comes in ten seconds, within bounds") {
  Setup it(Files{{100u << 20}});
  const auto run = [&](Duration takes) {
    it.fetch(0, piece_length);
    it.head(206, fmt::format("bytes 0-65535/{}", 100u << 20));
    it.body(0, 0, piece_length);
    it.now += takes;
    it.end();
    return it.source.run_bytes();
  };
  CHECK(it.source.run_bytes() == Source::run_bytes_first);
  CHECK(run(100ms) == 6'553'600);
  CHECK(run(100s) == Source::run_bytes_least);
  CHECK(run(0s) == Source::run_bytes_most);
  it.fetch(0, piece_length);
  it.lost();
  CHECK(it.source.run_bytes() == Source::run_bytes_most / 2);
}

}  // namespace
}  // namespace seed::webseed
