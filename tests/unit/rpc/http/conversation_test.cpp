#include "rpc/http/conversation.h"

#include <string>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;
using Phase = HttpConversation::Phase;

namespace {

struct Talk {
  HttpRooms rooms;
  HttpConversation conversation{rooms};

  Phase say(std::string_view octets) {
    conversation.on_octets(octets);
    return conversation.phase();
  }
  /// All that is to be sent.
  std::string sent() {
    std::string out;
    while (!conversation.unsent().empty()) {
      const auto some = conversation.unsent().substr(0, 7);
      out += some;
      conversation.on_sent(some.size());
    }
    return out;
  }
  std::string answer(int status = 200, std::string body = "{}", std::size_t come = 0) {
    HttpAnswer answer;
    answer.status = status;
    answer.content_type = "text/plain";
    answer.body = std::move(body);
    conversation.answer(std::move(answer), {come, false});
    return sent();
  }
};

const std::string get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

std::string post(std::string_view fields, std::string_view body = {}) {
  return "POST /b HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n" + std::string(body);
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("a request is asked when its last octet has come, and the next after its answer") {
  Talk talk;
  const std::string text = post("Content-Length: 3\r\n", "abc") + get;
  for (const char c : text) {
    if (talk.conversation.phase() == Phase::asked) break;
    talk.say({&c, 1});
  }
  CHECK(talk.conversation.head().target() == "/b");
  CHECK(talk.conversation.take_body() == "abc");
  CHECK(has(talk.answer(), "HTTP/1.1 200 OK\r\n"));
  CHECK(talk.conversation.phase() == Phase::idle);
  CHECK(talk.say(get + get) == Phase::asked);
  talk.answer();
  CHECK(talk.conversation.phase() == Phase::asked);
  CHECK(talk.conversation.head().target() == "/a");
}

TEST_CASE("an answer has a length, or none where there is no body") {
  Talk talk;
  talk.say(get);
  const auto answer = talk.answer(200, "12345");
  CHECK(has(answer, "\r\nContent-Length: 5\r\n"));
  CHECK(has(answer, "\r\nContent-Type: text/plain\r\n"));
  CHECK(has(answer, "\r\nKeep-Alive: timeout=10, max=1000\r\n"));
  CHECK(answer.ends_with("\r\n\r\n12345"));
  talk.say(get);
  CHECK_FALSE(has(talk.answer(204), "Content-Length"));
  talk.say("HEAD / HTTP/1.1\r\n\r\n");
  const auto head = talk.answer(200, "12345");
  CHECK(has(head, "Content-Length: 5\r\n"));
  CHECK(head.ends_with("\r\n\r\n"));
  talk.say(get);
  const std::string large(200'000, 'x');
  CHECK(talk.answer(200, large).ends_with("\r\n\r\n" + large));
}

TEST_CASE("a body that is late is asked about without it, and waited for when it is wanted") {
  Talk talk;
  CHECK(talk.say(post("Content-Length: 4\r\n", "ab")) == Phase::body);
  CHECK_FALSE(talk.conversation.wants_body());
  talk.conversation.on_late_body();
  REQUIRE(talk.conversation.phase() == Phase::asked);
  CHECK(talk.conversation.take_body().error() == BodyFault::not_yet);
  CHECK(talk.conversation.lacks_body());
  talk.conversation.await_body();
  CHECK(talk.conversation.phase() == Phase::body);
  CHECK(talk.conversation.wants_body());
  CHECK(talk.say("cd") == Phase::asked);
  CHECK(talk.conversation.take_body() == "abcd");
  CHECK(has(talk.answer(), "Keep-Alive"));
}

TEST_CASE("a body that does not come at all is broken") {
  Talk talk;
  talk.say(post("Content-Length: 4\r\n", "ab"));
  SECTION("because it takes too long") {
    talk.conversation.on_late_body();
    CHECK(talk.conversation.take_body().error() == BodyFault::not_yet);
    talk.conversation.await_body();
    talk.conversation.on_late_body();
  }
  SECTION("because the client says no more") { talk.conversation.on_end_of_input(); }
  REQUIRE(talk.conversation.phase() == Phase::asked);
  CHECK(talk.conversation.take_body().error() == BodyFault::broken);
  CHECK(has(talk.answer(400), "Connection: close\r\n"));
}

TEST_CASE("who waits for word before the body gets it when the body is wanted") {
  Talk talk;
  CHECK(talk.say(post("Expect: 100-continue\r\nContent-Length: 2\r\n")) == Phase::asked);
  CHECK(talk.conversation.take_body().error() == BodyFault::not_yet);
  talk.conversation.await_body();
  CHECK(talk.sent() == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(talk.say("{}") == Phase::asked);
  CHECK(talk.conversation.take_body() == "{}");
  talk.answer();
  CHECK(talk.say(post("Expect: 100-continue\r\nContent-Length: 2\r\n")) == Phase::asked);
  CHECK(has(talk.answer(409), "Connection: close\r\n"));
}

TEST_CASE("who is refused while it waits for word is not kept, whether its body has come or not") {
  for (const std::string body : {"", "{", "{}"}) {
    Talk talk;
    CHECK(talk.say(post("Expect: 100-continue\r\nContent-Length: 2\r\n", body)) == Phase::asked);
    CHECK(has(talk.answer(409), "Connection: close\r\n"));
  }
}

TEST_CASE("no more of a body is taken than is small, before it is known to be wanted") {
  Talk talk;
  const std::size_t large = 3 * limits::http_small_body_bytes_max;
  std::string body(large, 'x');
  CHECK(talk.say(post("Content-Length: " + std::to_string(large) + "\r\n", body)) == Phase::asked);
  CHECK(talk.conversation.body_come() == limits::http_unasked_body_bytes_max);
  CHECK(talk.conversation.take_body().error() == BodyFault::not_yet);
  talk.conversation.await_body();
  CHECK(talk.conversation.phase() == Phase::asked);
  CHECK(talk.conversation.take_body() == body);
}

TEST_CASE("a body for which there is no room waits for it, and not for ever") {
  Talk talk;
  BodyRoom::Share other = talk.rooms.bodies.begin(limits::http_bodies_bytes_max);
  REQUIRE(other.grow_to(limits::http_bodies_bytes_max - 1000));
  const std::size_t large = 2 * limits::http_small_body_bytes_max;
  talk.say(post("Content-Length: " + std::to_string(large) + "\r\n", std::string(large, 'x')));
  CHECK(talk.conversation.take_body().error() == BodyFault::not_yet);
  talk.conversation.await_body();
  REQUIRE(talk.conversation.phase() == Phase::blocked);
  CHECK(talk.rooms.bodies.waiting() == 1);
  talk.conversation.try_again();
  REQUIRE(talk.conversation.phase() == Phase::blocked);
  CHECK(talk.rooms.bodies.waiting() == 1);
  SECTION("until it is there") {
    {
      const BodyRoom::Share gone = std::move(other);
    }
    talk.conversation.try_again();
    REQUIRE(talk.conversation.phase() == Phase::asked);
    CHECK(talk.conversation.take_body()->size() == large);
    talk.answer();
  }
  SECTION("until it takes too long") {
    talk.conversation.on_late_body();
    REQUIRE(talk.conversation.phase() == Phase::asked);
    CHECK(talk.conversation.take_body().error() == BodyFault::no_room);
    talk.answer(503);
  }
  CHECK(talk.rooms.bodies.waiting() == 0);
}

TEST_CASE("what is left of a refused body is thrown away, if it is short") {
  Talk talk;
  talk.say(post("Content-Length: 70000\r\n", std::string(66'000, 'x')));
  REQUIRE(talk.conversation.phase() == Phase::asked);
  CHECK(has(talk.answer(409, "{}", 4000), "Keep-Alive"));
  CHECK(talk.conversation.phase() == Phase::draining);
  CHECK(talk.conversation.body_come() == limits::http_unasked_body_bytes_max);
  CHECK(talk.conversation.rest_come() == 66'000 - limits::http_unasked_body_bytes_max);
  CHECK(talk.say(std::string(4000, 'x') + get) == Phase::asked);
  CHECK(talk.conversation.head().target() == "/a");
  talk.answer();
  talk.say(post("Content-Length: 70000\r\n", std::string(66'000, 'x')));
  CHECK(has(talk.answer(409, "{}", 3999), "Connection: close"));
  CHECK(talk.conversation.phase() == Phase::ending);
  CHECK(talk.conversation.owes());
}

TEST_CASE("long answers that nobody takes have a bound, beyond which another is a 503") {
  HttpRooms rooms;
  rooms.answers_max = 300'000;
  const auto ask = [](HttpConversation& conversation, std::size_t size) {
    conversation.on_octets(get);
    HttpAnswer answer{200, "text/plain", std::string(size, 'x'), {{"X-Kept", "1"}}};
    answer.headers.emplace_back("Content-Encoding", "gzip");
    conversation.answer(std::move(answer), {});
    return std::string(conversation.unsent());
  };
  HttpConversation first(rooms);
  {
    HttpConversation longest(rooms);
    CHECK(has(ask(longest, 400'000), "200 OK"));
    CHECK(rooms.answers >= 400'000);
    CHECK(longest.held_bytes() >= 400'000);
    const auto refused = ask(first, 100'000);
    CHECK(has(refused, "HTTP/1.1 503"));
    CHECK(has(refused, "Retry-After: "));
    CHECK(has(refused, "X-Kept: 1\r\n"));
    CHECK_FALSE(has(refused, "Content-Encoding"));
    CHECK(first.status() == 503);
    first.on_sent(first.unsent().size());
    CHECK(has(ask(first, 1000), "200 OK"));
    first.on_sent(first.unsent().size());
  }
  CHECK(rooms.answers == 0);
  CHECK(has(ask(first, 100'000), "200 OK"));
  CHECK(rooms.answers >= 100'000);
  while (!first.unsent().empty()) first.on_sent(first.unsent().size());
  CHECK(rooms.answers == 0);
  CHECK(first.held_bytes() < 10'000);
}

TEST_CASE("an answer without an end ends the connection") {
  Talk talk;
  talk.say(get);
  HttpAnswer answer;
  answer.content_type = "text/event-stream";
  answer.stream = [](AnswerStream&) {};
  CHECK(talk.conversation.answer(std::move(answer), {}));
  const auto head = talk.sent();
  CHECK(has(head, "Transfer-Encoding: chunked\r\n"));
  CHECK_FALSE(has(head, "Content-Length"));
  CHECK(talk.conversation.phase() == Phase::answering);
  talk.conversation.on_stream_end();
  CHECK(talk.conversation.phase() == Phase::ending);
  talk.conversation.on_end_of_input();
  CHECK(talk.conversation.phase() == Phase::ended);
}
