#include "rpc/methods.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "rpc/carry_out.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

namespace {

/// What is wrong with the arguments, by code; 0 when nothing is.
int check(std::string_view method, std::string_view arguments, Dialect dialect = Dialect::modern) {
  const Json json = Json::parse(arguments);
  const Method& found = *find_method(method, dialect);
  const Params params(&json, dialect);
  auto error = missing_error(found, params);
  if (!error) error = found.check(params);
  return error ? error->code : 0;
}

}  // namespace

TEST_CASE("every method of the contract is there, in both spellings") {
  const std::array names{
      "torrent_start",      "torrent_start_now",    "torrent_stop",        "torrent_verify",
      "torrent_reannounce", "torrent_set",          "torrent_get",         "torrent_add",
      "torrent_remove",     "torrent_set_location", "torrent_rename_path", "session_get",
      "session_set",        "session_stats",        "session_close",       "blocklist_update",
      "port_test",          "queue_move_top",       "queue_move_up",       "queue_move_down",
      "queue_move_bottom",  "free_space",           "group_get",           "group_set"};
  for (const std::string name : names) {
    auto legacy = name;
    for (char& c : legacy)
      if (c == '_') c = '-';
    INFO(name);
    REQUIRE(find_method(name, Dialect::modern) != nullptr);
    CHECK(find_method(name, Dialect::modern)->legacy == legacy);
    CHECK(find_method(name, Dialect::legacy) == find_method(legacy, Dialect::legacy));
    CHECK(find_method(legacy, Dialect::modern) == nullptr);
    CHECK_FALSE(find_method(name, Dialect::modern)->doc.empty());
  }
}

TEST_CASE("methods without an effect are not run as notifications") {
  for (const Method* method : methods()) {
    INFO(method->name);
    const bool reads = method->scope == Scope::read || method->name == "token_list" ||
                       method->name == "creation_get";
    CHECK((method->notified == Notified::ignored) == reads);
  }
}

TEST_CASE("torrent_get takes a number for since, and nothing for none") {
  CHECK(check("torrent_get", R"({"fields":["id"],"since":5})") == 0);
  for (const char* since : {"\"5\"", "5.5", "-1", "null", "[5]"})
    CHECK(check("torrent_get", fmt::format(R"({{"fields":["id"],"since":{}}})", since)) == -32602);
}

TEST_CASE("torrent_get needs fields that it knows") {
  CHECK(check("torrent_get", R"({"fields":["id","nonsense"]})") == 0);
  CHECK(check("torrent_get", R"({"fields":["nonsense"]})") == -32602);
  CHECK(check("torrent_get", R"({"fields":"id"})") == -32602);
  CHECK(check("torrent_get", "{}") == -32602);
  CHECK(check("torrent_get", R"({"fields":["hashString"]})") == -32602);
  CHECK(check("torrent_get", R"({"fields":["hashString"]})", Dialect::legacy) == 0);
}

TEST_CASE("torrent_create needs a path, and words and numbers that it knows") {
  CHECK(check("torrent_create", "{}") == -32602);
  CHECK(check("torrent_create", R"({"path":"/srv/a"})") == 0);
  for (const char* bad : {R"("version":"v3")", R"("symlinks":"keep")", R"("piece_size":-1)",
                          R"("piece_size":268435456)", R"("date_created":-5)"})
    CHECK(check("torrent_create", fmt::format(R"({{"path":"/srv/a",{}}})", bad)) == -32602);
  CHECK(check("torrent_create", R"({"path":"/srv/a","version":"v2","symlinks":"follow",
              "piece_size":16384,"date_created":1800000000,"add":true})") == 0);
  CHECK(find_method("torrent_create", Dialect::modern)->scope == Scope::admin);
}

TEST_CASE("creations are asked for by number, or all") {
  CHECK(check("creation_get", "{}") == 0);
  CHECK(check("creation_get", R"({"id":1})") == 0);
  CHECK(check("creation_get", R"({"id":"x"})") == -32602);
  CHECK(check("creation_cancel", R"({"id":1})") == 0);
  CHECK(check("creation_cancel", R"({"id":-1})") == -32602);
  CHECK(check("creation_cancel", "{}") == -32602);
  for (const char* name : {"creation_get", "creation_cancel"})
    CHECK(find_method(name, Dialect::modern)->scope == Scope::admin);
}

TEST_CASE("torrent_add needs something to add and an absolute folder") {
  CHECK(check("torrent_add", "{}") == -32602);
  CHECK(check("torrent_add", R"({"filename":"","metainfo":""})") == -32602);
  CHECK(check("torrent_add", R"({"metainfo":"!!"})") == 4);
  CHECK(check("torrent_add", R"({"metainfo":"ZGU\n="})") == 0);
  CHECK(check("torrent_add", R"({"filename":"magnet:?","download_dir":"x"})") == 3);
  CHECK(check("torrent_add", R"({"filename":"magnet:?","download_dir":""})") == 3);
  CHECK(check("torrent_add", R"({"filename":"magnet:?","download-dir":"x"})") == 0);
  CHECK(check("torrent_add", R"({"filename":"magnet:?","download-dir":"x"})", Dialect::legacy) ==
        3);
  CHECK(check("torrent_add", R"({"filename":"magnet:?","labels":["a,b"]})") == -32602);
}

TEST_CASE("lists too long to be carried out for each torrent are refused") {
  const auto list = [](std::string_view name, std::string_view member, std::size_t count) {
    std::string out = "{\"" + std::string(name) + "\":[";
    for (std::size_t i = 0; i < count; ++i) out += (i > 0 ? "," : "") + std::string(member);
    return out + "]}";
  };
  for (const std::string method : {"torrent_set", "torrent_get"})
    for (const auto& [name, member] :
         std::vector<std::pair<std::string, std::string>>{{"tracker_add", "\"http://a/b\""},
                                                          {"tracker_remove", "7"},
                                                          {"tracker_replace", "[7,\"http://a/b\"]"},
                                                          {"fields", "\"id\""}}) {
      if ((method == "torrent_get") != (name == "fields")) continue;
      CAPTURE(name);
      CHECK(check(method, list(name, member, 1000)) == 0);
      CHECK(check(method, list(name, member, 1001)) == -32602);
    }
  CHECK(check("session_get", list("fields", "\"version\"", 1001)) == -32602);
  const std::string text(64 * 1024 + 1, 'a');
  CHECK(check("torrent_set", R"({"tracker_list":")" + text + "\"}") == -32602);
  CHECK(check("torrent_set", R"({"tracker_add":[")" + text + "\"]}") == -32602);
  CHECK(check("torrent_set", R"({"tracker_replace":[[7,")" + text + "\"]]}") == -32602);
  CHECK(check("torrent_set", list("files_wanted", "7", 100'000)) == 0);
}

TEST_CASE("folders that are named have to be absolute") {
  CHECK(check("free_space", "{}") == -32602);
  CHECK(check("free_space", R"({"path":"x"})") == 3);
  CHECK(check("free_space", R"({"path":"/x"})") == 0);
  CHECK(check("torrent_set_location", "{}") == -32602);
  CHECK(check("torrent_set_location", R"({"location":"x"})") == 3);
  CHECK(check("torrent_set_location", R"({"location":"/x"})") == 0);
}

TEST_CASE("folders that can never be are refused with the reason") {
  const std::string long_name = "/" + std::string(256, 'a');
  std::string long_path;
  for (int i = 0; i < 50; ++i) long_path += "/" + std::string(100, 'a');
  for (const std::string& folder : {std::string("/a/../b"), std::string("/a/.."),
                                    std::string(R"(/a\u0000b)"), long_name, long_path}) {
    CAPTURE(folder);
    const std::string in_quotes = "\"" + folder + "\"";
    CHECK(check("torrent_add", R"({"filename":"magnet:?","download_dir":)" + in_quotes + "}") == 3);
    CHECK(check("torrent_set_location", R"({"location":)" + in_quotes + "}") == 3);
    CHECK(check("free_space", R"({"path":)" + in_quotes + "}") == 3);
    CHECK(check("session_set", R"({"download_dir":)" + in_quotes + "}") == 3);
    CHECK(check("session_set", R"({"incomplete_dir":)" + in_quotes + "}") == 3);
  }
  const Json json = Json::parse(R"({"location":"/a/../b"})");
  const auto error =
      find_method("torrent_set_location", Dialect::modern)->check(Params(&json, Dialect::modern));
  REQUIRE(error);
  CHECK(error->text.find("\"..\"") != std::string::npos);
}

TEST_CASE("a failed free_space always says something of the space") {
  const Json json = Json::parse(R"({"path":"x"})");
  const auto error =
      find_method("free_space", Dialect::legacy)->check(Params(&json, Dialect::legacy));
  REQUIRE(error);
  CHECK(Json::parse(error->data) == Json::parse(R"({"path":"x","size-bytes":-1,"total_size":-1})"));
}

TEST_CASE("session_set refuses what no setting can be") {
  CHECK(check("session_set", R"({"download_dir":"x"})") == 3);
  CHECK(check("session_set", R"({"download_dir":""})") == 3);
  CHECK(check("session_set", R"({"incomplete_dir":""})") == 3);
  CHECK(check("session_set", R"({"encryption":"tolerated"})") == -32602);
  CHECK(check("session_set", R"({"encryption":"tolerated"})", Dialect::legacy) == 0);
  CHECK(check("session_set", R"({"encryption":2})") == 0);
  CHECK(check("session_set", R"({"encryption":3})") == -32602);
  CHECK(check("session_set", R"({"preferred_transports":["utp","utp"]})") == -32602);
  CHECK(check("session_set", R"({"preferred_transports":"tcp"})") == 0);
  CHECK(check("session_set", R"({"peer_port":70000})") == -32602);
}

TEST_CASE("session_set ignores what it may not set and what has the wrong type") {
  CHECK(check("session_set", R"({"rpc_port":1,"nonsense":1,"version":"x"})") == 0);
  CHECK(check("session_set", R"({"peer_port":"70000","download_dir":7,"dht_enabled":"x"})") == 0);
  CHECK(check("session_set", R"({"speed_limit_down":-5})") == 0);
}

TEST_CASE("port_test knows two protocols") {
  CHECK(check("port_test", "{}") == 0);
  CHECK(check("port_test", R"({"ip_protocol":"ipv6"})") == 0);
  CHECK(check("port_test", R"({"ip_protocol":"ipv5"})") == -32602);
  CHECK(check("port_test", R"({"ip_protocol":4})") == 0);
}

TEST_CASE("a group is set by its name, and its limits are checked") {
  CHECK(check("group_get", "{}") == 0);
  CHECK(check("group_set", "{}") == -32602);
  CHECK(check("group_set", R"({"name":" "})") == -32602);
  CHECK(check("group_set", R"({"name":"films","speed_limit_up":5,"nonsense":1})") == 0);
  CHECK(check("group_set", R"({"name":"films","speed_limit_up":-5})") == 0);
  CHECK(check("group_set", R"({"name":"films","speed_limit_up":5000000000})") == -32602);
}

TEST_CASE("a token is made only if all of its limits are understood") {
  CHECK(check("token_create", R"({"name":"a","scopes":["read"]})") == 0);
  CHECK(check("token_create", R"({"name":"a","scopes":["read"],"labels":["x"],"expires":9})") == 0);
  for (const char* arguments :
       {R"({"scopes":["read"]})", R"({"name":"","scopes":["read"]})",
        R"({"name":"a b","scopes":["read"]})", R"({"name":"a"})", R"({"name":"a","scopes":[]})",
        R"({"name":"a","scopes":["rood"]})", R"({"name":"a","scopes":"read"})",
        R"({"name":"a","scopes":["admin"],"labels":["x"]})",
        R"({"name":"a","scopes":["read"],"labels":"x"})",
        R"({"name":"a","scopes":["read"],"labels":[1]})",
        R"({"name":"a","scopes":["read"],"labels":["a,b"]})",
        R"({"name":"a","scopes":["read"],"expires":"soon"})",
        R"({"name":"a","scopes":["read"],"expires":-1})",
        R"({"name":"a","scopes":["read"],"expires":9e99})"}) {
    INFO(arguments);
    CHECK(check("token_create", arguments) == -32602);
  }
  CHECK(check("token_revoke", "{}") == -32602);
}

TEST_CASE("a path of the daemon's host is only for who calls from there, or the owner") {
  const auto code = [](const char* filename, bool local, Scope scope) {
    Caller caller;
    caller.local = local;
    caller.scopes = Scopes().with(scope);
    const Json json{{"filename", filename}};
    const auto error =
        find_method("torrent_add", Dialect::modern)->check(Params(&json, Dialect::modern, caller));
    return error ? error->code : 0;
  };
  CHECK(code("/etc/passwd", false, Scope::add) == 101);
  CHECK(code("/etc/passwd", true, Scope::add) == 0);
  CHECK(code("/etc/passwd", false, Scope::admin) == 0);
  CHECK(code("https://a.example/a.torrent", false, Scope::add) == 0);
  CHECK(code("magnet:?xt=urn:btih:aa", false, Scope::add) == 0);
  CHECK(code("0123456789012345678901234567890123456789", false, Scope::add) == 0);
}

TEST_CASE("settings_get takes names or none, settings_reset needs some; unknown ones are refused") {
  CHECK(check("settings_get", "{}") == 0);
  CHECK(check("settings_get", R"({"names":["peer_port","seed_ratio_limit","rpc_port"]})") == 0);
  CHECK(check("settings_get", R"({"names":["nonsense"]})") == -32602);
  CHECK(check("settings_reset", "{}") == -32602);
  CHECK(check("settings_reset", R"({"names":[]})") == -32602);
  CHECK(check("settings_reset", R"({"names":["peer_port"]})") == 0);
  CHECK(check("settings_reset", R"({"names":["nonsense"]})") == -32602);
}

TEST_CASE("of the DHT an item is got by its target or its key, whole") {
  const std::string target(40, 'a'), key(64, 'B');
  const auto get = [](const Json& arguments) { return check("dht_get", arguments.dump()); };
  CHECK(get({{"target", target}}) == 0);
  CHECK(get({{"key", key}, {"salt", "s"}}) == 0);
  for (const Json& arguments : std::vector<Json>{{{"salt", "s"}},
                                                 {{"target", target}, {"key", key}},
                                                 {{"target", key}},
                                                 {{"key", target}},
                                                 {{"target", std::string(40, 'g')}},
                                                 {{"target", 7}},
                                                 {{"key", nullptr}},
                                                 {{"key", key}, {"salt", 7}}})
    CHECK(get(arguments) == -32602);
}

TEST_CASE("what is said of an item to put is never passed over") {
  const std::string seed(64, '5');
  const auto put = [](const Json& arguments) { return check("dht_put", arguments.dump()); };
  CHECK(put({{"value", ""}}) == 0);
  CHECK(put({{"value_base64", "NTpoZWxsbw=="}}) == 0);
  CHECK(put({{"value", "a"}, {"key_seed", seed}, {"salt", "s"}, {"seq", 0}, {"cas", 1}}) == 0);
  for (const Json& arguments :
       std::vector<Json>{{{"key_seed", seed}},
                         {{"value", "a"}, {"value_base64", "NTpoZWxsbw=="}},
                         {{"value", 7}},
                         {{"value_base64", "!"}},
                         {{"value", "a"}, {"key_seed", nullptr}},
                         {{"value", "a"}, {"key_seed", seed + "55"}},
                         {{"value", "a"}, {"key_seed", seed}, {"salt", {}}},
                         {{"value", "a"}, {"key_seed", seed}, {"seq", "1"}},
                         {{"value", "a"}, {"key_seed", seed}, {"cas", 1.5}}})
    CHECK(put(arguments) == -32602);
  const Json json{{"value", "a"}, {"key_seed", "not quite a secret"}};
  const auto error = find_method("dht_put", Dialect::modern)->check(Params(&json, Dialect::modern));
  REQUIRE(error);
  CHECK(error->text == "key_seed: not 64 hexadecimal digits");
}

TEST_CASE("a swarm is counted of a torrent's id or of any info-hash") {
  CHECK(check("dht_scrape", "{}") == -32602);
  CHECK(check("dht_scrape", R"({"id":7})") == 0);
  CHECK(check("dht_scrape", R"({"id":")" + std::string(40, 'a') + "\"}") == 0);
  for (const char* id : {"true", "1.5", "\"7\"", "null", "[7]", "\"all\""})
    CHECK(check("dht_scrape", fmt::format(R"({{"id":{}}})", id)) == -32602);
}
