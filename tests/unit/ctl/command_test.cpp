#include "ctl/command.h"

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "ctl/help.h"
#include "tests/support/catch.h"
#include "tests/unit/ctl/support.h"

using namespace seed::ctl;
using namespace seed::ctl::test;

namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

Stage stage() {
  Stage out;
  out.answers["torrent_get"] = {
      torrents({torrent(1, "debian.iso"), torrent(2, "evil", {{"status", 6}, {"rate_download", 0}}),
                torrent(3, "broken", {{"status", 0}, {"error", 3}, {"labels", {"film"}}})})};
  return out;
}

/// A folder of the test's own, gone with it.
struct Folder {
  Folder() {
    std::string made = std::filesystem::temp_directory_path() / "seedctl_XXXXXX";
    REQUIRE(::mkdtemp(made.data()) != nullptr);
    path = made;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path;
};

Look terminal_look() {
  Look look;
  look.terminal = look.utf8 = look.colours = true;
  look.columns = 100;
  return look;
}

}  // namespace

TEST_CASE("a list is sorted by several columns, and filtered by tracker") {
  Stage daemon;
  const auto with_tracker = [](int id, const char* name, const char* url) {
    return torrent(id, name,
                   {{"trackers", Json::array({{{"announce", url}}})}, {"rate_upload", id}});
  };
  daemon.answers["torrent_get"] = {torrents({with_tracker(1, "b", "http://One.example/a?x=secret"),
                                             with_tracker(2, "a", "udp://two.example:80"),
                                             with_tracker(3, "a", "udp://two.example:80")})};
  CHECK(daemon.run({"list", "--sort", "name,-up", "-c", "id", "--no-header"}).out ==
        " 3\n 2\n 1\n");
  CHECK(daemon.run({"list", "--sort", "-up", "-c", "id", "-r", "--no-header"}).out ==
        " 1\n 2\n 3\n");
  CHECK(daemon.run({"list", "--sort=-id", "--format", "{id} {tracker}"}).out ==
        "3 two.example:80\n2 two.example:80\n1 One.example\n");
  const Ran ran = daemon.run({"list", "-t", "one.ex", "--format", "{id}"});
  CHECK(ran.out == "1\n");
  CHECK(ran.params_of("torrent_get")["fields"].dump().find("trackers") != std::string::npos);
  CHECK(stage().run({"list"}).params_of("torrent_get")["fields"].dump().find("trackers") ==
        std::string::npos);
}

TEST_CASE("exact numbers have no units, and colours can be forced and forbidden") {
  CHECK(stage().run({"list", "debian", "-c", "size,down,eta", "--exact", "--no-header"}).out ==
        "1000000000  1234567  405\n");
  CHECK(has(stage().run({"list", "--color", "always"}).out, "\x1b[31merror"));
  Stage on_terminal = stage();
  on_terminal.look = terminal_look();
  CHECK_FALSE(has(on_terminal.run({"list", "--color", "never"}).out, "\x1b"));
  CHECK(stage().run({"list", "--color", "pink"}).exit == Exit::usage);
}

TEST_CASE("top orders, scrolls and leaves out by its keys") {
  Stage person = stage();
  person.look = terminal_look();
  person.look.colours = false;
  person.look.rows = 9;  // room for one torrent
  person.in_is_terminal = true;
  const auto last_picture = [&](const std::string& keys) {
    person.keys = keys;
    const Ran ran = person.run({"top"});
    CHECK(ran.exit == Exit::fine);
    return ran.out.substr(ran.out.rfind("\x1b[H"));
  };
  CHECK(has(last_picture(""), "debian.iso"));
  CHECK(has(last_picture(""), "order: -down"));
  CHECK(has(last_picture("j"), "broken"));
  CHECK(has(last_picture("jk"), "debian.iso"));
  CHECK(has(last_picture("G"), "3-3 of 3"));
  CHECK(has(last_picture("Gg"), "1-1 of 3"));
  CHECK(has(last_picture("ss"), "order: name"));
  CHECK(has(last_picture("sS"), "order: -down"));
  CHECK(has(last_picture("ssr"), "evil"));
  CHECK(has(last_picture("a"), "1-1 of 2"));
  CHECK(has(last_picture("a"), "show all"));
  CHECK(has(last_picture("."), "3 torrents, 1 downloading, 1 seeding, 1 stopped, 1 error"));
  person.in_is_terminal = false;
  CHECK(person.run({"top"}).exit == Exit::usage);
}

TEST_CASE("settings are shown with who has said them, set, and taken back") {
  Stage daemon;
  const Json peer_port = {
      {"name", "peer_port"}, {"value", 7000}, {"origin", "command_line"}, {"default", 6881}};
  const Json password = {
      {"name", "rpc_password"}, {"value", nullptr}, {"origin", "file"}, {"default", ""}};
  const Json ratio = {
      {"name", "ratio_limit"}, {"value", 3.0}, {"origin", "saved"}, {"default", 2.0}};
  const Json reqq = {{"name", "reqq"}, {"value", 2000}, {"origin", "initial"}, {"default", 2000}};
  daemon.answers["settings_get"] = {Json{{"settings", {peer_port, password, ratio, reqq}}}};
  daemon.answers["settings_reset"] = {Json{{"settings", {reqq}}}};
  Ran ran = daemon.run({"settings", "-o"});
  CHECK(has(ran.out, "peer_port     7000         command line  6881\n"));
  CHECK(has(ran.out, "rpc_password  (not shown)  file"));
  CHECK(ran.params_of("settings_get") == Json::object());
  CHECK_FALSE(has(daemon.run({"settings", "--changed"}).out, "reqq"));
  CHECK(daemon.run({"settings", "seed-ratio-limit", "reqq"}).params_of("settings_get") ==
        Json{{"names", {"ratio_limit", "reqq"}}});
  CHECK(daemon.run({"settings", "set", "peer_port=9"}).params_of("session_set") ==
        Json{{"peer_port", 9}});
  ran = daemon.run({"settings", "reset", "reqq"});
  CHECK(ran.params_of("settings_reset") == Json{{"names", {"reqq"}}});
  CHECK(ran.out == "reqq = 2000 (initial)\n");
  CHECK(daemon.run({"settings", "reset", "all"}).params_of("settings_reset") ==
        Json{{"names", {"ratio_limit"}}});
  CHECK(daemon.run({"settings", "reset"}).exit == Exit::usage);
  CHECK(has(daemon.run({"settings", "reqq=5"}).err, "seedctl settings set reqq=5"));
}

TEST_CASE("why has one sentence a torrent, and what contributes under it") {
  Stage daemon = stage();
  daemon.answers["torrent_why"] = {
      Json{{"torrents",
            {{{"id", 1},
              {"name", "debian.iso"},
              {"reason", {{"code", "choked"}, {"text", "All 3 peers choke us.\x1b[2J"}}},
              {"contributing", {{{"code", "tracker"}, {"text", "A tracker refuses."}}}}}}}}};
  const Ran ran = daemon.run({"why", "debian"});
  CHECK(ran.params_of("torrent_why") == Json{{"ids", {hash_of(1)}}});
  CHECK(ran.out == "1  debian.iso\n  All 3 peers choke us.\\x1b[2J\n  - A tracker refuses.\n");
  CHECK(daemon.run({"why"}).params_of("torrent_why")["ids"].size() == 3);
}

TEST_CASE("health is 0 or 1, whoever answers") {
  Stage daemon;
  const Json fine = {{"status", "ok"}, {"reasons", Json::array()}};
  daemon.pages = {{"/healthz", Page{200, fine}}, {"/readyz", Page{200, fine}}};
  CHECK(daemon.run({"health"}).exit == Exit::fine);
  daemon.pages.at("/readyz") =
      Page{503, {{"status", "failing"}, {"reasons", {{{"code", "root"}, {"text", "/x is gone"}}}}}};
  Ran ran = daemon.run({"health"});
  CHECK(ran.exit == Exit::refused);
  CHECK(has(ran.out, "readyz   failing\n  root: /x is gone\n"));
  daemon.pages.at("/healthz") = unreachable("gone");
  CHECK(daemon.run({"health"}).exit == Exit::refused);
  CHECK(Stage().run({"health"}).exit == Exit::refused);
}

TEST_CASE("labels are added and taken away, and others stay") {
  Stage daemon = stage();
  const Json plain = torrent(1, "debian.iso");
  const Json film = torrent(3, "broken", {{"labels", {"film"}}});
  // First all of them, to choose among, and then those that were chosen.
  const auto chosen = [&](std::vector<Json> rows) {
    daemon.answers["torrent_get"] = {stage().answers["torrent_get"].front(),
                                     torrents(std::move(rows))};
  };
  chosen({plain, film});
  Ran ran = daemon.run({"label", "add", "film,hd", "1", "3"});
  std::vector<Json> sent;
  for (const Call& call : ran.calls)
    if (call.method == "torrent_set") sent.push_back(call.params);
  CHECK(sent == std::vector<Json>{{{"ids", {hash_of(1), hash_of(3)}}, {"labels", {"film", "hd"}}}});
  chosen({film});
  CHECK(daemon.run({"label", "remove", "film", "3"}).params_of("torrent_set") ==
        Json{{"ids", {hash_of(3)}}, {"labels", Json::array()}});
  chosen({plain});
  CHECK(daemon.run({"label", "clear", "1"}).out == "Nothing to change.\n");
  chosen({film});
  daemon.answers["torrent_get"].pop_front();
  CHECK(has(daemon.run({"label", "list"}).out, "1  film"));
  CHECK(daemon.run({"label", "add", "film"}).exit == Exit::usage);
  CHECK(daemon.run({"label", "paint", "x", "1"}).exit == Exit::usage);
}

TEST_CASE("limits of the session, of torrents and of groups are set by the same words") {
  CHECK(stage().run({"limits", "down=2M"}).params_of("session_set") ==
        Json{{"speed_limit_down", 2000}, {"speed_limit_down_enabled", true}});
  CHECK(stage().run({"limits", "3", "up=none"}).params_of("torrent_set") ==
        Json{{"ids", {hash_of(3)}}, {"upload_limited", false}});
  CHECK(stage().run({"group", "set", "slow", "up=5"}).params_of("group_set") ==
        Json{{"name", "slow"}, {"speed_limit_up", 5}, {"speed_limit_up_enabled", true}});
  CHECK(stage().run({"group", "set", "slow"}).exit == Exit::usage);
  CHECK(stage().run({"limits", "down=fast"}).exit == Exit::usage);
  CHECK(has(stage().run({"limits"}).out, "turtle       off"));
  CHECK(has(stage().run({"limits", "1"}).out, "ratio    session"));
}

TEST_CASE("a port that is closed is status 1, and the blocklist is counted") {
  Stage daemon;
  daemon.answers["port_test"] = {Json{{"port_is_open", false}}};
  daemon.answers["blocklist_update"] = {Json{{"blocklist_size", 393}}};
  CHECK(daemon.run({"port-test", "ipv6"}).exit == Exit::refused);
  CHECK(daemon.run({"port-test", "ipv6"}).params_of("port_test") == Json{{"ip_protocol", "ipv6"}});
  CHECK(daemon.run({"port-test", "ipx"}).exit == Exit::usage);
  CHECK(daemon.run({"blocklist", "update"}).out == "The blocklist has 393 rules.\n");
}

TEST_CASE("items of the DHT are got and put, and swarms of any torrent counted") {
  Stage daemon = stage();
  daemon.answers["dht_get"] = {Json{{"target", "t"}, {"value", "a\x1b[2J"}, {"value_base64", "x"}},
                               Json{{"target", "t"}, {"value_base64", "aTVl"}}};
  CHECK(daemon.run({"dht", "get", "abc"}).params_of("dht_get") == Json{{"target", "abc"}});
  CHECK(daemon.run({"dht", "get", "abc"}).out == "a\\x1b[2J\n");
  CHECK(daemon.run({"dht", "get", "--key", "k", "--salt", "s"}).params_of("dht_get") ==
        Json{{"key", "k"}, {"salt", "s"}});
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"dht", "get"},
                                             {"dht", "get", "abc", "--key", "k"},
                                             {"dht", "get", "abc", "--seq", "1"},
                                             {"dht", "put"},
                                             {"dht", "put", "v", "--key", "k"},
                                             {"dht", "put", "v", "--seq", "x"},
                                             {"dht", "scrape"},
                                             {"dht", "scrape", "1", "--salt", "s"},
                                             {"dht", "drop"}}) {
    const Ran ran = daemon.run(words);
    CHECK(ran.exit == Exit::usage);
    CHECK(ran.calls.empty());
  }

  daemon.answers["dht_put"] = {Json{{"target", "t"}, {"nodes", 8}}};
  CHECK(daemon.run({"dht", "put", "hello"}).out == "t is on 8 nodes.\n");
  CHECK(daemon.run({"dht", "put", "aTVl", "--base64"}).params_of("dht_put") ==
        Json{{"value_base64", "aTVl"}});

  daemon.answers["dht_scrape"] = {Json{{"seeder_count", 3},
                                       {"leecher_count", 4},
                                       {"ipv4", {{"seeder_count", 3}, {"leecher_count", 4}}}}};
  const std::string strange(40, 'b');
  const Ran ran = daemon.run({"dht", "scrape", strange});
  CHECK(ran.params_of("dht_scrape") == Json{{"id", strange}});
  CHECK(has(ran.out, "IPv4"));
  CHECK_FALSE(has(ran.out, "IPv6"));
  CHECK(daemon.run({"dht", "scrape", "debian"}).params_of("dht_scrape") ==
        Json{{"id", hash_of(1)}});
  CHECK(daemon.run({"--json", "dht", "scrape", strange}).out.starts_with("{"));
}

TEST_CASE("an item is signed by the key in a file, which nobody else should read") {
  const Folder folder;
  const std::string path = folder.path + "/seed";
  std::ofstream(path) << "5eed\n";
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  Stage daemon;
  daemon.answers["dht_put"] = {Json{{"target", "t"}, {"key", "k"}, {"seq", 7}, {"nodes", 1}}};
  const std::vector<std::string> words{"dht", "put",   "v", "--seed-file", path, "--salt",
                                       "s",   "--seq", "7", "--cas",       "6"};
  Ran ran = daemon.run(words);
  CHECK(ran.params_of("dht_put") ==
        Json{{"value", "v"}, {"key_seed", "5eed"}, {"salt", "s"}, {"seq", 7}, {"cas", 6}});
  CHECK(ran.out == "Number 7 of the key k is on 1 node.\n");
  CHECK(ran.err.empty());
  std::filesystem::permissions(path, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  CHECK(has(daemon.run(words).err, "chmod 600"));
  std::filesystem::remove(path);
  CHECK(daemon.run(words).exit == Exit::usage);
}

TEST_CASE("tokens are asked for with their scopes, and shown once") {
  Stage daemon;
  daemon.answers["token_create"] = {Json{{"token", "s3cret"}, {"name", "x"}}};
  daemon.answers["token_list"] = {
      Json{{"tokens", {{{"name", "x"}, {"scopes", {"read", "add"}}, {"expires_date", 0}}}}}};
  Ran ran =
      daemon.run({"token", "create", "x", "--scope", "read,add", "-l", "film", "--expires", "1h"});
  CHECK(ran.params_of("token_create") == Json{{"name", "x"},
                                              {"scopes", {"read", "add"}},
                                              {"labels", {"film"}},
                                              {"expires", 1'800'003'600}});
  CHECK(ran.out == "s3cret\n");
  CHECK(daemon.run({"token", "create", "x"}).params_of("token_create")["scopes"] == Json{"read"});
  CHECK(has(daemon.run({"token", "list"}).out, "read,add"));
  CHECK(daemon.run({"token", "revoke", "x"}).params_of("token_revoke") == Json{{"name", "x"}});
  CHECK(daemon.run({"token", "create", "x", "--expires", "soon"}).exit == Exit::usage);
  CHECK(daemon.run({"token", "create"}).exit == Exit::usage);
}

TEST_CASE("several hosts are asked one after the other, and the worst status counts") {
  Stage daemon;
  daemon.answers["session_stats"] = {Json{{"torrent_count", 1}}, unreachable("gone"),
                                     refused("no")};
  Ran ran = daemon.run({"stats", "--host", "a,b,c"});
  CHECK(ran.exit == Exit::unreachable);
  REQUIRE(ran.targets.size() == 3);
  CHECK(ran.targets[1].url == "http://b:9091/rpc");
  CHECK(has(ran.out, "a:\n"));
  CHECK(
      has(ran.err, "seedctl: b: gone\nseedctl: c: no\nseedctl: 1 of 3 hosts did it; not b, c.\n"));
  ran = daemon.run({"stats", "--host", "a,b", "--json"});
  const Json told = Json::parse(ran.out)["hosts"];
  CHECK(told["a"] == Json{{"exit", 0}, {"result", {{"torrent_count", 1}}}});
  CHECK(told["b"] == Json{{"exit", 3}, {"error", "gone"}});
  CHECK(daemon.run({"stats", "--host", "a,,b"}).exit == Exit::usage);
  daemon.in_is_terminal = true;
  daemon.look = terminal_look();
  CHECK(daemon.run({"top", "--host", "a,b"}).exit == Exit::usage);
}

TEST_CASE("what is read from the input is read for all hosts") {
  Stage daemon;
  daemon.input = "https://example.org/a.torrent\n";
  const Ran ran = daemon.run({"add", "-", "--host", "a,b"});
  CHECK(std::ranges::count(ran.calls, "torrent_add", &Call::method) == 2);
  daemon.input += "https://example.org/b.torrent\n";
  const Json told = Json::parse(daemon.run({"add", "-", "--host", "a,b", "--json"}).out)["hosts"];
  CHECK(told["b"]["result"]["results"][1] ==
        Json{{"source", "https://example.org/b.torrent"}, {"result", Json::object()}});
}

TEST_CASE("events are a line each, without what changes all the time") {
  Stage daemon;
  daemon.events = {
      ServerEvent{"1", "torrents", R"({"torrents":[{"id":1,"status":4}]})"},
      ServerEvent{"2", "completed", R"({"id":1,"name":"a\u001b[2J","hash_string":"x"})"},
      ServerEvent{"3", "settings", R"({"names":["x"]})"}};
  Ran ran = daemon.run({"events", "-n", "2"});
  CHECK(ran.exit == Exit::fine);
  CHECK(has(ran.out, "completed  1  a\\x1b[2J\n"));
  CHECK(has(ran.out, "settings     names=[\"x\"]\n"));
  CHECK_FALSE(has(ran.out, "status"));
  ran = daemon.run({"events", "-n", "1", "--json", "--type", "torrents"});
  CHECK(Json::parse(ran.out)["data"]["torrents"][0]["status"] == 4);
  CHECK(daemon.run({"events"}).exit == Exit::refused);
  CHECK(daemon.run({"events", "--fields", "nonsense"}).exit == Exit::usage);
}

TEST_CASE("types of events are those that the daemon has") {
  const Ran ran = Stage().run({"events", "--type", "added,complete"});
  CHECK(ran.exit == Exit::usage);
  CHECK(has(ran.err, "there is no event \"complete\". Did you mean completed? There are "));
  for (const EventRow& event : Schema::built_in().events)
    CHECK(has(command_help(*find_command("events"), Schema::built_in()), "\n  " + event.name));
}

TEST_CASE("fields are told beside what happens, and a loss to everybody") {
  Stage daemon;
  daemon.events = {ServerEvent{"1", "torrents", R"({"torrents":[{"id":1,"status":4}]})"},
                   ServerEvent{"2", "completed", R"({"id":1,"name":"a"})"},
                   ServerEvent{"3", "reset", R"({"sequence":3})"}};
  const Ran fields = daemon.run({"events", "-n", "2", "--fields", "status"});
  CHECK(has(fields.out, "status=4"));
  CHECK(has(fields.out, "completed"));
  const Ran lost = daemon.run({"events", "-n", "1", "--type", "added"});
  CHECK(has(lost.out, "reset"));
}

TEST_CASE("who listens hears that the daemon goes and returns, and that it has no room yet") {
  Stage daemon;
  using Event = Outcome<std::optional<ServerEvent>>;
  daemon.events = {Event(busy("16 event streams are open", 10)),
                   Event(ServerEvent{"1", "completed", R"({"id":1,"name":"a"})"}),
                   Event(unreachable("gone\nhelp")),
                   Event(ServerEvent{"2", "completed", R"({"id":2,"name":"b"})"})};
  const Ran ran = daemon.run({"events", "-n", "2"});
  CHECK(ran.exit == Exit::fine);
  CHECK(ran.err ==
        "seedctl: 16 event streams are open Listening again.\nseedctl: the events go on.\n"
        "seedctl: gone Listening again.\nseedctl: the events go on.\n");
}

TEST_CASE("several tokens are revoked though one is refused, and told in one document") {
  Stage daemon;
  daemon.answers["token_revoke"] = {refused("no such token"), Json::object()};
  const Ran ran = daemon.run({"--json", "token", "revoke", "a", "b"});
  CHECK(ran.exit == Exit::refused);
  CHECK(Json::parse(ran.out)["results"] ==
        Json::array({Json{{"name", "a"}, {"error", "no such token"}},
                     Json{{"name", "b"}, {"result", Json::object()}}}));
  CHECK(ran.err == "seedctl: a: no such token\n");
  CHECK(Stage().run({"--json", "token", "revoke", "a"}).out == "{}\n");
}

TEST_CASE("a fault of seedctl's own at one host does not keep the others from being asked") {
  Stage daemon;
  daemon.breaks = "session_stats";
  const Ran ran = daemon.run({"--json", "stats", "--host", "a,b"});
  CHECK(ran.exit == Exit::refused);
  const Json told = Json::parse(ran.out)["hosts"];
  CHECK(told["a"]["error"] == "nobody has thought of this");
  CHECK(told["b"]["exit"] == 0);
}

TEST_CASE("answers of another shape than asked for break nothing") {
  Stage daemon;
  for (const char* method : {"settings_get", "token_create", "session_get", "settings_reset"})
    daemon.answers[method] = {Json(7)};
  CHECK(daemon.run({"settings", "--changed"}).exit == Exit::fine);
  CHECK(daemon.run({"--json", "settings", "--changed"}).exit == Exit::fine);
  CHECK(daemon.run({"session"}).exit == Exit::fine);
  CHECK(daemon.run({"session", "peer_port"}).exit == Exit::usage);
  const Folder folder;
  CHECK(daemon.run({"--json", "token", "create", "x", "--out", folder.path + "/x"}).exit ==
        Exit::fine);
}

TEST_CASE("removing asks a person with --json too, and says where") {
  Stage person = stage();
  person.in_is_terminal = true;
  person.input = "n\n";
  CHECK(person.run({"--json", "remove", "1"}).params_of("torrent_remove").is_null());
  person.input = "n\nn\n";
  const Ran ran = person.run({"remove", "1", "--host", "a,http://me:word@b"});
  CHECK(has(ran.err, "Remove \"debian.iso\" from a? The files stay."));
  CHECK(has(ran.err, "from http://me:***@b?"));
  CHECK_FALSE(has(ran.err + ran.out, "word"));
}

TEST_CASE("a single value is what a script gets, with its line ends") {
  Stage daemon;
  daemon.answers["session_get"] = {Json{{"default_trackers", "http://a\n\nhttp://b"}}};
  CHECK(daemon.run({"session", "default_trackers"}).out == "http://a\n\nhttp://b\n");
  daemon.answers["settings_get"] = {
      Json{{"settings", {{{"name", "default_trackers"}, {"value", "http://a\nhttp://b"}}}}}};
  CHECK(daemon.run({"settings", "default_trackers"}).out == "http://a\nhttp://b\n");
  daemon.look = terminal_look();
  CHECK(daemon.run({"settings", "default_trackers"}).out == "http://a\\nhttp://b\n");
}

TEST_CASE("health asks for one page when one is named") {
  Stage daemon;
  const Json fine = {{"status", "ok"}, {"reasons", Json::array()}};
  daemon.pages = {{"/healthz", Page{200, fine}},
                  {"/readyz", Page{503, {{"status", "failing"}, {"reasons", Json::array()}}}}};
  CHECK(daemon.run({"health"}).exit == Exit::refused);
  CHECK(daemon.run({"health", "--live"}).exit == Exit::fine);
  CHECK(daemon.run({"health", "--live"}).out == "healthz  ok\n");
  CHECK(daemon.run({"health", "--ready"}).exit == Exit::refused);
}

TEST_CASE("a call that holds up the screen has less time, unless one says how much") {
  Stage person = stage();
  person.look = terminal_look();
  person.look.rows = 9;
  person.in_is_terminal = true;
  CHECK(person.run({"top"}).timeout.count() == 10);
  CHECK(person.run({"list", "--watch", "--timeout", "30"}).timeout.count() == 30);
  CHECK(person.run({"list"}).timeout.count() == 60);
}

TEST_CASE("nothing is drawn in place on a terminal that cannot") {
  Stage person = stage();
  person.look = terminal_look();
  person.look.dumb = true;
  person.in_is_terminal = true;
  const Ran ran = person.run({"top"});
  CHECK(ran.exit == Exit::usage);
  CHECK(has(ran.err, "TERM=dumb"));
  CHECK(ran.out.find('\x1b') == std::string::npos);
}

TEST_CASE("hosts are shown with their users and without their passwords") {
  CHECK(Stage().run({"--config", "/nonexistent/hosts", "hosts"}).exit == Exit::usage);
  Stage daemon;
  daemon.environment = {{"SEEDCTL_CONFIG", "/nonexistent/hosts"}};
  CHECK(daemon.run({"hosts"}).exit == Exit::usage);
  const Folder folder;
  daemon.environment = {{"SEEDCTL_CONFIG", folder.path + "/hosts"}};
  std::ofstream(folder.path + "/hosts") << "[hosts.a]\nhost = \"https://me:word@nas/rpc\"\n"
                                           "[hosts.b]\nuser = \"you\"\n";
  const std::string table = daemon.run({"hosts"}).out;
  CHECK(has(table, "https://me:***@nas/rpc  user me"));
  CHECK(has(table, "b     b                       user you"));
  const Json rows = Json::parse(daemon.run({"--json", "hosts"}).out)["hosts"];
  CHECK(rows[0]["host"] == "https://me:***@nas/rpc");
  CHECK(rows[0]["login"] == "user me");
  // It is a secret that others may read.
  CHECK(has(daemon.run({"--host", "b", "stats"}).err, "chmod 600"));
}
