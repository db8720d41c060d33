#include "ctl/server_events.h"

#include <vector>

#include "tests/support/catch.h"

using namespace seed::ctl;

namespace {

std::vector<ServerEvent> all_of(ServerEvents& events) {
  std::vector<ServerEvent> out;
  while (auto event = events.next()) out.push_back(*event);
  return out;
}

const std::string text =
    ": hello\n\nid: 7\nevent: torrents\ndata: {\"a\":\ndata:1}\n\nevent: added\n\n"
    "data: x\r\n\r\nid\rdata\r\rdata: end";

}  // namespace

TEST_CASE("events have an id, a name and lines of data; comments and empty ones are none") {
  ServerEvents events(1000);
  REQUIRE(events.feed(text));
  CHECK(all_of(events) == std::vector<ServerEvent>{{"7", "torrents", "{\"a\":\n1}"},
                                                   {"7", "message", "x"},
                                                   {"", "message", ""}});
}

TEST_CASE("events are the same however they are cut") {
  ServerEvents whole(1000);
  REQUIRE(whole.feed(text));
  const auto expected = all_of(whole);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    ServerEvents events(1000);
    REQUIRE(events.feed(std::string_view(text).substr(0, cut)));
    REQUIRE(events.feed(std::string_view(text).substr(cut)));
    CHECK(all_of(events) == expected);
  }
}

TEST_CASE("an event without an end is not kept for ever") {
  ServerEvents events(10);
  CHECK(events.feed("data: 123\n"));
  CHECK(events.feed("data:45\n\n"));
  CHECK(events.next()->data == "123\n45");
  CHECK(events.feed("data: 1234"));
  CHECK_FALSE(events.feed("56789012345"));
}
