#include "core/uv/mailbox.h"

#include <array>
#include <atomic>
#include <thread>

#include "core/base/limits.h"
#include "tests/adapters/core/uv/support.h"

using namespace seed;
using namespace seed::uv;
using namespace seed::uv::test;

TEST_CASE("letters of eight threads arrive, each thread's in order") {
  Loop loop;
  Mailbox box(loop);
  constexpr int each = 2000;
  std::array<int, 8> next{};
  bool ordered = true;
  int opened = 0;
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < next.size(); ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) {
        io::Mailbox::Letter letter = [&, t, i] {
          ordered = ordered && next[t] == i;
          ++next[t];
          ++opened;
        };
        while (!box.post(std::move(letter))) std::this_thread::yield();
      }
    });
  CHECK(loop.run_until([&] { return opened == 8 * each; }, bound));
  for (auto& thread : threads) thread.join();
  CHECK(ordered);
}

TEST_CASE("a full box takes no more and leaves the letter to its writer") {
  Loop loop;
  Mailbox box(loop);
  std::size_t opened = 0;
  for (std::size_t i = 0; i < limits::mailbox_max; ++i) REQUIRE(box.post([&] { ++opened; }));
  io::Mailbox::Letter extra = [&] { opened += 1000; };
  CHECK_FALSE(box.post(std::move(extra)));
  CHECK(extra != nullptr);
  REQUIRE(loop.run_until([&] { return opened == limits::mailbox_max; }, bound));
  CHECK(box.post(std::move(extra)));
  CHECK(loop.run_until([&] { return opened == limits::mailbox_max + 1000; }, bound));
}

TEST_CASE("a closed box drops its letters and takes none, also while threads post") {
  Loop loop;
  auto box = std::make_unique<Mailbox>(loop);
  std::atomic<bool> closed = false;
  std::vector<std::thread> threads;
  std::atomic<int> taken = 0;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      while (!closed)
        if (box->post([] {})) ++taken;
    });
  CHECK(loop.run_until([&] { return taken > 1000; }, bound));
  box->close();
  CHECK_FALSE(box->post([] {}));
  closed = true;
  for (auto& thread : threads) thread.join();
  box.reset();
}

TEST_CASE("a letter may close or destroy its box") {
  Loop loop;
  auto box = std::make_unique<Mailbox>(loop);
  bool opened = false;
  bool second = false;
  REQUIRE(box->post([&] {
    box.reset();
    opened = true;
  }));
  REQUIRE(box->post([&] { second = true; }));
  REQUIRE(loop.run_until([&] { return opened; }, bound));
  CHECK_FALSE(loop.run_until([&] { return second; }, 5ms));
}
