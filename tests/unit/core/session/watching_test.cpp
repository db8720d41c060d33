#include "core/session/watching.h"

#include "tests/support/catch.h"
#include "tests/support/fake_files.h"
#include "tests/support/inline_workers.h"

namespace seed::session {
namespace {

using seed::test::FileFault;
using seed::test::FileOp;
using Fate = Watching::Fate;

struct Setup {
  Setup() {
    files.mount("/data");
    (void)files.make_folders(*SafePath::root("/data/watched"), true);
    settings.watch_dir = "/data/watched";
    settings.watch_dir_enabled = true;
  }
  void put(const std::string& name, const std::string& octets = "good") {
    files.put("/data/watched/" + name, as_bytes(octets));
  }
  void pass(Duration time) {
    for (Duration step{}; step < time; step += 1s) {
      now += 1s;
      watching.on_second(settings, now);
      workers.run_all();
    }
  }
  bool there(const std::string& name) const { return files.is_there("/data/watched/" + name); }

  seed::test::FakeFiles files;
  seed::test::NoStore store;
  seed::test::InlineWorkers workers{files, store};
  config::Settings settings;
  Instant now{1h};
  std::vector<std::string> asked;  ///< what was to be added
  Watching::Outcome outcome;
  std::function<void()> meanwhile;  ///< happens once, while one is added
  Watching watching{workers,
                    [this](const Buffer& torrent, auto answer) {
                      asked.push_back(to_string(torrent));
                      const Watching::Outcome said = outcome;
                      if (const auto once = std::exchange(meanwhile, {})) once();
                      answer(said);
                    },
                    {}};
};

TEST_CASE("a .torrent of the watched folder is added and marked") {
  Setup setup;
  setup.put("a.torrent");
  setup.put("B.TORRENT");
  setup.put("note.txt");
  setup.pass(10s);
  CHECK(setup.asked.size() == 2);
  CHECK(setup.there("a.torrent.added"));
  CHECK(setup.there("B.TORRENT.added"));
  CHECK_FALSE(setup.there("a.torrent"));
  CHECK(setup.there("note.txt"));
}

TEST_CASE("a .torrent that was added is deleted if that is wanted") {
  Setup setup;
  setup.settings.trash_original_torrent_files = true;
  setup.put("a.torrent");
  setup.pass(10s);
  CHECK(setup.asked.size() == 1);
  CHECK_FALSE(setup.there("a.torrent"));
  CHECK_FALSE(setup.there("a.torrent.added"));
}

TEST_CASE("a bad .torrent is marked as bad") {
  Setup setup;
  setup.outcome = {Fate::refused, "no torrent"};
  setup.put("a.torrent");
  setup.pass(10s);
  CHECK(setup.there("a.torrent.invalid"));
}

TEST_CASE("a good .torrent waits as it is for a disk with room, and is added then") {
  Setup setup;
  setup.outcome = {Fate::failed, "the disk is full"};
  setup.put("a.torrent");
  setup.pass(20s);
  CHECK(setup.asked.size() == 1);
  CHECK(setup.there("a.torrent"));
  setup.pass(2 * Watching::retry_every);
  CHECK(setup.asked.size() >= 2);
  CHECK(setup.asked.size() <= 4);
  setup.outcome = {};
  setup.pass(Watching::retry_every + 5s);
  CHECK(setup.there("a.torrent.added"));
}

TEST_CASE("a .torrent that cannot be read now is read later") {
  Setup setup;
  setup.put("a.torrent");
  setup.files.set_hook([](FileOp op, const std::string&) -> std::optional<FileFault> {
    if (op != FileOp::load) return std::nullopt;
    return FileFault{{FaultCode::out_of_resources, 24, "no descriptors"}};
  });
  setup.pass(10s);
  CHECK(setup.asked.empty());
  CHECK(setup.there("a.torrent"));
  setup.files.set_hook({});
  setup.pass(Watching::retry_every);
  CHECK(setup.there("a.torrent.added"));
}

TEST_CASE("a .torrent that cannot be marked is not taken again until it is another file") {
  Setup setup;
  setup.put("a.torrent");
  setup.files.set_hook([](FileOp op, const std::string&) -> std::optional<FileFault> {
    if (op != FileOp::rename) return std::nullopt;
    return FileFault{{FaultCode::permission, 13, "read only"}};
  });
  setup.pass(100s);
  CHECK(setup.asked.size() == 1);
  setup.files.set_hook({});
  setup.put("a.torrent", "another");
  setup.pass(10s);
  REQUIRE(setup.asked.size() == 2);
  CHECK(setup.asked[1] == "another");
  CHECK(setup.there("a.torrent.added"));
}

TEST_CASE("a .torrent that is replaced while it is added is another one") {
  Setup setup;
  setup.settings.trash_original_torrent_files = true;
  SECTION("the first is good") {}
  SECTION("the first is bad") { setup.outcome = {Fate::refused, "no torrent"}; }
  setup.put("a.torrent", "first");
  setup.meanwhile = [&setup] {
    setup.outcome = {};
    setup.put("a.torrent", "other");
  };
  setup.pass(20s);
  CHECK(setup.asked == std::vector<std::string>{"first", "other"});
  CHECK_FALSE(setup.there("a.torrent"));
}

TEST_CASE("a folder that is called .torrent is left alone") {
  Setup setup;
  (void)setup.files.make_folders(*SafePath::root("/data/watched")->child("a.torrent"), false);
  setup.pass(10s);
  CHECK(setup.asked.empty());
  CHECK(setup.there("a.torrent"));
}

TEST_CASE("a .torrent that is still written is left until it stays as it is") {
  Setup setup;
  for (int i = 0; i < 10; ++i) {
    setup.put("a.torrent", std::string(static_cast<std::size_t>(i) + 1, 'x'));
    setup.pass(2s);
  }
  CHECK(setup.asked.empty());
  setup.pass(4s);
  CHECK(setup.asked.size() == 1);
}

TEST_CASE("an empty or cut-short .torrent is left alone until it has stayed so for a minute") {
  for (const std::string content : {"", "d4:infod6:leng", "d4:info", "d8:announce100:http"}) {
    CAPTURE(content);
    Setup setup;
    setup.outcome = {Fate::refused, "no torrent"};
    setup.put("a.torrent", content);
    setup.pass(55s);
    CHECK(setup.there("a.torrent"));
    CHECK(setup.asked.empty());
    // Its writer goes on, and stops again.
    setup.put("a.torrent", content + "1");
    setup.pass(55s);
    CHECK(setup.there("a.torrent"));
    CHECK(setup.asked.empty());
    setup.pass(10s);
    CHECK(setup.asked.size() == 1);
    CHECK(setup.there("a.torrent.invalid"));
  }
}

TEST_CASE("a .torrent that was cut short is added soon after the rest of it has come") {
  Setup setup;
  setup.put("a.torrent");
  setup.put("b.torrent", "");
  setup.pass(20s);
  CHECK(setup.asked.size() == 1);
  setup.put("b.torrent", "d4:infodee");
  setup.pass(6s);
  CHECK(setup.asked.size() == 2);
  CHECK(setup.there("b.torrent.added"));
}

}  // namespace
}  // namespace seed::session
