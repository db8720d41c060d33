#include "core/lsd/announcement.h"

#include <fmt/format.h>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::lsd;

namespace {

constexpr std::string_view hash_a = "631a31dd0a46257d5078c0dee4e66e26f73e42ac";
constexpr std::string_view hash_b = "d8dd32ac93357c368556af3ac1d95c9d76bd0dff";

std::optional<Announcement> parsed(std::string_view text) {
  const auto out = Announcement::parse(as_bytes(text));
  return out ? std::optional(*out) : std::nullopt;
}
std::string fault_of(std::string_view text) {
  const auto out = Announcement::parse(as_bytes(text));
  return out ? "none" : out.error().text;
}
std::string with(std::string_view fields) {
  return fmt::format("BT-SEARCH * HTTP/1.1\r\n{}\r\n\r\n", fields);
}

}  // namespace

TEST_CASE("the groups are where BEP 14 says") {
  CHECK(endpoint_of(Group::v4).to_string() == "239.192.152.143:6771");
  CHECK(endpoint_of(Group::v6).to_string() == "[ff15::efc0:988f]:6771");
}

TEST_CASE("an announcement is written as BEP 14 has it") {
  Announcement sent{6881, {*Sha1::parse_hex(hash_a), *Sha1::parse_hex(hash_b)}, "1b2c3d4e"};
  CHECK(as_text(sent.encode(Group::v4)) ==
        "BT-SEARCH * HTTP/1.1\r\n"
        "Host: 239.192.152.143:6771\r\n"
        "Port: 6881\r\n"
        "Infohash: 631a31dd0a46257d5078c0dee4e66e26f73e42ac\r\n"
        "Infohash: d8dd32ac93357c368556af3ac1d95c9d76bd0dff\r\n"
        "cookie: 1b2c3d4e\r\n"
        "\r\n\r\n");
  CHECK(as_text(sent.encode(Group::v6)).find("\r\nHost: [ff15::efc0:988f]:6771\r\n") !=
        std::string_view::npos);
  CHECK(Announcement::parse(sent.encode(Group::v6)) == sent);
  sent.cookie.clear();
  CHECK(Announcement::parse(sent.encode(Group::v4)) == sent);
}

TEST_CASE("one with a single info-hash is short enough for older clients, a full one for a frame") {
  Announcement sent{65535, {*Sha1::parse_hex(hash_a)}, "1b2c3d4e"};
  CHECK(sent.encode(Group::v6).size() <= 200);
  for (std::uint8_t i = 0; i < 100; ++i) {
    sent.info_hashes.push_back(*Sha1::parse_hex(hash_b));
    sent.info_hashes.back().octets[0] = i;
  }
  CHECK(sent.encode(Group::v6).size() < 1400);
  CHECK(Announcement::parse(sent.encode(Group::v6))->info_hashes.size() == info_hashes_sent_max);
}

TEST_CASE("announcements of other clients are read") {
  const Announcement expected{3333, {*Sha1::parse_hex(hash_a)}, ""};
  // With one empty line, none, or octets behind them.
  const std::string lines = fmt::format(
      "BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 3333\r\nInfohash: {}\r\n",
      hash_a);
  CHECK(parsed(lines) == expected);
  CHECK(parsed(lines + "\r\n") == expected);
  CHECK(parsed(lines + "\r\n\r\nPort: 1\r\n") == expected);
  CHECK(parsed(lines.substr(0, lines.size() - 2)) == expected);
  // Upper case, lower case, no blanks, more of them, bare line feeds.
  CHECK(parsed(with("PORT:3333\r\nINFOHASH:631A31DD0A46257D5078C0DEE4E66E26F73E42AC")) == expected);
  CHECK(parsed(with(fmt::format("port: \t3333 \r\ninfohash:   {} ", hash_a))) == expected);
  CHECK(parsed(fmt::format("bt-search * http/1.0\nport: 3333\ninfohash: {}\n\n\n", hash_a)) ==
        expected);
  // Unknown fields, a cookie of any form, hashes that are none among those that are.
  CHECK(parsed(with(fmt::format(
            "X: y:z\r\nPort: 3333\r\nInfohash: 123123\r\nInfohash: {0}\r\nInfohash: {0}\r\ncookie: "
            "name=value",
            hash_a))) == Announcement{3333, {*Sha1::parse_hex(hash_a)}, "name=value"});
  CHECK(parsed(with(fmt::format("Port: 3333\r\nPort: 3333\r\nInfohash: {}", hash_a))) == expected);
}

TEST_CASE("what is no announcement is refused") {
  const std::string hash = fmt::format("\r\nInfohash: {}", hash_a);
  CHECK(fault_of("") == "local discovery: no BT-SEARCH");
  CHECK(fault_of("INVALID ANNOUNCE") == "local discovery: no BT-SEARCH");
  CHECK(fault_of("GET * HTTP/1.1\r\nPort: 1" + hash) == "local discovery: no BT-SEARCH");
  CHECK(fault_of("BT-SEARCH * HTTP/2.0\r\nPort: 1" + hash) == "local discovery: no BT-SEARCH");
  CHECK(fault_of("BT-SEARCH * HTTP/1.12\r\nPort: 1" + hash) == "local discovery: no BT-SEARCH");
  CHECK(fault_of(with("Port: 1")) == "local discovery: no info-hash");
  CHECK(fault_of(with("Port: 1\r\nInfohash: 12345678901234567890")) ==
        "local discovery: no info-hash");
  CHECK(fault_of(with("Host: x" + hash)) == "local discovery: no port");
  for (const std::string_view bad : {"", "0", "65536", "-1", "+1", "1x", "0x1", "1 1"})
    CHECK(fault_of(with(fmt::format("Port: {}{}", bad, hash))) == "local discovery: bad port");
  CHECK(fault_of(with("Port: 1\r\nPort: 2" + hash)) == "local discovery: two ports");
  CHECK(fault_of(with("Port: 1\r\nnonsense" + hash)) == "local discovery: a line that is no field");
  CHECK(fault_of(with("Port: 1\r\na: \x01" + hash)) == "local discovery: a control character");
}

TEST_CASE("announcements are bounded") {
  std::string fields = "Port: 1";
  for (int i = 0; i < 50; ++i) fields += fmt::format("\r\nInfohash: {:040x}", i);
  CHECK(parsed(with(fields))->info_hashes.size() == 50);
  CHECK(fault_of(with(fields + fields)) != "none");
  CHECK(fault_of(with(std::string(datagram_bytes_max, 'x'))) == "local discovery: too long");
  const std::string hash = fmt::format("Port: 1\r\nInfohash: {}\r\ncookie: ", hash_a);
  CHECK(parsed(with(hash + std::string(64, 'c')))->cookie.size() == 64);
  CHECK(parsed(with(hash + std::string(65, 'c')))->cookie.empty());
}
