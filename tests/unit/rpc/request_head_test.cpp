#include "rpc/request_head.h"

#include <limits>
#include <string>

#include "tests/support/catch.h"

using namespace seed::rpc;

namespace {

HeadVerdict judge(const std::string& fields, const std::string& line = "POST /rpc HTTP/1.1") {
  return judge_head(line + "\r\n" + fields + "\r\n");
}

}  // namespace

TEST_CASE("a good head says how long the body is") {
  CHECK(judge("Host: x\r\n").fault == 0);
  CHECK_FALSE(judge("Host: x\r\n").body.any());
  CHECK(judge("content-length: 007\r\n").body.length == 7);
  CHECK(judge("Content-Length:7 \r\nX: \r\n").body.length == 7);
  CHECK(judge("Content-Length: 7\r\nContent-Length: 7\r\n").body.length == 7);
  CHECK(judge("Content-Length: 99999999999999999999\r\n").body.length ==
        std::numeric_limits<std::uint64_t>::max());
  CHECK(judge("TRANSFER-ENCODING: Chunked\r\n").body.chunked);
  CHECK(judge("X: \xc3\xa4\tb\r\n", "OPTIONS * HTTP/1.0").fault == 0);
}

TEST_CASE("a length in doubt is refused") {
  for (const std::string fields :
       {"Content-Length: 1\r\nContent-Length: 2\r\n", "Content-Length: 1, 1\r\n",
        "Content-Length: 1x\r\n", "Content-Length: -1\r\n", "Content-Length: \r\n",
        "Content-Length: 1 1\r\n", "Content-Length: %31\r\n",
        "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"}) {
    CAPTURE(fields);
    CHECK(judge(fields).fault == 400);
  }
  CHECK(judge("Transfer-Encoding: gzip, chunked\r\n").fault == 501);
}

TEST_CASE("what one reads as a field and another does not is refused") {
  for (const std::string fields : {"Content-Length : 1\r\n", " Content-Length: 1\r\n", "Host\r\n",
                                   ": x\r\n", "X: a\n", "X: a\rb\r\n", "X: a\x01\r\n"}) {
    CAPTURE(fields);
    CHECK(judge(fields).fault == 400);
  }
  CHECK(judge(std::string("X: a\0\r\n", 7)).fault == 400);
}

TEST_CASE("a request line is a method, a target and a version") {
  for (const std::string line :
       {"", "GET", "GET /", "GET / HTTP/2.0", "GET  / HTTP/1.1", "GET / x HTTP/1.1", " / HTTP/1.1",
        "G@T / HTTP/1.1", "GET / http/1.1"}) {
    CAPTURE(line);
    CHECK(judge("", line).fault == 400);
  }
  CHECK(judge("", "BREW / HTTP/1.1").fault == 501);
  CHECK(judge("", "get / HTTP/1.1").fault == 501);
}

TEST_CASE("a head that is too long says of what") {
  CHECK(judge("", "GET /" + std::string(8000, 'a') + " HTTP/1.1").fault == 0);
  CHECK(judge("", "GET /" + std::string(9000, 'a') + " HTTP/1.1").fault == 414);
  CHECK(judge_head("GET /" + std::string(head_bytes_max, 'a')).fault == 414);
  CHECK(judge("X: " + std::string(9000, 'a') + "\r\n").fault == 431);
  CHECK(judge_head("GET / HTTP/1.1\r\nX: aaa").fault == 431);
  CHECK(judge_head("GET / HTTP/1.1\r\nX: aaa\r\n").fault == 431);
}

TEST_CASE("the library reads its own spelling, and no Range") {
  const std::string line = "GET / HTTP/1.1\r\n";
  const std::string lasts = "Connection: Keep-Alive\r\n\r\n";
  const std::string closes = "Connection: close\r\n\r\n";
  CHECK(spell_for_library(line + "\r\n") == line + lasts);
  CHECK(spell_for_library(line + "A:b\r\nX: \r\nB:\r\n\r\n") ==
        line + "A:b\r\nX: \r\nB:\r\n" + lasts);
  CHECK(spell_for_library(line + "RANGE: x\r\nRanges: y\r\n\r\n") ==
        line + "Ranges: y\r\n" + lasts);
  for (const std::string value : {"close", "Close", " te , CLOSE ", "keep-alive, close"})
    CHECK(spell_for_library(line + "connection:" + value + "\r\n\r\n") == line + closes);
  CHECK(spell_for_library(line + "Connection: closed\r\n\r\n") == line + lasts);
  CHECK(spell_for_library(line + "expect:100-Continue\r\n\r\n") ==
        line + "Expect: 100-continue\r\n" + lasts);
  const std::string old = "GET / HTTP/1.0\r\n";
  CHECK(spell_for_library(old + "\r\n") == old + closes);
  CHECK(spell_for_library(old + "Connection: keep-alive\r\n\r\n") == old + lasts);
}
