#include "core/trackerd/http_response.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::trackerd;

TEST_CASE("an answer says how long it is, and whether the connection goes on") {
  const HttpAnswer answer{.body = to_buffer("d5:filesdee")};
  CHECK(to_string(encode_response(answer, true)) ==
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n"
        "Connection: keep-alive\r\n\r\nd5:filesdee");
  CHECK(to_string(encode_response({.status = 404, .body = {}}, false)) ==
        "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n"
        "Connection: close\r\n\r\n");
}

TEST_CASE("a refusal says why, and ends the connection") {
  CHECK(to_string(encode_refusal(405, "by GET")) ==
        "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n"
        "Allow: GET\r\nConnection: close\r\n\r\nby GET\n");
  for (const auto& [status, phrase] : {std::pair{400, "Bad Request"},
                                       {414, "URI Too Long"},
                                       {431, "Request Header Fields Too Large"},
                                       {505, "HTTP Version Not Supported"}})
    CHECK(to_string(encode_refusal(status, "")).find(phrase) != std::string::npos);
}
