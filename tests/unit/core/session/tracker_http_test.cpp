#include "core/session/tracker_http.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/core/session/fixture.h"

namespace seed::session {
namespace {

using torrent::test::drained;
using torrent::test::MemoryStream;
using torrent::test::Wire;

const std::string again = "GET /announce?a=b HTTP/1.1\r\n\r\n";
const std::string once = "GET /announce?a=b HTTP/1.1\r\nConnection: close\r\n\r\n";

struct Setup final : TrackerHttpOwner {
  trackerd::HttpAnswer answer_http(std::string_view path, std::string_view query,
                                   const IpAddress& source) override {
    asked.push_back(std::string(path) + " " + std::string(query) + " " + source.to_string());
    return {.body = to_buffer(body)};
  }
  void on_http_refused(const IpAddress&) override { ++refused; }

  std::shared_ptr<Wire> connect(const std::string& from = "192.0.2.1") {
    auto wire = std::make_shared<Wire>();
    wire->remote = {*IpAddress::parse(from), 50000};
    http.accept(std::make_unique<MemoryStream>(wire, nullptr));
    return wire;
  }
  /// As a system does it: as much as the link will read. What is left of `text`.
  std::string say(Wire& wire, std::string text) {
    while (!text.empty() && wire.owner != nullptr) {
      const std::size_t room = wire.owner->may_read();
      if (room == 0) break;
      Buffer part = to_buffer(text.substr(0, room));
      text.erase(0, part.size());
      wire.owner->on_bytes(part);
    }
    return text;
  }
  std::string heard(Wire& wire) { return to_string(drained(wire.written)); }
  void end_turn() { http.on_turn_end(); }
  void pass(Duration time) {
    clock.advance(time);
    if (http.deadline() <= clock.now()) http.on_deadline(clock.now());
    end_turn();
  }

  seed::test::ManualClock clock;
  std::vector<std::string> asked;
  std::string body = "de";
  int refused = 0;
  TrackerHttp http{clock, *this};
};

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t out = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++out;
  return out;
}

TEST_CASE("a request is answered, and the link ends when the answer is gone") {
  Setup setup;
  const auto wire = setup.connect();
  wire->stuck = 50;
  setup.say(*wire, once);
  CHECK(setup.asked == std::vector<std::string>{"/announce a=b 192.0.2.1"});
  CHECK(setup.heard(*wire).ends_with("Content-Length: 2\r\nConnection: close\r\n\r\nde"));
  REQUIRE(wire->owner != nullptr);
  CHECK(wire->owner->may_read() == 0);
  wire->stuck = 0;
  wire->owner->on_sent(50);
  CHECK(wire->owner == nullptr);
  CHECK(setup.http.size() == 0);
  setup.end_turn();
}

TEST_CASE("an answer that is taken at once ends the link at once") {
  Setup setup;
  const auto wire = setup.connect();
  setup.say(*wire, once);
  CHECK(wire->owner == nullptr);
  setup.end_turn();
  CHECK(setup.http.deadline() == setup.clock.now() + TrackerHttp::look_every);
  setup.pass(1s);
  CHECK(setup.http.deadline() == never);
}

TEST_CASE("requests that follow each other at once are answered in order over one link") {
  Setup setup;
  const auto wire = setup.connect();
  setup.say(*wire, again + again + once + again);
  CHECK(setup.asked.size() == 3);
  CHECK(count(setup.heard(*wire), "HTTP/1.1 200 OK") == 3);
  CHECK(wire->owner == nullptr);
}

TEST_CASE("what is no request is refused, and the link lingers until the answer is heard") {
  Setup setup;
  const auto wire = setup.connect();
  setup.say(*wire,
            "\x13"
            "BitTorrent protocol\n" +
                std::string(100, 'x'));
  CHECK(setup.refused == 1);
  CHECK(setup.heard(*wire).starts_with("HTTP/1.1 400 Bad Request\r\n"));
  REQUIRE(wire->owner != nullptr);
  CHECK(setup.say(*wire, std::string(100'000, 'x')).empty());
  setup.pass(TrackerHttp::linger - 1s);
  CHECK(wire->owner != nullptr);
  setup.pass(1s);
  CHECK(wire->owner == nullptr);
  CHECK(setup.asked.empty());
}

TEST_CASE("who does not read is read no further, and dropped") {
  Setup setup;
  setup.body = std::string(30'000, 'x');
  const auto wire = setup.connect();
  wire->stuck = TrackerHttp::unsent_max + 1;
  const std::string left = setup.say(*wire, std::string(100'000, 'x').replace(0, 0, again + again));
  CHECK(setup.asked.empty());
  CHECK(left.size() > 90'000);
  setup.pass(TrackerHttp::patience - 1s);
  CHECK(wire->owner != nullptr);
  setup.pass(1s);
  CHECK(wire->owner == nullptr);
}

TEST_CASE("who reads again is answered again") {
  Setup setup;
  const auto wire = setup.connect();
  wire->stuck = TrackerHttp::unsent_max + 1;
  Buffer both = to_buffer(again + again);
  wire->owner->on_bytes(both);
  CHECK(setup.asked.empty());
  CHECK(wire->owner->may_read() == 0);
  CHECK_FALSE(wire->resumed);
  wire->stuck = 0;
  wire->owner->on_sent(1);
  CHECK(setup.asked.size() == 2);
  CHECK(wire->resumed);
}

TEST_CASE("a request that comes too slowly is not waited for, nor one that does not come") {
  Setup setup;
  const auto slow = setup.connect("192.0.2.1");
  const auto silent = setup.connect("192.0.2.2");
  const auto kept = setup.connect("192.0.2.3");
  for (int i = 0; i < 14; ++i) {
    setup.say(*slow, "G");
    setup.pass(1s);
  }
  setup.say(*kept, again);
  CHECK(setup.http.size() == 3);
  setup.pass(1s);
  CHECK(slow->owner == nullptr);
  CHECK(silent->owner == nullptr);
  CHECK(kept->owner != nullptr);
  setup.pass(TrackerHttp::patience);
  CHECK(kept->owner == nullptr);
}

TEST_CASE("a turn has its share of work, and the next goes on with those who wait") {
  Setup setup;
  const auto busy = setup.connect("192.0.2.1");
  const auto other = setup.connect("192.0.2.2");
  const std::size_t most = TrackerHttp::requests_per_turn_max;
  std::string many;
  for (std::size_t i = 0; i < most + 10; ++i) many += again;
  CHECK(setup.say(*busy, many).empty());
  CHECK(setup.asked.size() == most);
  CHECK(busy->owner->may_read() == 0);
  setup.say(*other, again);
  CHECK(setup.asked.size() == most);
  setup.end_turn();
  // The deadline stays where it is as time passes, or it would never have passed.
  const Instant at = setup.clock.now();
  setup.clock.advance(1ms);
  CHECK(setup.http.deadline() == at);
  setup.http.on_deadline(setup.clock.now());
  CHECK(setup.asked.size() == most + 11);
  CHECK(setup.asked.back() == "/announce a=b 192.0.2.2");
  CHECK(busy->resumed);
}

TEST_CASE("one source has so many links, and its idlest gives way") {
  Setup setup;
  std::vector<std::shared_ptr<Wire>> wires;
  for (std::size_t i = 0; i < TrackerHttp::links_per_source_max; ++i) {
    wires.push_back(setup.connect("2001:db8::" + std::to_string(i + 1)));
    setup.clock.advance(100ms);
  }
  setup.say(*wires[0], again);
  const auto other = setup.connect("2001:db8:0:1::1");
  CHECK(wires[1]->owner != nullptr);
  const auto newest = setup.connect("2001:db8::99");
  CHECK(wires[0]->owner != nullptr);
  CHECK(wires[1]->owner == nullptr);
  CHECK(newest->owner != nullptr);
  CHECK(other->owner != nullptr);
  CHECK(setup.http.size() == TrackerHttp::links_per_source_max + 1);
}

TEST_CASE("there are so many links in all") {
  Setup setup;
  const auto first = setup.connect("10.0.0.1");
  setup.clock.advance(100ms);
  for (std::size_t i = 0; i < TrackerHttp::links_per_private_source_max + 5; ++i)
    setup.connect("10.0.0.2");
  CHECK(setup.http.size() == TrackerHttp::links_per_private_source_max + 1);
  for (std::size_t i = 0; i < TrackerHttp::links_max; ++i)
    setup.connect("192.0." + std::to_string(i / 250) + "." + std::to_string(i % 250));
  CHECK(setup.http.size() == TrackerHttp::links_max);
  CHECK(first->owner == nullptr);
  setup.http.close();
  CHECK(setup.http.size() == 0);
  CHECK(setup.http.deadline() == never);
}

TEST_CASE("a link that the other side ends is gone") {
  Setup setup;
  const auto wire = setup.connect();
  setup.say(*wire, "GET /anno");
  wire->owner->on_end({FaultCode::closed, 0, "closed"});
  CHECK(wire->owner == nullptr);
  CHECK(setup.http.size() == 0);
  setup.end_turn();
}

}  // namespace
}  // namespace seed::session
