#include "core/session/raced_stream.h"

#include <optional>
#include <vector>

#include "tests/unit/core/session/fixture.h"

namespace seed::session {
namespace {

struct Watcher final : io::StreamOwner, RaceJudge {
  void on_connected() override {
    if (destroys) stream.reset();
  }
  std::size_t may_read() override { return 0; }
  void on_bytes(MutableBytes) override {}
  void on_sent(std::size_t) override {}
  void on_end(const Fault&) override {
    ended = true;
    if (destroys) stream.reset();
  }
  void on_race_over(RacedStream&, std::optional<std::size_t> won) override { races.push_back(won); }
  void on_race_gone(RacedStream&) override { ++gone; }
  void dial() {
    auto race =
        RacedStream::dial({&first, &second}, {IpAddress::v4(0x01020304), 1}, {}, *this, *this);
    REQUIRE(race);
    stream = *std::move(race);
  }

  torrent::test::MemoryNet first;
  torrent::test::MemoryNet second;
  std::unique_ptr<RacedStream> stream;
  std::vector<std::optional<std::size_t>> races;
  int gone = 0;
  bool ended = false;
  bool destroys = false;
};

TEST_CASE("a race tells who won, once, and when it is gone") {
  Watcher watcher;
  watcher.dial();
  watcher.stream->begin_second();
  watcher.stream->begin_second();
  REQUIRE(watcher.second.dialled.size() == 1);
  watcher.second.dialled[0]->owner->on_connected();
  CHECK(watcher.races == std::vector<std::optional<std::size_t>>{std::size_t{1}});
  watcher.stream.reset();
  CHECK(watcher.gone == 1);
}

TEST_CASE("a race that nobody won says so") {
  Watcher watcher;
  watcher.dial();
  watcher.first.dialled[0]->owner->on_end({});
  watcher.second.dialled[0]->owner->on_end({});
  CHECK(watcher.races == std::vector<std::optional<std::size_t>>{std::nullopt});
  CHECK(watcher.ended);
}

TEST_CASE("the owner of a race may destroy it when it is told") {
  Watcher watcher;
  watcher.destroys = true;
  watcher.dial();
  watcher.first.dialled[0]->owner->on_connected();
  CHECK(watcher.stream == nullptr);
  watcher.dial();
  watcher.first.dialled[1]->owner->on_end({});
  watcher.second.dialled[0]->owner->on_end({});
  CHECK(watcher.stream == nullptr);
  CHECK(watcher.gone == 2);
}

TEST_CASE("before it is connected nothing is written and nothing read") {
  Watcher watcher;
  watcher.dial();
  ByteQueue bytes;
  bytes.append(as_bytes("x"));
  watcher.stream->write(std::move(bytes));
  CHECK(watcher.first.dialled[0]->written.empty());
  CHECK(watcher.stream->unsent() == 0);
  CHECK_FALSE(watcher.stream->is_utp());
  CHECK(watcher.stream->remote() == Endpoint{IpAddress::v4(0x01020304), 1});
}

}  // namespace
}  // namespace seed::session
