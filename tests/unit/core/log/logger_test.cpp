#include "core/log/logger.h"

#include "core/log/log.h"
#include "tests/unit/core/log/captured.h"

namespace seed::log {
namespace {

TEST_CASE("a default logger is silent") {
  const Logger logger;
  CHECK_FALSE(logger.enabled(Level::error));
  logger.error("nobody hears this", {{"a", 1}});
  logger.child("b").info("nor this");
}

TEST_CASE("a child has its parent's name in front") {
  const test::Captured captured;
  {
    const Log log({.journal = true, .fd = captured.fd()});
    const Logger parent = log.logger("session");
    const Logger child = parent.child("tracker");
    Logger copy;
    copy = child;
    CHECK(copy.name() == "session.tracker");
    copy.info("hello");
    log.logger("").child("bare").info("hello");
  }
  CHECK(captured.text() == "<6>session.tracker: hello\n<6>bare: hello\n");
}

TEST_CASE("an unfiltered logger writes whatever the level is, and so do its children") {
  const test::Captured captured;
  {
    const Log log({.level = Level::off, .journal = true, .fd = captured.fd()});
    const Logger audit = log.logger("audit").unfiltered();
    CHECK(audit.enabled(Level::info));
    audit.info("hello");
    audit.child("login").info("hello");
    log.logger("audit").error("nobody hears this");
  }
  CHECK(captured.text() == "<6>audit: hello\n<6>audit.login: hello\n");
  CHECK_FALSE(Logger().unfiltered().enabled(Level::error));
}

}  // namespace
}  // namespace seed::log
