// The command create, of commands/create.cpp.
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "tests/support/catch.h"
#include "tests/unit/ctl/support.h"

using namespace seed::ctl;
using namespace seed::ctl::test;

namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// The daemon's answer to creation_get.
Json creations(Json one) {
  Json out = Json::object();
  out["creations"] = Json::array();
  out["creations"].push_back(std::move(one));
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

}  // namespace

TEST_CASE("a torrent is made by the words of the command line") {
  Stage daemon;
  daemon.answers["torrent_create"] = {Json{{"creation", 3}}};
  Json done = {{"id", 3},
               {"state", "done"},
               {"progress", 1.0},
               {"name", "album"},
               {"total_size", 2000},
               {"piece_count", 2},
               {"hash_v1", "aa"},
               {"hash_v2", "bb"},
               {"magnet_link", "magnet:?x"},
               {"piece_size", 16384},
               {"metainfo", "ZGU="},
               {"output", "/out/a.torrent"}};
  Json running = {{"id", 3}, {"state", "running"}, {"progress", 0.5}, {"total_size", 2000}};
  daemon.answers["creation_get"] = {creations(running), creations(done)};
  const Ran ran = daemon.run({"create",
                              "/srv/album",
                              "--output",
                              "/out/a.torrent",
                              "--version",
                              "v2",
                              "--piece-size",
                              "256K",
                              "--tracker",
                              "http://a/,http://b/",
                              "--tracker",
                              "http://c/",
                              "--web-seed",
                              "http://w/",
                              "--node",
                              "n:1",
                              "--exclude",
                              "*.nfo",
                              "--private",
                              "--source",
                              "S",
                              "--comment",
                              "C",
                              "--symlinks",
                              "follow",
                              "--name",
                              "N",
                              "--add",
                              "--replace",
                              "--no-hidden"});
  CHECK(ran.exit == Exit::fine);
  CHECK(ran.params_of("torrent_create") ==
        Json{{"path", "/srv/album"},
             {"output", "/out/a.torrent"},
             {"version", "v2"},
             {"piece_size", 262144},
             {"tracker_list", "http://a/\nhttp://b/\n\nhttp://c/"},
             {"webseeds", {"http://w/"}},
             {"nodes", {"n:1"}},
             {"exclude", {"*.nfo"}},
             {"is_private", true},
             {"source", "S"},
             {"comment", "C"},
             {"symlinks", "follow"},
             {"name", "N"},
             {"add", true},
             {"replace", true},
             {"hidden", false}});
  CHECK(ran.params_of("creation_get") == Json{{"id", 3}});
  CHECK(ran.out ==
        "\"album\": 2.00 kB in 2 pieces of 16 KiB\nInfo-hash v1  aa\nInfo-hash v2  bb\n"
        "Magnet        magnet:?x\nWritten to    /out/a.torrent\n");
}

TEST_CASE("a piece size that is none is a mistake of the command line") {
  const Ran ran = Stage().run({"create", "/srv/album", "--piece-size", "big"});
  CHECK(ran.exit == Exit::usage);
  CHECK(ran.calls.empty());
}

TEST_CASE("a torrent that is made is written here, over nothing unless it may be") {
  const Folder folder;
  Stage daemon;
  daemon.answers["torrent_create"] = {Json{{"creation", 3}}};
  daemon.answers["creation_get"] = {
      creations({{"id", 3}, {"state", "done"}, {"metainfo", "ZGU="}})};
  const std::string name = folder.path + "/made";
  CHECK(daemon.run({"create", "/srv/album", "--name", name}).exit == Exit::fine);
  std::ifstream made(name + ".torrent");
  std::string octets;
  std::getline(made, octets);
  CHECK(octets == "de");
  const Ran again = daemon.run({"create", "/srv/album", "--name", name});
  CHECK(again.exit == Exit::usage);
  CHECK(again.calls.empty());
  CHECK(daemon.run({"create", "/srv/album", "--name", name, "--replace"}).exit == Exit::fine);
}

TEST_CASE("a torrent that cannot be made says why, and Ctrl-C cancels it") {
  Stage daemon;
  daemon.answers["torrent_create"] = {Json{{"creation", 3}}};
  daemon.answers["creation_get"] = {
      creations({{"id", 3}, {"state", "failed"}, {"error", "/srv/x is gone"}})};
  const std::vector<std::string> words{"create", "/srv/x", "--output", "/out/x.torrent"};
  const Ran failed = daemon.run(words);
  CHECK(failed.exit == Exit::refused);
  CHECK(has(failed.err, "/srv/x is gone"));
  CHECK(failed.params_of("creation_cancel").is_null());
  daemon.is_interrupted = true;
  const Ran cancelled = daemon.run(words);
  CHECK(cancelled.exit == Exit::refused);
  CHECK(cancelled.params_of("creation_cancel") == Json{{"id", 3}});
}
