#include "core/blocklist/gunzip.h"

#include <zlib.h>

#include <string>

#include "core/blocklist/list.h"
#include "tests/support/catch.h"

namespace seed::blocklist {
namespace {

std::string gzip(std::string_view text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 100, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

Result<std::string> inflated(std::string_view data, std::size_t bytes_max = 1u << 24) {
  std::string out;
  SEED_TRY_VOID(gunzip(as_bytes(data), bytes_max, [&](Bytes part) {
    out += as_text(part);
    return true;
  }));
  return out;
}

TEST_CASE("one member and several give what was put in") {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "line " + std::to_string(i) + "\n";
  CHECK(inflated(gzip(text)) == text);
  CHECK(inflated(gzip("a") + gzip("") + gzip("b")) == "ab");
  CHECK(inflated(gzip(text) + gzip(text)) == text + text);
}

TEST_CASE("what follows the last member is left out") {
  CHECK(inflated(gzip("a") + std::string(512, '\0')) == "a");
  CHECK(inflated(gzip("a") + "rubbish") == "a");
}

TEST_CASE("data that is cut short or damaged is refused") {
  const std::string data = gzip("some text of which some is kept");
  for (std::size_t size = 2; size < data.size(); ++size) {
    const auto out = inflated(std::string_view(data).substr(0, size));
    REQUIRE_FALSE(out);
    CHECK(out.error().code == FaultCode::malformed);
  }
  std::string damaged = data;
  damaged[data.size() - 6] = static_cast<char>(damaged[data.size() - 6] ^ 1);  // of its CRC
  CHECK_FALSE(inflated(damaged));
  CHECK_FALSE(inflated(gzip("a") + data.substr(0, data.size() - 1)));
}

TEST_CASE("a bomb is cut off at the bound") {
  const std::string data = gzip(std::string(1'000'000, 'x'));
  const auto out = inflated(data, 999'999);
  REQUIRE_FALSE(out);
  CHECK(out.error().code == FaultCode::too_large);
  CHECK(inflated(data, 1'000'000));
}

TEST_CASE("who has read enough is given no more") {
  const std::string data = gzip(std::string(1'000'000, 'x'));
  int parts = 0;
  CHECK(gunzip(as_bytes(data), 1'000'000, [&](Bytes) { return ++parts < 2; }));
  CHECK(parts == 2);
}

TEST_CASE("a list by gzip is read as a plain one is") {
  const auto list = parse_list(as_bytes(gzip("a:192.0.2.1-192.0.2.9\n") + gzip("198.51.100.1\n")));
  REQUIRE(list);
  CHECK(list->table.size() == 2);
  CHECK_FALSE(parse_list(as_bytes(gzip("192.0.2.1\n").substr(0, 20))));
}

}  // namespace
}  // namespace seed::blocklist
