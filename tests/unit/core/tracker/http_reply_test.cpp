#include "core/tracker/http_reply.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::tracker;

TEST_CASE("a reply with more values than peers could need is refused") {
  std::string body = "d5:peersl";
  for (std::size_t i = 0; i < reply_tokens_max; ++i) body += "0:";
  body += "ee";
  CHECK_FALSE(parse_reply(as_bytes(body), 200));
}

TEST_CASE("only statuses of 2xx are good") {
  CHECK(check_status(200));
  CHECK(check_status(204));
  for (const int status : {0, 199, 301, 404, 503}) CHECK_FALSE(check_status(status));
}
