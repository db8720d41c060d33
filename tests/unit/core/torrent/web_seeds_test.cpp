#include "core/torrent/web_seeds.h"

#include <fmt/format.h>

#include "tests/unit/core/torrent/one_torrent.h"

namespace seed::torrent::test {
namespace {

constexpr std::uint32_t piece_length = 65536;
constexpr std::uint64_t size = 20 * piece_length + 1000;

/// A torrent of one file with web seeds, whose servers are the test.
struct WebTorrent : OneTorrent {
  explicit WebTorrent(std::vector<std::string> urls = {"http://m.example/f"},
                      config::TorrentOptions options = {}) {
    made.reset();
    octets = Content::make({{"name", size}}, piece_length, 1);
    auto record = record_of(octets);
    record.running = true;
    record.content.webseeds = std::move(urls);
    record.options = options;
    made.emplace(ground.environment, TorrentId{1, 1}, 1, std::move(record), Rng(3));
    made->set_allowed(true);
    load();
  }
  NoHttp::Opened& opened(std::size_t i) { return ground.http.opened.at(i); }
  std::size_t opens() const { return ground.http.opened.size(); }
  void head(std::size_t i, int status = 206) {
    io::HttpHead out;
    out.status = status;
    const auto& range = *opened(i).request.range;
    out.content_range = fmt::format("bytes {}-{}/{}", range.first, range.last, size);
    opened(i).owner->on_head(out);
  }
  /// As much of the answer as the owner takes; the octets that are wrong from `wrong_at` on.
  std::uint64_t body(std::size_t i, std::uint64_t from = 0,
                     std::uint64_t wrong_at = ~std::uint64_t{0}) {
    const auto range = *opened(i).request.range;
    std::uint64_t at = range.first + from;
    while (at <= range.last && opened(i).owner != nullptr) {
      const std::size_t room = opened(i).owner->may_read();
      if (room == 0) break;
      const auto count = std::min<std::uint64_t>({room, 10'000, range.last + 1 - at});
      Buffer part = to_buffer(Bytes(octets.content).subspan(at, count));
      if (at >= wrong_at)
        for (auto& octet : part) octet ^= 1;
      opened(i).owner->on_body(part);
      at += count;
    }
    return at - range.first;
  }
  void end(std::size_t i, Result<void> result = {}) {
    std::exchange(opened(i).owner, nullptr)->on_end(std::move(result));
  }
  TorrentSnapshot facts() {
    Groups groups;
    groups.texts = true;
    return made->snapshot(groups);
  }
};

TEST_CASE("a torrent without peers is downloaded from its web seed") {
  WebTorrent it;
  REQUIRE(it.opens() == 1);
  CHECK(it.opened(0).request.url == "http://m.example/f");
  CHECK(it.opened(0).request.user_agent == "test");
  CHECK_FALSE(it.opened(0).request.private_addresses_allowed);
  std::uint64_t came = 0;
  for (std::size_t i = 0; i < it.opens() && i < 10; ++i) {
    it.head(i);
    came += it.body(i);
    CHECK(it.facts().webseeds_sending_to_us == 1);
    it.ground.clock.advance(1s);
    it.end(i);
  }
  CHECK(came == size);
  it.settle();
  CHECK(it.made->done());
  CHECK(it.ground.host.downloaded == size);
  CHECK(it.facts().downloaded_ever == size);
  CHECK(it.ground.host.completed == 1);
  CHECK(it.facts().webseed_facts.empty());
}

TEST_CASE("a run begins somewhere, and the next is what it left out") {
  WebTorrent it;
  const auto first = *it.opened(0).request.range;
  CHECK(first.first % piece_length == 0);
  CHECK(first.first > 0);
  CHECK(first.last == size - 1);
  it.head(0);
  it.body(0);
  it.end(0);
  REQUIRE(it.opens() == 2);
  CHECK(it.opened(1).request.range == io::HttpRange{0, first.first - 1});
}

TEST_CASE("pieces that a seed is asked for are not asked of peers, until it fails") {
  WebTorrent it;
  // All of the rest goes to a second request as soon as the first is through.
  it.head(0);
  it.body(0);
  it.end(0);
  auto far = it.connect("10.0.0.1", 1);
  far->connection.send_bitfield(Bitfield(it.octets.pieces(), true), it.now());
  far->connection.set_choking(false, it.now());
  it.talk(*far);
  // In endgame it is asked for the same.
  const auto asked = far->count<peer::BlockRequested>();
  CHECK(asked <= swarm::Picker::endgame_depth_max);
  if (it.opens() < 2) return;
  it.end(1, fail(FaultCode::unreachable, "m.example: connection refused"));
  it.serve(*far);
  CHECK(it.made->done());
}

TEST_CASE("limits and memory hold a seed back, and it goes on by itself") {
  WebTorrent it({"http://m.example/f"}, [] {
    config::TorrentOptions options;
    options.download_limited = true;
    options.download_limit = 50;
    return options;
  }());
  it.head(0);
  std::uint64_t came = it.body(0);
  CHECK(came <= 100'000);
  int resumed = it.opened(0).resumed;
  CHECK(it.made->totals().rate_down(it.now()) <= 200'000);
  for (int i = 0; i < 200; ++i) {
    it.ground.clock.advance(10ms);
    if (it.ground.host.deadline <= it.now()) it.made->on_deadline(it.now());
    if (it.opened(0).resumed > resumed) came = it.body(0, came);
    resumed = it.opened(0).resumed;
  }
  // Two seconds at 50 kB/s.
  CHECK(came >= 90'000);
  CHECK(came <= 120'000);
}

TEST_CASE("while nothing may be downloaded nothing is asked for") {
  WebTorrent it({"http://m.example/f"}, [] {
    config::TorrentOptions options;
    options.download_limited = true;
    options.download_limit = 0;
    return options;
  }());
  it.pass(3s);
  CHECK(it.opens() == 0);
  it.made->set_options(config::TorrentOptions());
  it.pass(2s);
  REQUIRE(it.opens() == 1);
  config::TorrentOptions shut;
  shut.download_limited = true;
  shut.download_limit = 0;
  it.made->set_options(shut);
  CHECK(it.opened(0).owner == nullptr);
}

TEST_CASE("a seed that alone sent a bad piece is asked no more") {
  WebTorrent it;
  it.head(0);
  it.body(0, 0, 0);
  it.settle();
  CHECK(it.opened(0).owner == nullptr);
  CHECK(it.facts().corrupt_ever > 0);
  REQUIRE(it.facts().webseed_facts.size() == 1);
  CHECK(it.facts().webseed_facts[0].trouble == "sent data that is not the torrent's");
  it.pass(3s);
  CHECK(it.opens() == 1);
  auto far = it.connect("10.0.0.1", 1);
  it.serve(*far);
  CHECK(it.made->done());
}

TEST_CASE("several seeds share the torrent, some at a time, and one that is away is replaced") {
  WebTorrent it({"http://a/f", "http://b/f", "http://c/f", "http://d/f", "http://e/f"});
  // The first takes all from somewhere to the end, the second the rest.
  CHECK(it.opens() >= 1);
  CHECK(it.opens() <= WebSeeds::active_max);
  it.end(0, fail(FaultCode::unreachable, "a: no such host"));
  const auto facts = it.facts().webseed_facts;
  REQUIRE(facts.size() == 5);
  CHECK(facts[0].trouble == "a: no such host");
  CHECK_FALSE(facts[0].downloading);
  CHECK(it.opened(it.opens() - 1).request.url != "http://a/f");
  // It is asked again in a while.
  std::size_t before = it.opens();
  for (std::size_t i = 1; i < before; ++i)
    if (it.opened(i).owner != nullptr) it.end(i, fail(FaultCode::unreachable, "away"));
  it.pass(10s);
  CHECK(it.opens() > before);
}

TEST_CASE("an exchange that never gets its turn does not keep its pieces") {
  WebTorrent it;
  it.pass(WebSeeds::line_wait_max + 1s);
  CHECK(it.opened(0).owner == nullptr);
  CHECK(it.facts().webseed_facts[0].trouble == "too many others are asked at once");
  it.pass(10s);
  CHECK(it.opens() == 2);
}

TEST_CASE("a torrent that is stopped leaves its seeds alone") {
  WebTorrent it;
  it.made->stop();
  CHECK(it.opened(0).owner == nullptr);
  it.pass(3s);
  CHECK(it.opens() == 1);
  CHECK(it.facts().webseed_facts.empty());
  CHECK(it.facts().webseeds == std::vector<std::string>{"http://m.example/f"});
}

}  // namespace
}  // namespace seed::torrent::test
