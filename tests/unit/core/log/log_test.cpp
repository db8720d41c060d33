#include "core/log/log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <regex>
#include <thread>

#include "tests/unit/core/log/captured.h"

namespace seed::log {
namespace {

using test::Captured;

TEST_CASE("a line in text has time, level, name, message and fields") {
  const Captured captured;
  {
    const Log log({.fd = captured.fd()});
    const std::string host = "tracker.example";
    log.logger("tracker").info("announce failed",
                               {{"host", host}, {"error", "no route"}, {"tries", 3}});
  }
  const std::regex form(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info  tracker: announce failed )"
                        R"(host=tracker.example error="no route" tries=3\n)");
  CAPTURE(captured.text());
  CHECK(std::regex_match(captured.text(), form));
}

TEST_CASE("a line for the journal has a priority and no time") {
  const Captured captured;
  {
    const Log log({.journal = true, .fd = captured.fd()});
    log.logger("dht").warn("late");
    log.logger("dht").error("lost");
  }
  CHECK(captured.text() == "<4>dht: late\n<3>dht: lost\n");
}

TEST_CASE("a line in JSON is one object") {
  const Captured captured;
  {
    const Log log({.format = Format::json, .fd = captured.fd()});
    log.logger("dht").warn("late", {{"node", "a\"b"}, {"ms", 12}});
  }
  const std::regex form(R"(\{"time":"[-0-9T:.]+Z","level":"warn","name":"dht","message":"late",)"
                        R"("node":"a\\"b","ms":12\}\n)");
  CAPTURE(captured.text());
  CHECK(std::regex_match(captured.text(), form));
}

TEST_CASE("what is below the level is not written, and the level changes for all loggers") {
  const Captured captured;
  {
    Log log({.level = Level::warn, .journal = true, .fd = captured.fd()});
    const Logger logger = log.logger("a");
    CHECK_FALSE(logger.enabled(Level::info));
    CHECK(logger.enabled(Level::warn));
    CHECK_FALSE(logger.enabled(Level::off));
    logger.info("not this");
    logger.warn("1");
    log.set_level(Level::trace);
    logger.trace("2");
    logger.debug("3");
    log.set_level(Level::off);
    logger.error("not this");
  }
  CHECK(captured.text() == "<4>a: 1\n<7>a: 2\n<7>a: 3\n");
}

TEST_CASE("all that was logged is written before a log is gone, in order") {
  const Captured captured;
  std::string expected;
  {
    const Log log({.journal = true, .fd = captured.fd()});
    const auto logger = log.logger("a");
    for (int i = 0; i < 5000; ++i) {
      logger.info("line", {{"i", i}});
      expected += fmt::format("<6>a: line i={}\n", i);
    }
    CHECK(log.lost() == 0);
  }
  CHECK(captured.text() == expected);
}

TEST_CASE("a reader that does not read costs the oldest lines, not the caller's time") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  std::string last;
  std::thread reader;
  {
    const Log log({.journal = true, .fd = ends[1]});
    const auto logger = log.logger("a");
    // A pipe holds 64 KiB and the queue 8192 lines.
    const std::string filler(100, 'x');
    for (int i = 0; i < 20'000; ++i) logger.info(filler, {{"i", i}});
    CHECK(log.lost() > 10'000);
    CHECK(log.lost() < 20'000 - 8000);
    reader = std::thread([&] {
      std::array<char, 65536> part{};
      for (ssize_t count = 0; (count = ::read(ends[0], part.data(), part.size())) > 0;)
        last = (last + std::string(part.data(), static_cast<std::size_t>(count)));
    });
  }
  ::close(ends[1]);
  reader.join();
  ::close(ends[0]);
  CHECK(last.ends_with("i=19999\n"));
}

TEST_CASE("two logs and many threads do not mix lines") {
  const Captured one;
  const Captured two;
  {
    const Log first({.journal = true, .fd = one.fd()});
    const Log second({.journal = true, .fd = two.fd()});
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread)
      threads.emplace_back([&, thread] {
        for (int i = 0; i < 200; ++i) (thread % 2 == 0 ? first : second).logger("t").info("line");
      });
    for (auto& thread : threads) thread.join();
  }
  std::string expected;
  for (int i = 0; i < 400; ++i) expected += "<6>t: line\n";
  CHECK(one.text() == expected);
  CHECK(two.text() == expected);
}

TEST_CASE("a full pipe that does not block holds up nobody for long") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_NONBLOCK) == 0);
  {
    const Log log({.journal = true, .fd = ends[1]});
    // A pipe holds 64 KiB: most of these are lost, after one wait of 100 ms in all.
    for (int i = 0; i < 2000; ++i) log.logger("a").info(std::string(100, 'x'));
  }
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("a descriptor that cannot be written harms nobody") {
  const Log log({.fd = -1});
  log.logger("a").error("nowhere to go");
}

TEST_CASE("the journal is known by its device and inode") {
  const Captured captured;
  struct stat there{};
  REQUIRE(::fstat(captured.fd(), &there) == 0);
  CHECK(is_journal(captured.fd(), fmt::format("{}:{}", there.st_dev, there.st_ino)));
  CHECK_FALSE(is_journal(captured.fd(), fmt::format("{}:{}", there.st_dev, there.st_ino + 1)));
  CHECK_FALSE(is_journal(captured.fd(), ""));
  CHECK_FALSE(is_journal(-1, "1:1"));
}

}  // namespace
}  // namespace seed::log
