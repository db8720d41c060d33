#include "rpc/http/request_head.h"

#include <limits>
#include <string>

#include "core/base/limits.h"
#include "tests/support/catch.h"

using namespace seed;
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
  for (const std::string coding : {"chunked", "gzip, chunked", "identity"})
    CHECK(judge("Transfer-Encoding: " + coding + "\r\n", "POST / HTTP/1.0").fault == 400);
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

TEST_CASE("a request names its server once") {
  CHECK(judge("Host: a\r\nX: b\r\nHost: a\r\n").fault == 400);
  CHECK(judge("Host: a\r\nHOST: b\r\n").fault == 400);
}

TEST_CASE("a head whose memory was given back is empty until the next") {
  RequestHead head;
  head.assign("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  head.forget();
  CHECK(head.target().empty());
  CHECK_FALSE(head.field("Host"));
  head.assign("GET /b HTTP/1.1\r\nHost: y\r\n\r\n");
  CHECK(head.target() == "/b");
  CHECK(head.field("Host") == "y");
}

TEST_CASE("a request line is a method, a target and a version") {
  for (const std::string line :
       {"", "GET", "GET /", "GET / HTTP/2.0", "GET  / HTTP/1.1", "GET / x HTTP/1.1", " / HTTP/1.1",
        "G@T / HTTP/1.1", "GET / http/1.1", "GET /a\tb HTTP/1.1", "GET /a\x7f HTTP/1.1"}) {
    CAPTURE(line);
    CHECK(judge("", line).fault == 400);
  }
  CHECK(judge("", "BREW / HTTP/1.1").fault == 501);
  CHECK(judge("", "get / HTTP/1.1").fault == 501);
}

TEST_CASE("a head that is too long says of what") {
  CHECK(judge("", "GET /" + std::string(8000, 'a') + " HTTP/1.1").fault == 0);
  CHECK(judge("", "GET /" + std::string(9000, 'a') + " HTTP/1.1").fault == 414);
  CHECK(judge_head("GET /" + std::string(seed::limits::http_head_bytes_max, 'a')).fault == 414);
  CHECK(judge("X: " + std::string(9000, 'a') + "\r\n").fault == 431);
  CHECK(judge_head("GET / HTTP/1.1\r\nX: aaa").fault == 431);
  CHECK(judge_head("GET / HTTP/1.1\r\nX: aaa\r\n").fault == 431);
}

TEST_CASE("a good head is taken apart") {
  RequestHead head;
  head.assign("POST /rpc?x HTTP/1.1\r\nHost:a:1\r\nX: \r\nx-Y:\t b c \r\nHOST: second\r\n\r\n");
  CHECK(head.method() == "POST");
  CHECK(head.target() == "/rpc?x");
  CHECK(head.http_1_1());
  CHECK(head.field("host") == "a:1");
  CHECK(head.field("X") == "");
  CHECK(head.field("X-y") == "b c");
  CHECK_FALSE(head.field("x-"));
  CHECK_FALSE(head.expects_continue());
  head.assign("OPTIONS * HTTP/1.0\r\n\r\n");
  CHECK(head.method() == "OPTIONS");
  CHECK(head.target() == "*");
  CHECK_FALSE(head.http_1_1());
  CHECK_FALSE(head.field("Host"));
}

TEST_CASE("a client says whether its connection lasts, and whether it waits for word") {
  const auto lasts = [](const std::string& fields, const std::string& version = "1.1") {
    RequestHead head;
    head.assign("GET / HTTP/" + version + "\r\n" + fields + "\r\n");
    return head.lasts();
  };
  CHECK(lasts(""));
  CHECK(lasts("Connection: closed\r\n"));
  CHECK_FALSE(lasts("", "1.0"));
  CHECK(lasts("connection: Keep-Alive\r\n", "1.0"));
  for (const std::string value : {"close", "Close", " te , CLOSE ", "keep-alive, close"}) {
    CHECK_FALSE(lasts("connection:" + value + "\r\n"));
    CHECK_FALSE(lasts("connection:" + value + "\r\n", "1.0"));
  }
  CHECK_FALSE(lasts("Connection: keep-alive\r\nConnection: close\r\n"));
  RequestHead head;
  head.assign("POST / HTTP/1.1\r\nexpect:100-Continue\r\n\r\n");
  CHECK(head.expects_continue());
  head.assign("POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n");
  CHECK_FALSE(head.expects_continue());
}
