#include "core/uv/child_process.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <optional>
#include <sstream>

#include "core/uv/signals.h"
#include "tests/adapters/core/uv/support.h"

using namespace seed;
using namespace seed::uv;
using seed::uv::test::bound;
using seed::uv::test::TempFolder;

namespace {

/// A program in shell that may be run.
std::string script(const TempFolder& folder, const std::string& body) {
  const std::string path = folder / "script";
  std::ofstream(path) << "#!/bin/sh\n" << body << '\n';
  REQUIRE(::chmod(path.c_str(), 0755) == 0);
  return path;
}

std::string content_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

/// Runs it until it has ended.
Result<ProgramEnd> outcome_of(Loop& loop, const Program& program) {
  std::optional<Result<ProgramEnd>> out;
  const ChildProcess child(loop, program, [&](Result<ProgramEnd> end) { out = std::move(end); });
  REQUIRE_FALSE(out.has_value());
  REQUIRE(loop.run_until([&] { return out.has_value(); }, bound));
  return *out;
}

ProgramEnd end_of(Loop& loop, const Program& program) {
  const auto out = outcome_of(loop, program);
  REQUIRE(out.has_value());
  return *out;
}

bool has_children() { return ::waitpid(-1, nullptr, WNOHANG) == 0 || errno != ECHILD; }

}  // namespace

TEST_CASE("a program's status is told when it has ended, and no zombie is left") {
  Loop loop;
  const TempFolder folder;
  const auto end = end_of(loop, {script(folder, "exit 3"), {}});
  CHECK(end.status == 3);
  CHECK(end.signal == 0);
  CHECK_FALSE(end.well());
  CHECK(end_of(loop, {script(folder, "exit 0"), {}}).well());
  CHECK_FALSE(has_children());
}

TEST_CASE("a program that a signal ended says which") {
  Loop loop;
  const TempFolder folder;
  const auto end = end_of(loop, {script(folder, "kill -KILL $$"), {}});
  CHECK(end.signal == SIGKILL);
  CHECK_FALSE(end.well());
}

TEST_CASE("a program has the environment it is given and no other") {
  Loop loop;
  const TempFolder folder;
  const std::string out = folder / "out";
  ::setenv("SEED_TEST_OURS", "ours", 1);
  const auto path =
      script(folder, "echo \"$TR_TORRENT_NAME|${SEED_TEST_OURS-none}|$PWD\" > \"$OUT\"");
  CHECK(end_of(loop, {path, {"TR_TORRENT_NAME=a b; $(c) \"d", "OUT=" + out}}).well());
  CHECK(content_of(out) == "a b; $(c) \"d|none|/\n");
}

TEST_CASE("a program has none of our descriptors, input or output") {
  Loop loop;
  const TempFolder folder;
  const std::string out = folder / "out";
  // As a library might open one.
  const int leaky = ::open("/dev/zero", O_RDONLY);
  REQUIRE(leaky >= 0);
  REQUIRE(::fcntl(leaky, F_SETFD, 0) == 0);
  const auto path = script(folder,
                           "found=$(for fd in 0 1 2; do readlink /proc/$$/fd/$fd; done)\n"
                           "leaked=$(ls -l /proc/$$/fd | grep -c /dev/zero)\n"
                           "echo \"$found $leaked\" > \"$OUT\"");
  CHECK(end_of(loop, {path, {"PATH=/usr/bin:/bin", "OUT=" + out}}).well());
  CHECK(content_of(out) == "/dev/null\n/dev/null\n/dev/null 0\n");
  ::close(leaky);
}

TEST_CASE("a program that cannot be run is a fault that names it, and the loop goes on") {
  Loop loop;
  const TempFolder folder;
  const auto missing = outcome_of(loop, {folder / "missing", {}});
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().code == FaultCode::not_found);
  CHECK(missing.error().text.find(folder / "missing") != std::string::npos);

  std::ofstream(folder / "plain") << "no program\n";
  const auto plain = outcome_of(loop, {folder / "plain", {}});
  REQUIRE_FALSE(plain.has_value());
  CHECK(plain.error().code == FaultCode::permission);

  CHECK(end_of(loop, {script(folder, "exit 0"), {}}).well());
  CHECK_FALSE(has_children());
}

TEST_CASE("programs that run at once end each for itself") {
  Loop loop;
  const TempFolder folder;
  const std::string path = script(folder, "exit \"$STATUS\"");
  std::vector<int> ended;
  std::vector<std::unique_ptr<ChildProcess>> children;
  for (int status = 0; status < 8; ++status)
    children.push_back(std::make_unique<ChildProcess>(
        loop, Program{path, {fmt::format("STATUS={}", status)}}, [&](Result<ProgramEnd> end) {
          REQUIRE(end.has_value());
          ended.push_back(end->status);
        }));
  REQUIRE(loop.run_until([&] { return ended.size() == children.size(); }, bound));
  std::ranges::sort(ended);
  CHECK(ended == std::vector{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK_FALSE(has_children());
}

TEST_CASE("a program whose owner goes is not told of and not ended") {
  const TempFolder folder;
  const std::string begun = folder / "begun";
  const std::string go = folder / "go";
  const std::string out = folder / "out";
  REQUIRE(::mkfifo(go.c_str(), 0600) == 0);
  bool told = false;
  {
    Loop loop;
    const ChildProcess child(
        loop,
        {script(folder, ": > \"$BEGUN\"; read line < \"$GO\"; echo \"$line\" > \"$OUT\""),
         {"BEGUN=" + begun, "GO=" + go, "OUT=" + out}},
        [&](const Result<ProgramEnd>&) { told = true; });
    // A file that appears makes no turn, after which run_until looks.
    const Ticker turns(loop, 1ms, [] {});
    REQUIRE(loop.run_until([&] { return std::filesystem::exists(begun); }, bound));
  }
  // Opening waits for the program that reads; it is still there.
  std::ofstream(go) << "went on\n";
  int status = -1;
  REQUIRE(::waitpid(-1, &status, 0) > 0);
  CHECK(status == 0);
  CHECK(content_of(out) == "went on\n");
  CHECK_FALSE(told);
}

TEST_CASE("the owner may go before the program was launched") {
  const TempFolder folder;
  bool told = false;
  {
    Loop loop;
    for (int i = 0; i < 20; ++i)
      const ChildProcess child(loop, {script(folder, "exit 0"), {}},
                               [&](const Result<ProgramEnd>&) { told = true; });
  }
  // Some may have been launched all the same.
  while (::waitpid(-1, nullptr, 0) > 0) continue;
  CHECK(errno == ECHILD);
  CHECK_FALSE(told);
}

TEST_CASE("the owner may go while it is told of the end") {
  Loop loop;
  const TempFolder folder;
  std::unique_ptr<ChildProcess> child;
  bool told = false;
  child = std::make_unique<ChildProcess>(loop, Program{script(folder, "exit 0"), {}},
                                         [&](const Result<ProgramEnd>&) {
                                           child.reset();
                                           told = true;
                                         });
  CHECK(loop.run_until([&] { return told; }, bound));
}

TEST_CASE("a program finds signals as they were made") {
  Loop loop;
  const TempFolder folder;
  // SIGPIPE, which we ignore, ends it; sh cannot take back what was ignored when it began.
  CHECK(end_of(loop, {script(folder, "kill -PIPE $$; exit 0"), {}}).signal == SIGPIPE);
}
