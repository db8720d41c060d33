#include "ctl/program.h"

#include "ctl/columns.h"
#include "ctl/command.h"
#include "ctl/completion.h"
#include "ctl/help.h"
#include "ctl/printable.h"
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
  out.answers["torrent_get"] = {torrents(
      {torrent(1, "debian.iso"),
       torrent(2, "evil\x1b]0;x\x07", {{"status", 6}, {"percent_done", 1.0}, {"rate_download", 0}}),
       torrent(3, "broken", {{"status", 0}, {"error", 3}, {"labels", {"film"}}, {"eta", -1}})})};
  return out;
}

/// The daemon's answer to torrent_get for the torrent 1 alone.
Stage stage_of_one(Json more) {
  Stage out;
  out.answers["torrent_get"] = {torrents({torrent(1, "debian.iso", std::move(more))})};
  return out;
}

Look terminal_look() {
  Look look;
  look.terminal = look.utf8 = look.colours = true;
  look.columns = 100;
  return look;
}

}  // namespace

TEST_CASE("a list in a pipe is plain and aligned") {
  const Ran ran = stage().run({"list"});
  CHECK(ran.exit == Exit::fine);
  CHECK(ran.out ==
        "ID   DONE     SIZE       DOWN  UP     ETA  RATIO  STATUS       NAME\n"
        " 1  45.6%  1.00 GB  1.23 MB/s   -  6m 45s   0.33  downloading  debian.iso\n"
        " 2   100%  1.00 GB          -   -  6m 45s   0.33  seeding      evil\\x1b]0;x\\x07\n"
        " 3  45.6%  1.00 GB  1.23 MB/s   -       -   0.33  error        broken\n");
}

TEST_CASE("a list on a terminal has bars, colours and a sum") {
  Stage on_terminal = stage();
  on_terminal.look = terminal_look();
  const Ran ran = on_terminal.run({"list"});
  CHECK(has(ran.out, "████▌"));
  CHECK(has(ran.out, "\x1b[31merror\x1b[0m"));
  CHECK(has(ran.out, "3 torrents, down 2.47 MB/s"));
  CHECK(ran.out.find('\x07') == std::string::npos);
  on_terminal.look.colours = false;
  CHECK(on_terminal.run({"list"}).out.find('\x1b') == std::string::npos);
}

TEST_CASE("a list is filtered, sorted and has the columns asked for") {
  CHECK(stage().run({"list", "DEB", "-c", "id"}).out == "ID\n 1\n");
  CHECK(stage().run({"list", "-s", "error", "-c", "name"}).out == "NAME\nbroken\n");
  CHECK(stage().run({"list", "-l", "film", "-c", "id"}).out == "ID\n 3\n");
  CHECK(stage().run({"list", "--sort", "name", "-c", "name"}).out ==
        "NAME\nbroken\ndebian.iso\nevil\\x1b]0;x\\x07\n");
  CHECK(stage().run({"list", "--sort", "eta", "-r", "-c", "id"}).out == "ID\n 3\n 1\n 2\n");
  CHECK(has(stage().run({"list", "-c", "id,status,labels,hash_string"}).out, "film"));
  CHECK(stage().run({"list", "-s", "nonsense"}).exit == Exit::usage);
  CHECK(stage().run({"list", "-c", "id,A"}).exit == Exit::usage);
}

TEST_CASE("a column that there is not is an error that names those there are") {
  const Ran ran = stage().run({"list", "-c", "id,bogus"});
  CHECK(ran.exit == Exit::usage);
  CHECK(ran.calls.empty());
  CHECK(ran.out.empty());
  CHECK(has(ran.err, "there is no column \"bogus\": there are id, done, bar, "));
  CHECK(has(ran.err, "and the fields of torrent_get"));
  CHECK(has(stage().run({"list", "-c", "percent_dnoe"}).err, "Did you mean percent_done"));
  CHECK(stage().run({"list", "-c", ""}).exit == Exit::fine);
  CHECK(stage().run({"list", "-c", "id,"}).exit == Exit::usage);
  CHECK(stage().run({"list", "--sort", "bogus"}).exit == Exit::usage);
  // Every field of torrent_get has its column, also one that is an option.
  CHECK(stage().run({"list", "-c", "hash_string,webseeds,bandwidth_priority"}).exit == Exit::fine);
}

TEST_CASE("values of several kinds in one column still have an order") {
  const Column column{nullptr, "x"};
  const std::vector<Json> values = {Json(nullptr), Json(-1),  Json(true), Json(2.5),
                                    Json("A"),     Json("b"), Json({1}),  Json::object()};
  for (const Json& a : values)
    for (const Json& b : values)
      for (const Json& c : values) {
        const auto before = [&](const Json& first, const Json& second) {
          return sorts_before(column, Json{{"x", first}}, Json{{"x", second}});
        };
        CHECK_FALSE((before(a, b) && before(b, a)));
        CHECK((!(before(a, b) && before(b, c)) || before(a, c)));
        const bool same = !before(a, b) && !before(b, a) && !before(b, c) && !before(c, b);
        CHECK((!same || !(before(a, c) || before(c, a))));
      }
}

TEST_CASE("with --json the result comes as it is") {
  const Ran ran = stage().run({"list", "--json", "debian"});
  const Json document = Json::parse(ran.out);
  REQUIRE(document["torrents"].size() == 1);
  CHECK(document["torrents"][0] == torrent(1, "debian.iso"));
}

TEST_CASE("orders go to the torrents that the words mean") {
  Ran ran = stage().run({"start", "debian", "3"});
  CHECK(ran.params_of("torrent_start") == Json{{"ids", {hash_of(1), hash_of(3)}}});
  CHECK(ran.out == "Started 2 torrents.\n");
  CHECK_FALSE(stage().run({"start", "-n", "1"}).params_of("torrent_start_now").is_null());
  CHECK(stage().run({"stop", "all"}).params_of("torrent_stop") == Json::object());
  CHECK_FALSE(stage().run({"queue", "top", "1"}).params_of("queue_move_top").is_null());
  CHECK(stage().run({"queue", "sideways", "1"}).exit == Exit::usage);
  CHECK(stage().run({"stop", "99"}).exit == Exit::refused);
}

TEST_CASE("removing asks a person and nobody else") {
  Stage person = stage();
  person.in_is_terminal = true;
  person.input = "n\n";
  Ran ran = person.run({"remove", "1", "--delete-data"});
  CHECK(ran.exit == Exit::refused);
  CHECK(ran.params_of("torrent_remove").is_null());
  CHECK(has(ran.err, "DELETE"));
  person.input = "y\n";
  CHECK(person.run({"remove", "1"}).params_of("torrent_remove")["delete_local_data"] == false);
  person.input = "";
  CHECK(person.run({"remove", "-y", "1"}).exit == Exit::fine);
  CHECK(stage().run({"remove", "all"}).params_of("torrent_remove")["ids"].size() == 3);
}

TEST_CASE("set and session check names and send types") {
  Ran ran = stage().run({"set", "1", "download-limit=5", "labels=a,b"});
  CHECK(ran.params_of("torrent_set") ==
        Json{{"ids", {hash_of(1)}}, {"download_limit", 5}, {"labels", {"a", "b"}}});
  CHECK(stage().run({"set", "1", "nonsense=5"}).calls.empty());
  CHECK(stage().run({"set", "download_limit=5", "labels="}).exit == Exit::usage);
  ran = stage().run({"session", "set", "speed_limit_down=7"});
  CHECK(ran.params_of("session_set") == Json::parse(R"({"speed_limit_down":7})"));
  CHECK(stage().run({"session", "speed_limit_down=7"}).exit == Exit::usage);
}

TEST_CASE("one setting alone is nothing but its value") {
  Stage daemon;
  daemon.answers["session_get"] = {Json::parse(R"({"speed_limit_down":100})")};
  CHECK(daemon.run({"session", "speed-limit-down"}).out == "100\n");
  CHECK(has(daemon.run({"session"}).out, "speed_limit_down  100\n"));
  CHECK(daemon.run({"session", "nonsense"}).exit == Exit::usage);
  daemon.look = terminal_look();
  CHECK(daemon.run({"session", "speed-limit-down"}).out == "100 kB/s\n");
}

TEST_CASE("settings and facts of the session are shown and set with their units") {
  Stage daemon;
  daemon.answers["session_get"] = {Json::parse(
      R"({"download_dir_free_space":82350891008,"queue_stalled_minutes":30,"version":"x"})")};
  CHECK(has(daemon.run({"session"}).out, "download_dir_free_space  82350891008\n"));
  CHECK(has(daemon.run({"session"}).out, "queue_stalled_minutes    30\n"));
  daemon.look = terminal_look();
  CHECK(has(daemon.run({"session"}).out, "queue_stalled_minutes    30 min\n"));
  CHECK(has(daemon.run({"session"}).out, "download_dir_free_space  82.4 GB\n"));
  CHECK(has(daemon.run({"session", "--json"}).out, "\"download_dir_free_space\": 82350891008"));
  CHECK(daemon.run({"session", "set", "speed_limit_down=1000"}).out ==
        "speed_limit_down = 1000 kB/s\n");
  CHECK(daemon.run({"session", "set", "peer_port=7000"}).out == "peer_port = 7000\n");
  const Ran fact = daemon.run({"session", "set", "version=2"});
  CHECK(fact.exit == Exit::usage);
  CHECK(has(fact.err, "version can only be read."));
}

TEST_CASE("a setting without an effect is set with a word about it") {
  CHECK(Stage().run({"session", "set", "cache_size_mib=8"}).out ==
        "cache_size_mib = 8 MiB (accepted for older clients, has no effect)\n");
}

TEST_CASE("torrents are added from links and from what comes in") {
  Stage daemon;
  daemon.answers["torrent_add"] = {
      Json{{"torrent_added", {{"id", 4}, {"name", "new"}, {"hash_string", hash_of(4)}}}}};
  Ran ran = daemon.run(
      {"add", "magnet:?xt=x", "-p", "-d", "/srv", "-l", "a", "--sequential", "--peer-limit", "9"});
  CHECK(ran.params_of("torrent_add") == Json{{"filename", "magnet:?xt=x"},
                                             {"paused", true},
                                             {"download_dir", "/srv"},
                                             {"labels", {"a"}},
                                             {"sequential_download", true},
                                             {"peer_limit", 9}});
  CHECK(ran.out == "Added 4: \"new\"\n");
  daemon.input = "d4:spami42ee";
  CHECK(daemon.run({"add", "-"}).params_of("torrent_add") ==
        Json::parse(R"({"metainfo":"ZDQ6c3BhbWk0MmVl"})"));
  daemon.input = "magnet:?a\r\n\nhttp://b/c\n";
  CHECK(daemon.run({"add", "-"}).calls.size() == 2);
  daemon.input = "nonsense";
  CHECK(daemon.run({"add", "-"}).exit == Exit::usage);
  CHECK(daemon.run({"add", "/nonexistent.torrent"}).exit == Exit::usage);
  CHECK(daemon.run({"add", "/"}).exit == Exit::usage);
  CHECK(daemon.run({"add", "magnet:x", "-d", "here"}).calls.empty());
}

TEST_CASE("a file that cannot be read does not keep the others from being added") {
  Stage daemon;
  daemon.answers["torrent_add"] = {
      Json{{"torrent_added", {{"id", 4}, {"name", "new"}, {"hash_string", hash_of(4)}}}}};
  const Ran ran = daemon.run({"add", "/nonexistent.torrent", "http://a/b"});
  CHECK(ran.exit == Exit::usage);
  CHECK(ran.calls.size() == 1);
  CHECK(ran.out == "Added 4: \"new\"\n");
  CHECK(has(ran.err, "/nonexistent.torrent: No such file"));
  daemon.answers["torrent_get"] = {torrents({torrent(4, "new", {{"left_until_done", 0}})})};
  const Ran waited = daemon.run({"add", "--wait", "http://a/b", "/nonexistent.torrent"});
  CHECK(has(waited.err, "1 of 2 torrents could not be added."));
  CHECK(has(waited.out, "Complete."));
}

TEST_CASE("a link that the daemon cannot fetch is not sent") {
  Stage daemon;
  const Ran ran = daemon.run({"add", "ftp://host/a.torrent"});
  CHECK(ran.exit == Exit::usage);
  CHECK(ran.calls.empty());
  CHECK(ran.err ==
        "seedctl: ftp://host/a.torrent is neither a file nor a link that seedd fetches: those are "
        "http and https.\n");
  daemon.input = "ftp://host/a.torrent\n";
  CHECK(daemon.run({"add", "-"}).calls.empty());
}

TEST_CASE("who waits for a torrent hears once what keeps it waiting") {
  Stage daemon;
  daemon.answers["torrent_add"] = {
      Json{{"torrent_added", {{"id", 1}, {"name", "one"}, {"hash_string", hash_of(1)}}}}};
  const auto trouble = [](const char* text) {
    return Json{{"torrents", {torrent(1, "one", {{"error", 2}, {"error_string", text}})}}};
  };
  daemon.answers["torrent_get"] = {
      trouble(""), trouble("not\x1b authorized"), trouble("not\x1b authorized"), trouble("gone"),
      Json{{"torrents", {torrent(1, "one", {{"left_until_done", 0}, {"status", 6}})}}}};
  const auto ran = daemon.run({"add", "--wait", "http://example.org/one.torrent"});
  CHECK(ran.exit == Exit::fine);
  CHECK(ran.err == "\"one\": not\\x1b authorized\n\"one\": gone\n");
  CHECK(ran.out.find("Complete.") != std::string::npos);
}

TEST_CASE("two torrents of one name that wait are two") {
  Stage daemon;
  daemon.answers["torrent_add"] = {
      Json{{"torrent_added", {{"id", 1}, {"name", "same"}, {"hash_string", hash_of(1)}}}}};
  const Json both{{"torrents",
                   {torrent(1, "same", {{"error", 2}, {"error_string", "not authorized"}}),
                    torrent(2, "same")}}};
  const Json done{{"torrents",
                   {torrent(1, "same", {{"left_until_done", 0}, {"status", 6}}),
                    torrent(2, "same", {{"left_until_done", 0}, {"status", 6}})}}};
  daemon.answers["torrent_get"] = {both, both, both, done};
  const auto ran = daemon.run({"add", "--wait", "http://example.org/same.torrent"});
  CHECK(ran.err == "\"same\": not authorized\n");
}

TEST_CASE("a torrent that is named twice is waited for once") {
  Stage daemon;
  daemon.answers["torrent_add"] = {
      Json{{"torrent_added", {{"id", 1}, {"name", "one"}, {"hash_string", hash_of(1)}}}},
      Json{{"torrent_duplicate", {{"id", 1}, {"name", "one"}, {"hash_string", hash_of(1)}}}}};
  daemon.answers["torrent_get"] = {torrents({torrent(1, "one", {{"left_until_done", 0}})})};
  const Ran ran = daemon.run({"add", "--wait", "http://a/one.torrent", "http://b/one.torrent"});
  CHECK(ran.exit == Exit::fine);
  CHECK(has(ran.out, "Complete."));
  CHECK(ran.params_of("torrent_get")["ids"] == Json::array({hash_of(1)}));
}

TEST_CASE("a file that is refused among others is named") {
  Stage daemon;
  daemon.answers["torrent_add"] = {
      Json{{"torrent_added", {{"id", 1}, {"name", "one"}, {"hash_string", hash_of(1)}}}},
      refused("no good")};
  const std::string folder = SEED_TEST_DATA "/golden/metainfo/data/";
  const Ran ran = daemon.run({"add", folder + "multi_v1.torrent", folder + "single_v2.torrent"});
  CHECK(ran.exit == Exit::refused);
  CHECK(ran.err == "seedctl: " + folder + "single_v2.torrent: no good\n");
  daemon.answers["torrent_add"] = {refused("no good")};
  CHECK(daemon.run({"add", folder + "multi_v1.torrent"}).err == "seedctl: no good\n");
  daemon.input = "d4:spami42ee";
  CHECK(has(daemon.run({"add", "-", "magnet:a"}).err, "the standard input: no good\n"));
}

TEST_CASE("what was refused is told before the others are waited for") {
  Stage daemon;
  daemon.answers["torrent_add"] = {
      refused("no\x1b good"),
      Json{{"torrent_added", {{"id", 1}, {"name", "one"}, {"hash_string", hash_of(1)}}}}};
  const Json waits =
      torrents({torrent(1, "one", {{"error", 2}, {"error_string", "not authorized"}})});
  daemon.answers["torrent_get"] = {waits, torrents({torrent(1, "one", {{"left_until_done", 0}})})};
  const Ran done = daemon.run({"add", "--wait", "http://a", "http://b"});
  CHECK(done.exit == Exit::refused);
  CHECK(has(done.out, "Complete."));
  CHECK(done.err ==
        "seedctl: http://a: no\\x1b good\n"
        "\"one\": not authorized\n"
        "seedctl: 1 of 2 torrents could not be added.\n");
  daemon.answers["torrent_get"] = {torrents({torrent(1, "one", {{"status", 0}})})};
  const Ran stopped = daemon.run({"add", "--wait", "http://a", "http://b"});
  CHECK(stopped.exit == Exit::refused);
  CHECK(stopped.err ==
        "seedctl: http://a: no\\x1b good\n"
        "seedctl: \"one\" has stopped.\n");
}

TEST_CASE("one torrent that is refused does not stop the others") {
  Stage daemon;
  daemon.answers["torrent_add"] = {
      refused("no good"),
      Json{{"torrent_duplicate", {{"id", 4}, {"name", "old"}, {"hash_string", hash_of(4)}}}}};
  const Ran ran = daemon.run({"add", "magnet:a", "magnet:b"});
  CHECK(ran.exit == Exit::refused);
  CHECK(ran.out == "Already there, 4: \"old\"\n");
  CHECK(has(ran.err, "magnet:a: no good"));
}

TEST_CASE("what several sources have become is one document") {
  Stage daemon;
  const Json added = {{"torrent_added", {{"id", 4}, {"name", "new"}, {"hash_string", hash_of(4)}}}};
  daemon.answers["torrent_add"] = {refused("no good"), added};
  const Ran ran = daemon.run({"--json", "add", "magnet:a", "magnet:b"});
  CHECK(ran.exit == Exit::refused);
  CHECK(Json::parse(ran.out) ==
        Json{{"results", Json::array({Json{{"source", "magnet:a"}, {"error", "no good"}},
                                      Json{{"source", "magnet:b"}, {"result", added}}})}});
  daemon.answers["torrent_add"] = {added};
  CHECK(Json::parse(daemon.run({"--json", "add", "magnet:a"}).out) == added);
}

TEST_CASE("what cannot be said when a torrent is added is set right after") {
  Stage daemon;
  daemon.answers["torrent_add"] = {
      Json{{"torrent_added", {{"id", 4}, {"name", "new"}, {"hash_string", hash_of(4)}}}}};
  const Ran ran =
      daemon.run({"add", "magnet:a", "--set", "upload_limit=7", "--set", "queue_position=0",
                  "--set", "files_unwanted=all", "--set", "priority_high=2"});
  CHECK(ran.params_of("torrent_add") ==
        Json{{"filename", "magnet:a"}, {"upload_limit", 7}, {"priority_high", {2}}});
  CHECK(ran.params_of("torrent_set") ==
        Json{{"ids", {hash_of(4)}}, {"queue_position", 0}, {"files_unwanted", Json::array()}});
  daemon.answers["torrent_set"] = {refused("no")};
  CHECK(has(daemon.run({"add", "magnet:a", "--set", "queue_position=0"}).err,
            "it was added, but no"));
  daemon.answers["torrent_add"] = {
      Json{{"torrent_duplicate", {{"id", 4}, {"name", "new"}, {"hash_string", hash_of(4)}}}}};
  CHECK(daemon.run({"add", "magnet:a", "--set", "queue_position=0"})
            .params_of("torrent_set")
            .is_null());
}

TEST_CASE("who waits goes on when the daemon starts again or is busy") {
  Stage daemon;
  daemon.answers["torrent_add"] = {
      Json{{"torrent_added", {{"id", 1}, {"name", "new"}, {"hash_string", hash_of(1)}}}}};
  daemon.answers["torrent_get"] = {torrents({torrent(1, "new")}), unreachable("gone\nhelp"),
                                   busy("full", 5), torrents({torrent(1, "new")}), refused("no")};
  const Ran ran = daemon.run({"add", "--wait", "magnet:a"});
  CHECK(ran.exit == Exit::refused);
  CHECK(ran.err == "seedctl: gone Trying again.\nseedctl: it answers again.\nseedctl: no\n");
}

TEST_CASE("the line of who waits fits the terminal, and a dumb one gets none") {
  Stage daemon;
  daemon.answers["torrent_add"] = {
      Json{{"torrent_added", {{"id", 1}, {"name", "new"}, {"hash_string", hash_of(1)}}}}};
  daemon.answers["torrent_get"] = {torrents({torrent(1, "new", {{"left_until_done", 0}})})};
  daemon.look = terminal_look();
  daemon.look.columns = 20;
  const std::string out = daemon.run({"add", "--wait", "magnet:a"}).out;
  const std::size_t begin = out.find('\r') + 1;
  REQUIRE(begin > 0);
  CHECK(display_width(out.substr(begin, out.find('\x1b', begin) - begin)) == 19);
  daemon.look.dumb = true;
  CHECK(daemon.run({"add", "--wait", "magnet:a"}).out.find('\r') == std::string::npos);
}

TEST_CASE("waiting ends when it is complete or has stopped") {
  Stage daemon;
  daemon.answers["torrent_add"] = {
      Json{{"torrent_added", {{"id", 1}, {"name", "new"}, {"hash_string", hash_of(1)}}}}};
  const Json under_way = torrents({torrent(1, "new")});
  const Json complete = torrents({torrent(1, "new", {{"left_until_done", 0}})});
  const Json stopped =
      torrents({torrent(1, "new", {{"status", 0}, {"error_string", "disk full"}})});
  daemon.answers["torrent_get"] = {under_way, under_way, complete};
  CHECK(has(daemon.run({"add", "-w", "magnet:a"}).out, "Complete."));
  daemon.answers["torrent_get"] = {under_way, stopped};
  const Ran ran = daemon.run({"add", "-w", "magnet:a"});
  CHECK(ran.exit == Exit::refused);
  CHECK(has(ran.err, "disk full"));
  daemon.answers["torrent_get"] = {torrents({})};
  CHECK(daemon.run({"add", "-w", "magnet:a"}).exit == Exit::refused);
}

TEST_CASE("files show their share, priority and number") {
  const Ran ran =
      stage_of_one(Json::parse(R"({"files":[{"name":"a/b","length":1000,"bytes_completed":250},
                                            {"name":"a/c","length":0,"bytes_completed":0}],
                                   "file_stats":[{"wanted":true,"priority":1},
                                                 {"wanted":false,"priority":0}]})"))
          .run({"files", "1"});
  CHECK(ran.out ==
        "FILE   DONE  PRIORITY     SIZE  NAME\n"
        "   0  25.0%  high      1.00 kB  a/b\n"
        "   1   100%  off           0 B  a/c\n");
}

TEST_CASE("peers and trackers are tables") {
  const Ran ran = stage_of_one(Json::parse(R"({"peers":[
      {"address":"2001:db8::7","port":6881,"flag_str":"TDE","progress":0.5,"rate_to_client":1500,
       "rate_to_peer":0,"client_name":"a\u001bb"}]})"))
                      .run({"peers", "1"});
  CHECK(has(ran.out, "[2001:db8::7]:6881  TDE    50.0%  1.50 kB/s   -  a\\x1bb"));
  const Ran trackers = stage_of_one(Json::parse(R"({"tracker_stats":[
      {"id":3,"tier":0,"announce":"http://t/a","announce_state":1,"next_announce_time":1800000060,
       "has_announced":true,"last_announce_succeeded":false,"last_announce_result":"go away",
       "last_announce_time":1799999990,"seeder_count":4,"leecher_count":-1}]})"))
                           .run({"trackers", "1"});
  CHECK(has(trackers.out, "1m 0s  go away, 10s ago  http://t/a"));
}

TEST_CASE("a host that is named twice in a failure is said once") {
  const char* row = R"({"tracker_stats":[
      {"id":3,"tier":0,"announce":"http://a.example/a","announce_state":1,
       "next_announce_time":1800000060,"has_announced":true,"last_announce_succeeded":false,
       "last_announce_result":"a.example: Could not resolve host: a.example",
       "last_announce_time":1799999990}],
      "error_string":"a.example: Could not resolve host: a.example", "error":2})";
  CHECK(has(stage_of_one(Json::parse(row)).run({"trackers", "1"}).out,
            "1m 0s  Could not resolve host: a.example, 10s ago"));
  CHECK(has(stage_of_one(Json::parse(row)).run({"info", "1"}).out,
            "error             Could not resolve host: a.example\n"));
  CHECK(has(stage_of_one(Json::parse(row)).run({"list", "-c", "error"}).out,
            "ERROR\nCould not resolve host: a.example\n"));
}

TEST_CASE("an answer of the wrong shape is shown as far as it goes") {
  for (const char* answer :
       {"{}", "[]", "7", R"({"torrents":7})", R"({"torrents":[7,{"id":"x","name":[]}]})"}) {
    Stage daemon;
    for (const char* method : {"torrent_get", "session_get", "session_stats", "torrent_add"})
      daemon.answers[method] = {Json::parse(answer)};
    for (const char* command : {"list", "stats", "session"}) {
      INFO(command << " " << answer);
      CHECK(daemon.run({command}).exit == Exit::fine);
    }
    for (const char* command : {"info", "files", "peers", "trackers"}) daemon.run({command, "all"});
    daemon.run({"add", "magnet:x"});
    daemon.run({"session", "peer_port"});
  }
}

TEST_CASE("a call has a while to be answered in, and not for ever") {
  for (const char* bad : {"0", "86401", "9223372036854775807"}) {
    const Ran ran = stage().run({"list", "--timeout", bad});
    INFO(bad);
    CHECK(ran.exit == Exit::usage);
    CHECK(ran.calls.empty());
    CHECK(has(ran.err, "--timeout: between 1 and 86400 seconds"));
  }
  CHECK(stage().run({"list", "--timeout", "86400"}).exit == Exit::fine);
}

TEST_CASE("watch draws until q") {
  Stage person = stage();
  CHECK(person.run({"watch"}).exit == Exit::usage);
  person.look = terminal_look();
  person.look.rows = 4;
  person.in_is_terminal = true;
  const Ran ran = person.run({"watch"});
  CHECK(ran.exit == Exit::fine);
  CHECK(has(ran.out, "debian.iso"));
  CHECK(ran.out.find("broken") == std::string::npos);
  CHECK(has(ran.out, "3 torrents"));
  CHECK(ran.out.ends_with("\x1b[?1049l"));
}

TEST_CASE("free space is that of the download folder when none is named") {
  Stage daemon;
  daemon.answers["session_get"] = {Json::parse(R"({"download_dir":"/srv"})")};
  daemon.answers["free_space"] = {
      Json::parse(R"({"path":"/srv","size_bytes":1000,"total_size":2000})")};
  CHECK(daemon.run({"free-space"}).out == "1.00 kB free of 2.00 kB in /srv\n");
  CHECK(daemon.run({"free-space", "x"}).exit == Exit::usage);
}

TEST_CASE("moves and renames name what they mean") {
  Ran ran = stage().run({"move", "1", "/new"});
  CHECK(ran.params_of("torrent_set_location") ==
        Json{{"ids", {hash_of(1)}}, {"location", "/new"}, {"move", true}});
  CHECK(stage().run({"move", "1", "new"}).exit == Exit::usage);
  ran = stage().run({"rename", "1", "better"});
  CHECK(ran.params_of("torrent_rename_path") ==
        Json{{"ids", {hash_of(1)}}, {"path", "debian.iso"}, {"name", "better"}});
  CHECK(stage().run({"rename", "all", "x"}).exit == Exit::usage);
}

TEST_CASE("any call can be made") {
  const Ran ran = stage().run({"raw", "some-method", R"({"a":[1]})"});
  CHECK(ran.params_of("some_method") == Json{{"a", Json::array({1})}});
  CHECK(ran.out == "{}\n");
  CHECK(stage().run({"raw", "x", "[1]"}).exit == Exit::usage);
  CHECK(stage().run({"raw", "x", "nonsense"}).exit == Exit::usage);
}

TEST_CASE("host and login come from flags before the environment") {
  Stage daemon = stage();
  daemon.environment = {{"SEEDCTL_HOST", "one"}, {"SEEDCTL_USER", "me"}, {"SEEDCTL_PASSWORD", "x"}};
  CHECK(daemon.run({"list"}).target.url == "http://one:9091/rpc");
  CHECK(daemon.run({"list"}).target.password == "x");
  CHECK(daemon.run({"list", "--host", "two"}).target.url == "http://two:9091/rpc");
  daemon.environment.clear();
  daemon.in_is_terminal = true;
  CHECK(daemon.run({"list", "--user", "me"}).target.password == "asked");
  CHECK(daemon.run({"list", "--host", "unix:x"}).exit == Exit::usage);
}

TEST_CASE("exit statuses and foreign text in failures") {
  Stage daemon;
  daemon.answers["session_stats"] = {refused("no\x1b[2J\nsecond line")};
  Ran ran = daemon.run({"stats"});
  CHECK(ran.exit == Exit::refused);
  CHECK(ran.err == "seedctl: no\\x1b[2J\nsecond line\n");
  daemon.answers["session_stats"] = {unreachable("gone")};
  CHECK(daemon.run({"stats"}).exit == Exit::unreachable);
  CHECK(daemon.run({}).exit == Exit::usage);
  CHECK(daemon.run({"--help"}).exit == Exit::fine);
}

TEST_CASE("help, manual and completions name every command and option") {
  const Schema& schema = Schema::built_in();
  const std::string manual = manual_page(schema);
  for (const Command* command : all_commands()) {
    const std::string name(command->name);
    CHECK(has(general_help(), "\n  " + name + " "));
    CHECK(has(command_help(*command, schema), "Usage: seedctl " + name + " "));
    CHECK(has(*completion_script("bash", schema), "\n    " + name + ") _seedctl_choose "));
    CHECK(has(*completion_script("zsh", schema), "\n    " + name + ") _arguments "));
    CHECK(has(*completion_script("fish", schema), "__seedctl_no_command -a " + name + " "));
    for (const Flag& flag : command->flags) {
      const std::string spelt = "--" + std::string(flag.name);
      const std::string front =
          flag.letter.empty() ? "\n  " : "\n  -" + std::string(flag.letter) + ", ";
      CHECK(has(command_help(*command, schema), front + spelt));
      CHECK(has(*completion_script("zsh", schema), "'*" + spelt));
      CHECK(has(*completion_script("fish", schema), " -l " + std::string(flag.name) + " "));
    }
  }
  for (const char* shell : {"bash", "zsh", "fish"})
    for (const char* mark :
         {"names", "passed", "passed_joined", "passed_switches", "other", "values", "option_values",
          "operands", "torrents", "files", "common", "cases", "described"})
      CHECK_FALSE(has(*completion_script(shell, schema), "@" + std::string(mark) + "@"));
  CHECK(has(command_help(*find_command("set"), schema), "seed_ratio_limit"));
  CHECK(has(command_help(*find_command("session"), schema), "speed_limit_down"));
  CHECK(has(command_help(*find_command("add"), schema), "a magnet link"));
  CHECK(has(manual, ".SS free\\-space"));
  CHECK(has(general_help(), "Exit status"));
  CHECK_FALSE(completion_script("tcsh", schema));
}
