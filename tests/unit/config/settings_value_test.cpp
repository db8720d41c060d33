#include "config/settings_value.h"

#include <limits>

#include "config/settings_access.h"
#include "tests/support/catch.h"

using namespace seed::config;

namespace {

using Texts = std::vector<std::string>;

const RowInfo& row(std::string_view name) {
  return Table<Settings>::rows()[Table<Settings>::find(name).value()];
}

const RowInfo& option(std::string_view name) {
  return Table<TorrentOptions>::rows()[Table<TorrentOptions>::find(name).value()];
}

std::string error_of(std::string_view name, const SettingValue& value) {
  const auto out = checked(row(name), value);
  return out ? "nothing" : out.error();
}

}  // namespace

TEST_CASE("a number out of range says between what it must be") {
  CHECK(error_of("peer_port", std::int64_t{70000}) == "70000 is not between 1 and 65535");
  CHECK(error_of("peer_port", std::int64_t{0}) == "0 is not between 1 and 65535");
  CHECK(error_of("speed_limit_down", std::int64_t{-1}) == "-1 is not between 0 and 4294967295");
  CHECK(error_of("ratio_limit", -0.5) == "-0.5 is not a number between 0 and 1000000");
  CHECK(checked(row("peer_port"), std::int64_t{65535}));
}

TEST_CASE("a value of another type is refused, not converted") {
  CHECK(error_of("peer_port", std::string("6881")) ==
        "\"6881\" is not an integer between 1 and 65535");
  CHECK(error_of("peer_port", 6881.0) == "6881.0 is not an integer between 1 and 65535");
  CHECK(error_of("dht_enabled", std::int64_t{1}) == "1 is not true or false");
  CHECK(error_of("download_dir", true) == "true is not an absolute path");
  CHECK(error_of("preferred_transports", true) ==
        "true is not a list of \"utp\" or \"tcp\", each once");
}

TEST_CASE("a real takes an integer but no infinity") {
  CHECK(checked(row("ratio_limit"), std::int64_t{2}) == SettingValue(2.0));
  CHECK_FALSE(checked(row("ratio_limit"), std::numeric_limits<double>::infinity()));
  CHECK_FALSE(checked(row("ratio_limit"), std::numeric_limits<double>::quiet_NaN()));
}

TEST_CASE("a choice takes its names, its numbers and older names") {
  CHECK(checked(row("encryption"), std::string("required")) == SettingValue("required"));
  CHECK(checked(row("encryption"), std::int64_t{0}) == SettingValue("allowed"));
  CHECK(checked(row("preallocation"), std::string("fast")) == SettingValue("sparse"));
  CHECK(checked(row("message_level"), std::int64_t{4}) == SettingValue("info"));
  CHECK(error_of("encryption", std::string("tolerated")) ==
        "\"tolerated\" is not one of \"allowed\", \"preferred\" or \"required\"");
  CHECK_FALSE(checked(row("encryption"), std::int64_t{3}));
  CHECK_FALSE(checked(row("encryption"), std::int64_t{-1}));
  CHECK_FALSE(checked(row("encryption"), std::string("fast")));
}

TEST_CASE("transports are known and there once") {
  CHECK(checked(row("preferred_transports"), std::string("tcp")) == SettingValue(Texts{"tcp"}));
  CHECK(checked(row("preferred_transports"), Texts{}) == SettingValue(Texts{}));
  CHECK(error_of("preferred_transports", Texts{"tcp", "tcp"}) == "\"tcp\" is there twice");
  CHECK(error_of("preferred_transports", Texts{"sctp"}) == "\"sctp\" is not \"utp\" or \"tcp\"");
}

TEST_CASE("labels are trimmed, doubles dropped, commas and blanks refused") {
  const auto good = checked(option("labels"), Texts{" b ", "a", "b", "a"});
  CHECK(good == SettingValue(Texts{"b", "a"}));
  CHECK(checked(option("labels"), Texts{" "}).error() == "labels cannot be empty");
  CHECK(checked(option("labels"), Texts{"a,b"}).error() ==
        "labels cannot contain comma (,) character");
  CHECK_FALSE(checked(option("labels"), Texts(list_members_max + 1, "x")));
}

TEST_CASE("paths are absolute") {
  CHECK(checked(row("download_dir"), std::string("/srv/a b")));
  CHECK(error_of("download_dir", std::string("a")) == "\"a\" is not an absolute path");
  CHECK_FALSE(checked(row("download_dir"), std::string()));
  CHECK(checked(row("watch_dir"), std::string()));
  CHECK_FALSE(checked(row("watch_dir"), std::string("a")));
  CHECK(checked(row("rpc_token_dirs"), Texts{"/srv/a", "/srv/b"}));
  CHECK(parse_value(row("rpc_token_dirs"), "/srv/a, /srv/b").value() ==
        SettingValue(Texts{"/srv/a", "/srv/b"}));
  CHECK(error_of("rpc_token_dirs", Texts{"/srv/a", "b"}) == "\"b\" is not absolute");
  CHECK(error_of("rpc_token_dirs", Texts{"/a/../b"}).find("cannot be used") != std::string::npos);
}

TEST_CASE("a path that can never be is refused, with what is wrong about it") {
  for (const char* key : {"download_dir", "incomplete_dir", "watch_dir"}) {
    CAPTURE(key);
    CHECK(error_of(key, std::string("/a/../b")) ==
          "\"/a/../b\" cannot be used: \".\" or \"..\" in a path; allowed is " + allowed(row(key)));
    CHECK(error_of(key, "/" + std::string(256, 'a')).find("name longer than 255 octets") !=
          std::string::npos);
    std::string deep;
    for (int i = 0; i < 50; ++i) deep += "/" + std::string(100, 'a');
    CHECK(error_of(key, deep).find("path longer than 4095 octets") != std::string::npos);
    CHECK(checked(row(key), std::string("/a/./b//c/")));
  }
}

TEST_CASE("addresses, modes and URL bases are what they are called") {
  CHECK(checked(row("bind_address_ipv4"), std::string("192.0.2.1")));
  CHECK(checked(row("bind_address_ipv4"), std::string()));
  CHECK_FALSE(checked(row("bind_address_ipv4"), std::string("::1")));
  CHECK(checked(row("bind_address_ipv6"), std::string("2001:db8::1")));
  CHECK_FALSE(checked(row("bind_address_ipv6"), std::string("192.0.2.1")));
  CHECK(checked(row("bind_interface"), std::string("wg0.100")));
  CHECK(checked(row("bind_interface"), std::string()));
  for (const std::string bad : {"a name", "a/b", "..", "a-name-that-is-too-long", "eth0:1"})
    CHECK_FALSE(checked(row("bind_interface"), bad));
  CHECK(checked(row("bind_name_servers"), std::string("192.0.2.1")));
  CHECK_FALSE(checked(row("bind_name_servers"), std::string("ns.example")));
  CHECK(checked(row("tracker_allowed"), std::string(40, 'a')));
  CHECK(checked(row("tracker_allowed"), std::string(64, 'F')));
  for (const std::string bad : {std::string(39, 'a'), std::string(40, 'g'), std::string()})
    CHECK_FALSE(checked(row("tracker_allowed"), bad));
  CHECK(checked(row("rpc_bind_address"), std::string("unix:/run/seedd.sock")));
  CHECK_FALSE(checked(row("rpc_bind_address"), std::string("localhost")));
  CHECK(checked(row("rpc_socket_mode"), std::string("0750")));
  CHECK_FALSE(checked(row("rpc_socket_mode"), std::string("0980")));
  CHECK(checked(row("rpc_url"), std::string("rpc")) == SettingValue("/rpc/"));
  CHECK(checked(row("rpc_url"), std::string()) == SettingValue("/"));
  CHECK_FALSE(checked(row("rpc_url"), std::string("/a b/")));
}

TEST_CASE("texts are UTF-8 without NUL and not endless") {
  CHECK(error_of("rpc_username", std::string("a\0b", 3)) == "the text holds a zero byte");
  CHECK(error_of("rpc_username", std::string("\xff")) == "the text is not UTF-8");
  CHECK_FALSE(checked(row("rpc_username"), std::string(text_bytes_max + 1, 'x')));
  CHECK(checked(row("rpc_username"), std::string(text_bytes_max, 'x')));
}

TEST_CASE("an error shows a foreign value short and harmless, and a password not at all") {
  const auto error = error_of("download_dir", std::string("x\x1b[31m") + std::string(500, 'y'));
  CHECK(error.size() < 150);
  CHECK(error.find('\x1b') == error.npos);
  CHECK(error_of("rpc_password", std::int64_t{1234}) == "the value is not a text");
}

TEST_CASE("text stands for values of every kind") {
  CHECK(parse_value(row("dht_enabled"), "yes") == SettingValue(true));
  CHECK(parse_value(row("dht_enabled"), "0") == SettingValue(false));
  CHECK(parse_value(row("peer_port"), "6882") == SettingValue(std::int64_t{6882}));
  CHECK(parse_value(row("ratio_limit"), "1.5") == SettingValue(1.5));
  CHECK(parse_value(row("ratio_limit"), "3") == SettingValue(3.0));
  CHECK(parse_value(row("encryption"), "2") == SettingValue("required"));
  CHECK(parse_value(row("preferred_transports"), "tcp, utp") == SettingValue(Texts{"tcp", "utp"}));
  CHECK(parse_value(row("preferred_transports"), "") == SettingValue(Texts{}));
  CHECK_FALSE(parse_value(row("peer_port"), "6882x"));
  CHECK_FALSE(parse_value(row("peer_port"), " 6882"));
  CHECK_FALSE(parse_value(row("peer_port"), "99999999999999999999"));
  CHECK_FALSE(parse_value(row("dht_enabled"), "TRUE"));
  CHECK_FALSE(parse_value(option("labels"), std::string(2000, ',')));
}

TEST_CASE("a real is written so that it stays one and reads back the same") {
  CHECK(real_to_text(2.0) == "2.0");
  CHECK(real_to_text(1.0 / 3) == "0.3333333333333333");
  CHECK(real_to_text(-0.0) == "-0.0");
}

TEST_CASE("an error is one line with its path") {
  CHECK(describe({"peer_port", "70000 is not between 1 and 65535"}) ==
        "peer_port: 70000 is not between 1 and 65535");
  CHECK(describe({"", "nothing"}) == "nothing");
}
