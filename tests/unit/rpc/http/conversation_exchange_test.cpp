#include "rpc/http/conversation_exchange.h"

#include <string>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

namespace {

struct Asked {
  HttpRooms rooms;
  HttpConversation conversation{rooms};

  explicit Asked(const std::string& target, const std::string& fields = "Host: own\r\n") {
    conversation.on_octets("GET " + target + " HTTP/1.1\r\n" + fields + "\r\n");
    REQUIRE(conversation.phase() == HttpConversation::Phase::asked);
  }
};

}  // namespace

TEST_CASE("a target is a path and a query") {
  for (const std::string target : {"/a/b?c=d?e", "http://x/a/b?c=d?e", "/a/b?c=d?e#f"}) {
    CAPTURE(target);
    const TargetParts parts = take_apart(target);
    CHECK(parts.path == "/a/b");
    CHECK(parts.query == "c=d?e");
  }
  CHECK(take_apart("/a").query.empty());
  CHECK(take_apart("http://x").path == "/");
  CHECK(take_apart("http://x?y").path == "/");
  CHECK(take_apart("http://x?y").query == "y");
  CHECK(take_apart("*").path == "*");
}

TEST_CASE("only a target that begins with a scheme names the server") {
  CHECK(take_apart("HTTP://[::1]:1/rpc").authority == "[::1]:1");
  CHECK(take_apart("http://evil.example").authority == "evil.example");
  CHECK(take_apart("http:///rpc").authority == "");
  CHECK_FALSE(take_apart("/rpc?u=http://x/").authority);
  CHECK_FALSE(take_apart("rpc?u=http://x/").authority);
  CHECK_FALSE(take_apart("://x/").authority);
}

TEST_CASE("the server that a target names stands for the field Host") {
  Asked named("http://evil.example:1/rpc");
  const ConversationExchange exchange(named.conversation, named.rooms, "127.0.0.1");
  CHECK(exchange.header("Host") == "evil.example:1");
  CHECK(exchange.header("host") == "evil.example:1");
  CHECK(exchange.peer() == "127.0.0.1");
  Asked plain("/rpc");
  CHECK(ConversationExchange(plain.conversation, plain.rooms, "").header("Host") == "own");
}

TEST_CASE("what goes wrong on our side is the exchange's fault") {
  Asked asked("/rpc");
  CHECK(ConversationExchange(asked.conversation, asked.rooms, "").fault() == 0);
  CHECK(ConversationExchange(asked.conversation, asked.rooms, "", 500).fault() == 500);
}
