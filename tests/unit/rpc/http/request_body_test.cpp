#include "rpc/http/request_body.h"

#include <string>

#include "tests/support/catch.h"

using namespace seed::rpc;

namespace {

struct Read {
  std::optional<BodyFault> fault;
  std::string body;
  std::string rest;  ///< what the next request begins with
};

/// The body, of a connection that gives at most `step` octets at once, and then ends.
Read read(const BodyFraming& framing, std::string_view text, std::uint64_t bytes_max = 100,
          std::size_t step = 7) {
  Read out;
  BodyDecoder decoder(framing, bytes_max);
  while (!text.empty() && !decoder.done() && !decoder.fault()) {
    const auto taken = decoder.take(text.substr(0, step));
    out.body += taken.body;
    text.remove_prefix(taken.taken);
  }
  decoder.end();
  out.fault = decoder.fault();
  out.rest = text;
  return out;
}

const BodyFraming chunked{true, 0};

}  // namespace

TEST_CASE("a body by length ends where it says") {
  const auto whole = read({false, 3}, "abcGET");
  CHECK_FALSE(whole.fault);
  CHECK(whole.body == "abc");
  CHECK(whole.rest == "GET");
  CHECK(read({false, 4}, "abc").fault == BodyFault::broken);
  CHECK_FALSE(read({}, "").fault);
}

TEST_CASE("what says that it is too large is not read") {
  const auto large = read({false, 101}, std::string(101, 'x'));
  CHECK(large.fault == BodyFault::too_large);
  CHECK(large.body.empty());
  CHECK(read(chunked, "fffffffffffffff\r\nx").fault == BodyFault::too_large);
  CHECK(read(chunked, "40\r\n" + std::string(64, 'x') + "\r\n40\r\n").fault ==
        BodyFault::too_large);
}

TEST_CASE("chunks are put together; extensions and trailers are read over") {
  const auto whole =
      read(chunked, "3;a=b\r\nabc\r\n0A \t;c\r\n0123456789\r\n0\r\nX: y\r\nZ\r\n\r\nGET");
  CHECK_FALSE(whole.fault);
  CHECK(whole.body == "abc0123456789");
  CHECK(whole.rest == "GET");
}

TEST_CASE("chunks that are none are a broken body") {
  for (const std::string text :
       {"", "\r\n", "x\r\n", "-1\r\n", "+1\r\na\r\n0\r\n\r\n", "0x1\r\na\r\n0\r\n\r\n",
        "1\r\nab\r\n0\r\n\r\n", "1\na\r\n0\r\n\r\n", "1\r\na\r\n", "0\r\n", "0\r\nX: y\r\n",
        "1 1\r\na\r\n0\r\n\r\n", "10000000000000000\r\n"}) {
    CAPTURE(text);
    CHECK(read(chunked, text).fault == BodyFault::broken);
  }
  CHECK(read(chunked, "1;" + std::string(5000, 'x') + "\r\n").fault == BodyFault::broken);
}

TEST_CASE("a line around chunks has nothing that some take for its end") {
  using namespace std::string_literals;
  for (const std::string& text : {"2;x\ry\r\nab\r\n0\r\n\r\n"s, "2;x\0y\r\nab\r\n0\r\n\r\n"s,
                                  "2\r\nab\r\n0\r\nX: a\rb\r\n\r\n"s, "0\r\n\r\r\n"s}) {
    CAPTURE(text);
    CHECK(read(chunked, text).fault == BodyFault::broken);
  }
  CHECK(read(chunked, "2;x\t=y\r\nab\r\n0\r\nX:\tz\r\n\r\n").body == "ab");
}

TEST_CASE("what is around the chunks is bounded too") {
  std::string trailers = "0\r\n";
  for (int i = 0; i < 100; ++i) trailers += "X: " + std::string(1000, 'y') + "\r\n";
  CHECK(read(chunked, trailers + "\r\n").fault == BodyFault::too_large);
}

TEST_CASE("a body is the same in whatever bits it comes") {
  const std::string text = "3;a=b\r\nabc\r\n0A\r\n0123456789\r\n0\r\nX: y\r\n\r\nGET";
  for (std::size_t step = 1; step < text.size(); ++step) {
    const auto whole = read(chunked, text, 100, step);
    CHECK_FALSE(whole.fault);
    CHECK(whole.body == "abc0123456789");
    CHECK(whole.rest == "GET");
  }
}

TEST_CASE("it is known how much of a body is to come") {
  BodyDecoder decoder({false, 5}, 100);
  CHECK(decoder.left() == 5);
  CHECK(decoder.take("abc").taken == 3);
  CHECK(decoder.left() == 2);
  CHECK_FALSE(decoder.done());
  CHECK(decoder.take("deGET").body == "de");
  CHECK(decoder.done());
  CHECK(decoder.take("GET").taken == 0);
  CHECK(BodyDecoder().done());
}
