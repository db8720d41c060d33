#include "core/trackerd/http_request.h"

#include <string>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::trackerd;

namespace {

using State = HttpRequestReader::State;

/// Reads all of it, at most `step` octets at once.
HttpRequestReader read(std::string_view text, std::size_t step = std::string_view::npos) {
  HttpRequestReader reader;
  while (!text.empty() && reader.state() == State::reading) {
    const std::size_t taken = reader.on_bytes(as_bytes(text.substr(0, step)));
    REQUIRE(taken > 0);
    text.remove_prefix(taken);
  }
  return reader;
}

int status_of(std::string_view text) {
  const auto reader = read(text);
  CHECK((reader.state() == State::refused) == (reader.status() != 0));
  CHECK((reader.state() == State::refused) == !reader.reason().empty());
  return reader.status();
}

std::string get(std::string_view target, std::string_view fields = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\n" + std::string(fields) + "\r\n";
}

}  // namespace

TEST_CASE("a request is its path and its query, as they came") {
  for (const std::size_t step : {1UL, 2UL, 7UL, std::string_view::npos}) {
    const auto reader = read(
        "GET /announce?info_hash=%00a?b&x=/ HTTP/1.1\r\nHost: here\r\nAccept: */*\r\n\r\n", step);
    REQUIRE(reader.state() == State::complete);
    CHECK(reader.path() == "/announce");
    CHECK(reader.query() == "info_hash=%00a?b&x=/");
    CHECK(reader.lasts());
  }
}

TEST_CASE("a path alone has no query") {
  const auto reader = read(get("/scrape"));
  CHECK(reader.path() == "/scrape");
  CHECK(reader.query().empty());
}

TEST_CASE("what is asked for may be a whole URL") {
  CHECK(read(get("http://tracker.example:6969/announce?a=b")).path() == "/announce");
  CHECK(read(get("HTTP://tracker.example?a=b")).path() == "/");
  CHECK(read(get("HTTP://tracker.example?a=b")).query() == "a=b");
  CHECK(read(get("http://tracker.example")).path() == "/");
  CHECK(status_of(get("announce")) == 400);
  CHECK(status_of(get("ftp://tracker.example/")) == 400);
  CHECK(status_of(get("*")) == 400);
}

TEST_CASE("requests that follow each other at once are taken one by one") {
  const std::string text = get("/a") + get("/b", "Connection: close\r\n") + "GET /c";
  HttpRequestReader reader;
  std::size_t at = reader.on_bytes(as_bytes(text));
  REQUIRE(reader.state() == State::complete);
  CHECK(reader.path() == "/a");
  CHECK(reader.on_bytes(as_bytes(text.substr(at))) == 0);
  reader.next();
  CHECK_FALSE(reader.begun());
  at += reader.on_bytes(as_bytes(text.substr(at)));
  REQUIRE(reader.state() == State::complete);
  CHECK(reader.path() == "/b");
  CHECK_FALSE(reader.lasts());
  reader.next();
  at += reader.on_bytes(as_bytes(text.substr(at)));
  CHECK(at == text.size());
  CHECK(reader.state() == State::reading);
  CHECK(reader.begun());
}

TEST_CASE("the connection goes on as the client says, and as its version does otherwise") {
  const auto lasts = [](std::string_view version, std::string_view fields) {
    return read("GET / HTTP/" + std::string(version) + "\r\n" + std::string(fields) + "\r\n")
        .lasts();
  };
  CHECK(lasts("1.1", ""));
  CHECK_FALSE(lasts("1.0", ""));
  CHECK(lasts("1.0", "connection: Keep-Alive\r\n"));
  CHECK_FALSE(lasts("1.1", "CONNECTION:close\r\n"));
  CHECK_FALSE(lasts("1.1", "Connection: keep-alive, Close\r\n"));
  CHECK_FALSE(lasts("1.1", "Connection: keep-alive\r\nConnection: close\r\n"));
  CHECK(lasts("1.1", "X-Connection: close\r\n"));
}

TEST_CASE("one empty line before a request is passed over") {
  CHECK(read("\r\n" + get("/a")).path() == "/a");
  CHECK(status_of("\r\n\r\n" + get("/a")) == 400);
}

TEST_CASE("nothing but GET by HTTP 1 is answered") {
  CHECK(status_of("POST /announce HTTP/1.1\r\n") == 405);
  CHECK(status_of("HEAD / HTTP/1.0\r\n") == 405);
  CHECK(status_of("get / HTTP/1.1\r\n") == 405);
  CHECK(status_of("GET / HTTP/2.0\r\n") == 505);
  CHECK(status_of("PRI * HTTP/2.0\r\n") == 505);
  CHECK(status_of("GET / HTTP/1.2\r\n") == 505);
  CHECK(status_of("GET / HTTPS/1.1\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.10\r\n") == 400);
  CHECK(status_of("GET /\r\n") == 400);
  CHECK(status_of("GET  HTTP/1.1\r\n") == 400);
  CHECK(status_of("GET /a b HTTP/1.1\r\n") == 400);
  CHECK(status_of("G@T / HTTP/1.1\r\n") == 400);
  CHECK(status_of("\x13"
                  "BitTorrent protocol\n") == 400);
  CHECK(status_of(std::string("\x16\x03\x01\x02\x00\x01\n", 7)) == 400);
}

TEST_CASE("a head that others read otherwise is refused") {
  CHECK(status_of("GET / HTTP/1.1\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nHost: a\n") == 400);
  CHECK(status_of(get("/", "no field\r\n")) == 400);
  CHECK(status_of(get("/", "Host : a\r\n")) == 400);
  CHECK(status_of(get("/", "Host: a\r\n folded: b\r\n")) == 400);
  CHECK(status_of(get("/", ": a\r\n")) == 400);
  CHECK(status_of(get("/", std::string("Host: a\0b\r\n", 11))) == 400);
  CHECK(status_of(get("/", "Host: a\rb\r\n")) == 400);
}

TEST_CASE("a body is refused, for it would be taken for a request") {
  CHECK(status_of(get("/", "Content-Length: 0\r\n")) == 0);
  CHECK(status_of(get("/", "Content-Length: 5\r\n")) == 400);
  CHECK(status_of(get("/", "content-length:\r\n")) == 400);
  CHECK(status_of(get("/", "Transfer-Encoding: chunked\r\n")) == 400);
}

TEST_CASE("a line as long as the bound is taken, and no longer one") {
  // "GET ", " HTTP/1.1"
  const std::string most(http_line_bytes_max - 13, 'a');
  CHECK(status_of(get("/" + most.substr(1))) == 0);
  CHECK(status_of(get("/" + most)) == 414);
  CHECK(status_of("GET /" + std::string(2 * http_line_bytes_max, 'a')) == 414);
  CHECK(status_of(std::string(2 * http_line_bytes_max, 'a')) == 414);
  CHECK(status_of(get("/", "X: " + std::string(http_line_bytes_max - 3, 'a') + "\r\n")) == 0);
  CHECK(status_of(get("/", "X: " + std::string(http_line_bytes_max - 2, 'a') + "\r\n")) == 431);
}

TEST_CASE("a head has so many fields and octets at most") {
  const auto with = [](std::size_t fields, std::size_t each) {
    std::string out;
    for (std::size_t i = 0; i < fields; ++i) out += "X: " + std::string(each, 'a') + "\r\n";
    return out;
  };
  CHECK(status_of(get("/", with(http_fields_max, 1))) == 0);
  CHECK(status_of(get("/", with(http_fields_max + 1, 1))) == 431);
  CHECK(status_of(get("/", with(4, 5000))) == 431);
}

TEST_CASE("a refused one takes no more") {
  auto reader = read("POST / HTTP/1.1\r\n");
  CHECK(reader.on_bytes(as_bytes(get("/"))) == 0);
  CHECK(reader.state() == State::refused);
  CHECK_FALSE(reader.lasts());
}
