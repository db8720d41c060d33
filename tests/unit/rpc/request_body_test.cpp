#include "rpc/request_body.h"

#include <string>

#include "tests/support/catch.h"

using namespace seed::rpc;

namespace {

struct Read {
  std::optional<BodyFault> fault;
  std::string body;
  std::string rest;  ///< what the next request begins with
};

Read read(const BodyFraming& framing, std::string text, std::uint64_t bytes_max = 100) {
  Read out;
  std::size_t at = 0;
  const auto source = [&](char* to, std::size_t size) {
    const std::size_t taken = text.copy(to, size, at);
    at += taken;
    return taken;
  };
  out.fault = read_body(framing, bytes_max, source, [&](std::string_view piece) {
    out.body += piece;
    return true;
  });
  out.rest = text.substr(at);
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

TEST_CASE("what is around the chunks is bounded too") {
  std::string trailers = "0\r\n";
  for (int i = 0; i < 100; ++i) trailers += "X: " + std::string(1000, 'y') + "\r\n";
  CHECK(read(chunked, trailers + "\r\n").fault == BodyFault::too_large);
}

TEST_CASE("who takes the body may end the reading") {
  const auto source = [](char* to, std::size_t size) {
    std::fill_n(to, size, 'x');
    return size;
  };
  CHECK(read_body({false, 50}, 100, source, [](std::string_view) { return false; }) ==
        BodyFault::no_room);
}
