// What HTTP asks for (RFC 9112), over a socket: heads and bodies that are none, long, slow or
// refused, and how long connections last.
#include <string>
#include <vector>

#include "core/base/limits.h"
#include "rpc/http/server.h"
#include "tests/adapters/rpc/http/support.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

TEST_CASE("a refused body that is long ends the connection after the answer") {
  Running running;
  Client client(running.server.port());
  client.send("POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\nstart");
  CHECK(has(client.answer(), "HTTP/1.1 409"));
  CHECK(client.at_end());
}

TEST_CASE("a head without end is cut off") {
  Running running;
  Client client(running.server.port());
  client.send("GET / HTTP/1.1\r\nX: " + std::string(300'000, 'x'));
  client.read_to("never");
  CHECK(client.at_end());
}

TEST_CASE("what is no HTTP is answered once") {
  Running running;
  Client client(running.server.port());
  client.send("nonsense\r\n\r\nmore nonsense\r\n\r\n");
  CHECK(has(client.answer(), "HTTP/1.1 400"));
  CHECK(client.at_end());
}

TEST_CASE("what is no request is answered with a page and closed") {
  Fronted running;
  for (const auto& [request, status] : std::vector<std::pair<std::string, std::string>>{
           {"nonsense\r\n\r\n", "400"},
           {"GET / HTTP/1.1\r\nno colon\r\n\r\n", "400"},
           {"GET / HTTP/1.1\r\nX : y\r\n\r\n", "400"},
           {"GET / HTTP/1.1\nHost: x\n\n", "400"},
           {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", "414"},
           {"GET /" + std::string(100'000, 'a'), "414"},
           {"GET / HTTP/1.1\r\nX: " + std::string(9000, 'a') + "\r\n\r\n", "431"},
           {"GET / HTTP/1.1\r\nX: " + std::string(100'000, 'a'), "431"},
           {"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", "501"}}) {
    Client client(running.server.port());
    client.send(request);
    const auto answer = client.answer();
    CAPTURE(request.substr(0, 60), answer);
    CHECK(answer.starts_with("HTTP/1.1 " + status));
    CHECK(has(answer, "<h1>" + status + ": "));
    CHECK(has(answer, "Server: Transmission\r\n"));
    CHECK(has(answer, "X-Frame-Options: SAMEORIGIN\r\n"));
    CHECK(has(answer, "Content-Security-Policy: frame-ancestors 'self'\r\n"));
    CHECK(has(answer, "Connection: close\r\n"));
    CHECK_FALSE(has(answer, "Keep-Alive:"));
    CHECK(client.at_end());
  }
}

TEST_CASE("a body whose end is in doubt is refused and its connection closed") {
  Fronted running;
  for (const std::string fields :
       {"Content-Length: 2\r\nContent-Length: 30\r\n", "Content-Length: 2, 30\r\n",
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 2x\r\n",
        "Content-Length: -2\r\n", "Content-Length: +2\r\n", "Content-Length:\r\n",
        "Content-Length: 0x2\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"}) {
    Client client(running.server.port());
    CAPTURE(fields);
    const auto answer = client.ask("POST /rpc HTTP/1.1\r\nHost: localhost\r\n" + fields +
                                   "\r\n{}GET /x HTTP/1.1\r\n\r\n");
    CHECK(answer.starts_with("HTTP/1.1 400"));
    CHECK(client.at_end());
  }
  Client client(running.server.port());
  CHECK(client
            .ask("POST /rpc HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: "
                 "2\r\n\r\n{}")
            .starts_with("HTTP/1.1 200"));
}

TEST_CASE("a broken body is told from one that is too large") {
  Fronted running;
  const std::string chunked =
      "POST /rpc HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string body : {"zz\r\n", "2\r\n{}xx\r\n0\r\n\r\n", "-2\r\n{}\r\n0\r\n\r\n"}) {
    Client client(running.server.port());
    CAPTURE(body);
    CHECK(client.ask(chunked + body).starts_with("HTTP/1.1 400"));
    CHECK(client.at_end());
  }
  Client large(running.server.port());
  CHECK(large.ask(chunked + "fffffffff\r\n{}").starts_with("HTTP/1.1 413"));
  CHECK(large.at_end());
  Client client(running.server.port());
  CHECK(
      client.ask(chunked + "2\r\n{}\r\n0\r\nX-Sum: 7\r\nY: z\r\n\r\n").starts_with("HTTP/1.1 200"));
  CHECK(client.ask("GET /rpc HTTP/1.1\r\nHost: localhost\r\n\r\n").starts_with("HTTP/1.1 405"));
}

TEST_CASE("a refused body that comes slowly is read to its end, and the connection lasts") {
  Fronted running;
  Client client(running.server.port());
  CHECK(
      client.send("POST /transmission/rpc HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                  "400000\r\n\r\n"));
  for (int i = 0; i < 40; ++i) {
    Client::pause(100);
    REQUIRE(client.send(std::string(10'000, 'x')));
  }
  const auto answer = client.answer();
  CHECK(answer.starts_with("HTTP/1.1 409"));
  CHECK(has(answer, "Keep-Alive:"));
  CHECK(client.ask(post("/rpc", "{}")).starts_with("HTTP/1.1 200"));
}

TEST_CASE("a refused body that is long and comes slowly does not cost the client its answer") {
  Fronted running;
  for (const std::string framing :
       {"Content-Length: 2000000", "Content-Length: 999999999", "Transfer-Encoding: chunked"}) {
    Client client(running.server.port());
    CAPTURE(framing);
    CHECK(client.send("POST /rpc HTTP/1.1\r\nHost: evil.example\r\n" + framing + "\r\n\r\n"));
    for (int i = 0; i < 7; ++i) {
      Client::pause(500);
      REQUIRE(client.send(std::string(10'000, 'x')));
    }
    const auto answer = client.answer();
    CHECK(answer.starts_with("HTTP/1.1 421"));
    CHECK(has(answer, "Connection: close\r\n"));
    CHECK_FALSE(has(answer, "Keep-Alive:"));
    CHECK(client.at_end());
  }
}

TEST_CASE("no more may be slow about refused bodies than limits say") {
  Fronted running;
  std::vector<std::unique_ptr<Client>> slow;
  const std::string refused =
      "POST /rpc HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 1000\r\n\r\n";
  for (std::size_t i = 0; i < limits::http_refused_max; ++i) {
    slow.push_back(std::make_unique<Client>(running.server.port()));
    CHECK(has(slow.back()->ask(refused), "Keep-Alive:"));
  }
  Client client(running.server.port());
  CHECK(has(client.ask(refused), "Connection: close\r\n"));
  CHECK(client.at_end());
}

TEST_CASE("an answer says whether its connection lasts") {
  Running running;
  for (const std::string head :
       {"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nConnection: Close\r\n\r\n",
        "GET / HTTP/1.1\r\nconnection: te, CLOSE\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
        "POST /refuse HTTP/1.1\r\nContent-Length: 10\r\n\r\nless"}) {
    Client client(running.server.port());
    CAPTURE(head);
    const auto answer = client.ask(head);
    CHECK(has(answer, "Connection: close\r\n"));
    CHECK_FALSE(has(answer, "Keep-Alive:"));
    CHECK(client.at_end());
  }
  Client client(running.server.port());
  CHECK(has(client.ask("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), "Keep-Alive:"));
  CHECK(has(client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), "Keep-Alive:"));
  CHECK(has(client.ask("GET / HTTP/1.1\r\n\r\n"), "HTTP/1.1 200"));
}

TEST_CASE("a client that pauses is still listened to when it is refused") {
  Running running;
  Client client(running.server.port());
  client.send("POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\nstart");
  Client::pause(1000);
  CHECK(client.send("more"));
  Client::pause(100);
  CHECK(client.send("more"));
  CHECK(has(client.answer(), "HTTP/1.1 409"));
}

TEST_CASE("a Range is nobody's business") {
  Running running;
  for (const std::string value : {"bytes=1-2", "bytes=9-1", "items=1-2", "nonsense", "bytes=-"}) {
    Client client(running.server.port());
    CAPTURE(value);
    CHECK(has(client.ask("GET /a HTTP/1.1\r\nHost: x\r\nrange: " + value + "\r\n\r\n"),
              "GET /a 127.0.0.1 0:"));
  }
}

TEST_CASE("one empty line before a request is read over") {
  Running running;
  Client client(running.server.port());
  CHECK(has(client.ask("\r\n" + post("/a", "{}")), "POST /a"));
  CHECK(has(client.ask("\r\n" + post("/b", "{}")), "POST /b"));
  CHECK(has(client.ask("\r\n\r\n" + post("/c", "{}")), "HTTP/1.1 400"));
}

TEST_CASE("an expectation is understood in any case of its letters") {
  Running running;
  Client client(running.server.port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nexpect: 100-Continue\r\nContent-Length: 2\r\n\r\n");
  REQUIRE(client.has_input(3000));
  CHECK(has(client.read_to("\r\n\r\n"), "HTTP/1.1 100"));
  CHECK(has(client.ask("ok"), "2:ok"));
}
