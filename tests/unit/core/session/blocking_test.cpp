#include "core/session/blocking.h"

#include "core/base/limits.h"
#include "core/log/log.h"
#include "tests/unit/core/log/captured.h"
#include "tests/unit/core/session/fetch_double.h"
#include "tests/unit/core/session/fixture.h"

namespace seed::session {
namespace {

using test::FetchDouble;
using test::reply_of;

const std::string kept_path = "/state/blocklist";

IpAddress at(const char* text) { return *IpAddress::parse(text); }

struct ClockDouble final : io::Clock {
  Instant now() const override { return at; }
  WallTime wall() const override { return wall_at; }
  io::Clock::LocalTime local() const override { return {}; }
  Instant at{1h};
  WallTime wall_at = from_unix_seconds(1'000'000'000);
};

struct Setup {
  ClockDouble clock;
  seed::test::FakeFiles files;
  test::MemoryStore store;
  seed::test::InlineWorkers workers{files, store};
  FetchDouble http;
  int changes = 0;
  Blocking blocking;
  config::Settings settings;
  std::optional<OrderResult<BlocklistReply>> answer;

  explicit Setup(log::Logger log = {})
      : blocking(clock, workers, http, "/state", [this] { ++changes; }, std::move(log)) {
    files.mount("/state");
    files.mount("/in");
    settings.blocklist_enabled = true;
    settings.blocklist_url = "https://example.org/list.gz";
    configure();
    changes = 0;
  }
  void configure() { blocking.configure(settings, {.user_agent = "seedd test"}); }
  void load() {
    blocking.load([] {});
    workers.run_all();
  }
  void update() {
    answer.reset();
    blocking.update([this](OrderResult<BlocklistReply> result) { answer = std::move(result); });
    workers.run_all();
  }
  void update_with(std::string_view list, int status = 200) {
    update();
    http.answers.back()(reply_of(status, list));
    workers.run_all();
  }
  OrderErrorCode error_code() const {
    return answer && !*answer ? answer->error().code : OrderErrorCode();
  }
};

TEST_CASE("a list is fetched, kept and used") {
  Setup setup;
  setup.update_with("a:192.0.2.0-192.0.2.255\n2001:db8::/32\n");
  REQUIRE(setup.http.requests.size() == 1);
  CHECK(setup.http.requests[0].url == "https://example.org/list.gz");
  CHECK(setup.http.requests[0].user_agent == "seedd test");
  CHECK_FALSE(setup.http.requests[0].private_addresses_allowed);
  REQUIRE(setup.answer.has_value());
  REQUIRE(setup.answer->has_value());
  CHECK((*setup.answer)->rules == 2);
  CHECK(setup.blocking.size() == 2);
  CHECK(setup.changes == 1);
  CHECK(setup.blocking.blocks(at("192.0.2.7")));
  CHECK(setup.blocking.blocks(at("2001:db8::7")));
  CHECK_FALSE(setup.blocking.blocks(at("192.0.3.1")));
  CHECK(setup.files.is_there(kept_path));
}

TEST_CASE("who is turned away is counted") {
  Setup setup;
  setup.update_with("192.0.2.1\n");
  CHECK(setup.blocking.turns_away(at("192.0.2.1")));
  CHECK_FALSE(setup.blocking.turns_away(at("192.0.2.2")));
  CHECK(setup.blocking.turned_away() == 1);
}

TEST_CASE("a list that is off blocks nobody and keeps its size") {
  Setup setup;
  setup.settings.blocklist_enabled = false;
  setup.configure();
  setup.update_with("192.0.2.1\n");
  CHECK(setup.blocking.size() == 1);
  CHECK_FALSE(setup.blocking.blocks(at("192.0.2.1")));
  CHECK(setup.changes == 0);
  setup.settings.blocklist_enabled = true;
  setup.configure();
  CHECK(setup.changes == 1);
  CHECK(setup.blocking.blocks(at("192.0.2.1")));
}

TEST_CASE("what was kept is loaded at the start") {
  Buffer kept;
  {
    Setup setup;
    setup.update_with("192.0.2.1\n192.0.2.9\n");
    kept = *setup.files.content(kept_path);
  }
  Setup setup;
  setup.files.put(kept_path, kept);
  setup.load();
  CHECK(setup.blocking.size() == 2);
  CHECK(setup.blocking.blocks(at("192.0.2.9")));
  CHECK(setup.changes == 1);
}

TEST_CASE("what was kept does not take the place of a list fetched meanwhile") {
  Setup setup;
  setup.update_with("192.0.2.1\n192.0.2.9\n");
  const Buffer old = *setup.files.content(kept_path);
  Setup later;
  later.files.put(kept_path, old);
  later.blocking.load([] {});
  later.blocking.update([](const OrderResult<BlocklistReply>&) {});
  later.http.answers.at(0)(reply_of(200, "198.51.100.1\n"));
  // The list that was fetched is there first.
  later.workers.run_last();
  later.workers.run_all();
  CHECK(later.blocking.size() == 1);
  CHECK(later.blocking.blocks(at("198.51.100.1")));
}

TEST_CASE("a kept list that is damaged blocks nobody and stands in no update's way") {
  Setup setup;
  setup.files.put(kept_path, as_bytes("rubbish"));
  setup.load();
  CHECK(setup.blocking.size() == 0);
  setup.update_with("192.0.2.1\n");
  CHECK(setup.blocking.size() == 1);
}

TEST_CASE("a list without a rule, or none at all, leaves the old one") {
  Setup setup;
  setup.update_with("192.0.2.1\n");
  const auto kept = setup.files.content(kept_path);
  setup.update_with("<html>");
  CHECK(setup.error_code() == OrderErrorCode::no_blocklist_rules);
  setup.update_with("198.51.100.1\n", 404);
  CHECK(setup.error_code() == OrderErrorCode::http_error);
  CHECK(setup.answer->error().text == "Couldn't fetch blocklist: Not Found (404)");
  setup.update();
  setup.http.answers.back()(fail(FaultCode::unreachable, "example.org: no such name"));
  CHECK(setup.error_code() == OrderErrorCode::http_error);
  CHECK(setup.answer->error().text == "Couldn't fetch blocklist: example.org: no such name (0)");
  CHECK(setup.blocking.blocks(at("192.0.2.1")));
  CHECK(setup.blocking.size() == 1);
  CHECK(setup.files.content(kept_path) == kept);
}

TEST_CASE("a list that cannot be kept is not used either") {
  Setup setup;
  setup.files.set_hook([](seed::test::FileOp op, const std::string&) {
    return op == seed::test::FileOp::save
               ? std::optional(seed::test::FileFault{{FaultCode::disk_full, 28, "no room"}})
               : std::nullopt;
  });
  setup.update_with("192.0.2.1\n");
  CHECK(setup.error_code() == OrderErrorCode::system_error);
  CHECK(setup.blocking.size() == 0);
}

TEST_CASE("a list of this host is named by its path or a file URL") {
  for (const char* url :
       {"/in/a list", "file:///in/a%20list", "FILE://localhost/in/a%20list", "file:/in/a list"}) {
    CAPTURE(url);
    Setup setup;
    setup.files.put("/in/a list", as_bytes("192.0.2.1\n"));
    setup.settings.blocklist_url = url;
    setup.configure();
    setup.update();
    CHECK(setup.blocking.size() == 1);
    CHECK(setup.http.requests.empty());
  }
  for (const char* url : {"", "list", "ftp://a/list", "file://host/in/a", "file:///in/%zz",
                          "file:///missing", "/missing"}) {
    CAPTURE(url);
    Setup setup;
    setup.settings.blocklist_url = url;
    setup.configure();
    setup.update();
    CHECK(setup.error_code() == OrderErrorCode::http_error);
    CHECK(setup.answer->error().text.starts_with("Couldn't fetch blocklist: "));
    CHECK(setup.answer->error().text.ends_with(" (0)"));
  }
}

TEST_CASE("all who ask while a list is fetched hear of the one update") {
  Setup setup;
  int answered = 0;
  for (int i = 0; i < 3; ++i)
    setup.blocking.update(
        [&](const OrderResult<BlocklistReply>& result) { answered += result ? 1 : 0; });
  REQUIRE(setup.http.requests.size() == 1);
  setup.http.answers[0](reply_of(200, "192.0.2.1\n"));
  setup.workers.run_all();
  CHECK(answered == 3);
}

TEST_CASE("who waited long enough is told so, and the update goes on") {
  Setup setup;
  setup.update();
  setup.clock.at += limits::blocklist_wait_max - 1s;
  setup.blocking.on_second();
  CHECK_FALSE(setup.answer.has_value());
  setup.clock.at += 1s;
  setup.blocking.on_second();
  CHECK(setup.error_code() == OrderErrorCode::http_error);
  setup.http.answers[0](reply_of(200, "192.0.2.1\n"));
  setup.workers.run_all();
  CHECK(setup.blocking.size() == 1);
}

TEST_CASE("an update is due after so many days, and after a failure within the hour") {
  Setup setup;
  setup.settings.blocklist_update_days = 2;
  setup.configure();
  setup.blocking.on_second();
  CHECK(setup.http.requests.empty());  // what was kept has not been looked at
  setup.load();
  setup.blocking.on_second();
  REQUIRE(setup.http.requests.size() == 1);
  setup.blocking.on_second();
  CHECK(setup.http.requests.size() == 1);
  setup.http.answers[0](fail(FaultCode::unreachable, "away"));
  setup.blocking.on_second();
  CHECK(setup.http.requests.size() == 1);
  setup.clock.at += limits::blocklist_retry;
  setup.blocking.on_second();
  REQUIRE(setup.http.requests.size() == 2);
  setup.http.answers[1](reply_of(200, "192.0.2.1\n"));
  setup.workers.run_all();
  setup.clock.at += 47h;
  setup.clock.wall_at += 47h;
  setup.blocking.on_second();
  CHECK(setup.http.requests.size() == 2);
  setup.clock.wall_at += 1h;
  setup.blocking.on_second();
  CHECK(setup.http.requests.size() == 3);
  setup.http.answers[2](fail(FaultCode::unreachable, "away"));
  setup.settings.blocklist_update_days = 0;
  setup.configure();
  setup.clock.at += 2 * limits::blocklist_retry;
  setup.clock.wall_at += 24h * 30;
  setup.blocking.on_second();
  CHECK(setup.http.requests.size() == 3);
}

TEST_CASE("another URL is fetched at once for who waits, and what was fetched is dropped") {
  Setup setup;
  setup.update();
  setup.settings.blocklist_url = "https://example.org/other";
  setup.configure();
  CHECK(setup.http.cancelled == std::vector<std::uint32_t>{1});
  REQUIRE(setup.http.requests.size() == 2);
  CHECK(setup.http.requests[1].url == "https://example.org/other");
  CHECK_FALSE(setup.answer.has_value());
  setup.http.answers[1](reply_of(200, "192.0.2.1\n"));
  // It is read while the URL changes again.
  setup.settings.blocklist_url = "https://example.org/third";
  setup.configure();
  setup.workers.run_all();
  CHECK(setup.blocking.size() == 0);
  CHECK_FALSE(setup.files.is_there(kept_path));
  CHECK_FALSE(setup.answer.has_value());
  REQUIRE(setup.http.requests.size() == 3);
  setup.http.answers[2](reply_of(200, "192.0.2.8\n192.0.2.9\n"));
  setup.workers.run_all();
  CHECK(setup.blocking.size() == 2);
  CHECK(setup.answer.has_value());
}

TEST_CASE("another URL is due at once, also after a failure, and the same one is not") {
  Setup setup;
  setup.settings.blocklist_update_days = 7;
  setup.configure();
  setup.load();
  setup.update_with("192.0.2.1\n");
  setup.configure();
  setup.blocking.on_second();
  CHECK(setup.http.requests.size() == 1);
  setup.settings.blocklist_url = "https://example.org/other";
  setup.configure();
  CHECK(setup.http.requests.size() == 1);
  setup.blocking.on_second();
  REQUIRE(setup.http.requests.size() == 2);
  setup.http.answers[1](fail(FaultCode::unreachable, "away"));
  setup.settings.blocklist_url = "https://example.org/third";
  setup.configure();
  setup.blocking.on_second();
  CHECK(setup.http.requests.size() == 3);
}

TEST_CASE("an update that comes to no end is given up, and the next begins") {
  Setup setup;
  SECTION("its server does not answer") {
    setup.update();
    setup.clock.at += limits::blocklist_update_max;
    setup.blocking.on_second();
    CHECK(setup.error_code() == OrderErrorCode::http_error);
    CHECK(setup.http.cancelled == std::vector<std::uint32_t>{1});
  }
  SECTION("its disk does not answer, and then it does") {
    setup.settings.blocklist_url = "/in/list";
    setup.configure();
    setup.files.put("/in/list", as_bytes("198.51.100.1\n"));
    setup.blocking.update([](const OrderResult<BlocklistReply>&) {});
    setup.workers.run_next();
    setup.clock.at += limits::blocklist_update_max;
    setup.blocking.on_second();
    setup.settings.blocklist_url = "https://example.org/list";
    setup.configure();
  }
  setup.update_with("192.0.2.1\n192.0.2.2\n");
  CHECK(setup.blocking.size() == 2);
  CHECK(setup.blocking.blocks(at("192.0.2.1")));
}

TEST_CASE("updates of disks that hang do not pile up") {
  Setup setup;
  setup.settings.blocklist_url = "/in/list";
  setup.configure();
  setup.files.put("/in/list", as_bytes("192.0.2.1\n"));
  const auto ask = [&setup] {
    setup.answer.reset();
    setup.blocking.update(
        [&setup](OrderResult<BlocklistReply> result) { setup.answer = std::move(result); });
  };
  const auto give_up = [&setup] {
    setup.clock.at += limits::blocklist_update_max;
    setup.blocking.on_second();
    CHECK(setup.error_code() == OrderErrorCode::http_error);
  };
  for (std::size_t i = 0; i < limits::blocklist_jobs_max; ++i) {
    ask();
    give_up();
  }
  ask();
  CHECK(setup.error_code() == OrderErrorCode::http_error);
  CHECK(setup.workers.waiting() == limits::blocklist_jobs_max);
  // Those from elsewhere go on, until the disk they are kept on hangs too.
  setup.settings.blocklist_url = "https://example.org/list";
  setup.configure();
  for (std::size_t i = 0; i < limits::blocklist_jobs_max; ++i) {
    ask();
    setup.http.answers.at(i)(reply_of(200, "192.0.2.1\n"));
    give_up();
  }
  ask();
  CHECK(setup.error_code() == OrderErrorCode::system_error);
  CHECK(setup.http.requests.size() == limits::blocklist_jobs_max);
  setup.workers.run_all();
  CHECK(setup.blocking.size() == 0);
  setup.update_with("192.0.2.1\n");
  CHECK(setup.blocking.size() == 1);
}

TEST_CASE("what was kept is loaded before a list is read") {
  Setup setup;
  setup.settings.blocklist_url = "/in/list";
  setup.configure();
  std::vector<std::string> loaded;
  setup.files.set_hook([&](seed::test::FileOp op, const std::string& path) {
    if (op == seed::test::FileOp::load) loaded.push_back(path);
    return std::optional<seed::test::FileFault>();
  });
  setup.blocking.update([](const OrderResult<BlocklistReply>&) {});
  setup.load();
  CHECK(loaded == std::vector<std::string>{kept_path, "/in/list"});
}

TEST_CASE("who waits for the kept list hears of it when it is there, or not to be had") {
  Setup setup;
  bool there = false;
  SECTION("it is there") { setup.files.put(kept_path, blocklist::Table().encode()); }
  SECTION("there is none") {}
  SECTION("it is none") { setup.files.put(kept_path, Buffer(100, 1)); }
  setup.blocking.load([&] { there = true; });
  CHECK_FALSE(there);
  setup.workers.run_all();
  CHECK(there);
}

TEST_CASE("a list that is too large is said to be so") {
  Setup setup;
  std::string text;
  for (std::size_t i = 0; i <= limits::blocklist_rules_max; ++i) text += "1.2.3.4\n";
  setup.update_with(text);
  CHECK(setup.error_code() == OrderErrorCode::system_error);
  CHECK(setup.answer->error().text.find("rules") != std::string::npos);
}

TEST_CASE("at the end what is under way is called off, and nothing is begun") {
  Setup setup;
  setup.settings.blocklist_update_days = 1;
  setup.configure();
  setup.load();
  setup.blocking.update([](const OrderResult<BlocklistReply>&) {});
  setup.http.answers.at(0)(reply_of(200, "192.0.2.1\n"));
  setup.blocking.shut_down();
  setup.workers.run_all();
  CHECK(setup.blocking.size() == 0);
  CHECK_FALSE(setup.files.is_there(kept_path));
  setup.clock.at += 24h;
  setup.blocking.on_second();
  setup.settings.blocklist_url = "https://example.org/other";
  setup.configure();
  CHECK(setup.http.requests.size() == 1);
}

}  // namespace
}  // namespace seed::session
