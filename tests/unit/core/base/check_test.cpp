#include "core/base/check.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/marks.h"

namespace seed {
namespace {

TEST_CASE("a failed check says what and where, and aborts") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    ::dup2(ends[1], STDERR_FILENO);
    SEED_CHECK(1 + 1 == 3);
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text;
  std::array<char, 4096> part{};
  for (ssize_t count = 0; (count = ::read(ends[0], part.data(), part.size())) > 0;)
    text.append(part.data(), static_cast<std::size_t>(count));
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGABRT);
  CHECK(text.find("check failed: 1 + 1 == 3") != text.npos);
  CHECK(text.find("check_test.cpp:") != text.npos);
}

TEST_CASE("a check that holds evaluates once and goes on") {
  int times = 0;
  SEED_CHECK(++times == 1);
  CHECK(times == 1);
}

#ifdef SEED_MARKS
TEST_CASE("a mark is counted by its name") {
  const auto before = mark_count("a_mark_of_the_test");
  for (int i = 0; i < 3; ++i) SEED_MARK(a_mark_of_the_test);
  CHECK(mark_count("a_mark_of_the_test") == before + 3);
  CHECK(mark_count("a_mark_nobody_set") == 0);
  const auto names = test::marks_reached();
  CHECK(std::ranges::count(names, "a_mark_of_the_test") == 1);
}
#endif

}  // namespace
}  // namespace seed
