#include "rpc/http/pages.h"

#include <string>

#include "tests/support/catch.h"
#include "tests/unit/rpc/http_request.h"

using namespace seed::rpc;
using seed::rpc::test::header_of;
using seed::rpc::test::Request;

TEST_CASE("gzip is taken by who lists it, unless its weight is nothing") {
  for (const char* text : {"gzip", "GZIP", "deflate, gzip", "gzip;q=0.5", "gzip ; q=0.001",
                           "gzip;q=1", "br;q=0, gzip", "gzip;x=0"}) {
    CAPTURE(text);
    CHECK(accepts_gzip(text));
  }
  for (const char* text : {"", "identity", "br", "gzip;q=0", "gzip; q=0", "gzip ;Q=0.000",
                           "deflate, gzip;q=0.0, br", "agzip", "*", ",;,"}) {
    CAPTURE(text);
    CHECK_FALSE(accepts_gzip(text));
  }
}

TEST_CASE("an answer that may be packed says so also to who does not want it") {
  HttpAnswer answer;
  answer.body = std::string(10'000, 'x');
  Request request;
  request.headers["Accept-Encoding"] = "identity";
  pack(answer, request);
  CHECK(answer.body.size() == 10'000);
  CHECK(header_of(answer, "Vary") == "Accept-Encoding");
  CHECK(header_of(answer, "Content-Encoding").empty());
  request.headers["Accept-Encoding"] = "gzip;q=0.5";
  pack_body(answer, request);
  CHECK(answer.body.size() < 1000);
  CHECK(header_of(answer, "Content-Encoding") == "gzip");
}
