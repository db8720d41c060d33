#include "rpc/bridge.h"

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "core/base/limits.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

namespace {

/// Opens a letter at once, keeps it, drops it, or is full.
struct Box final : io::Mailbox {
  enum class Does { open, keep, drop, full } does = Does::open;
  std::vector<Letter> kept;

  bool post(Letter&& letter) override {
    if (does == Does::full) return false;
    Letter taken = std::move(letter);
    if (does == Does::open) taken();
    if (does == Does::keep) kept.push_back(std::move(taken));
    return true;
  }
};

}  // namespace

TEST_CASE("an answer comes back over the bridge") {
  Box box;
  Bridge bridge(box);
  CHECK(bridge.ask<int>([](Responder<int> responder) { responder.answer(7); }).value() == 7);
  const auto failed = bridge.ask<int>([](Responder<int> responder) {
    responder.answer(
        std::unexpected(session::OrderError{session::OrderErrorCode::http_error, "no"}));
  });
  CHECK(failed.error().code == 8);
  CHECK(failed.error().text == "no");
}

TEST_CASE("a dropped responder answers by itself") {
  Box box;
  Bridge bridge(box);
  CHECK(bridge.ask<int>([](Responder<int>) {}).error().code == internal_error);
  box.does = Box::Does::drop;
  CHECK(bridge.ask<int>([](Responder<int>) {}).error().code == internal_error);
}

TEST_CASE("a full mailbox is busy") {
  Box box;
  box.does = Box::Does::full;
  Bridge bridge(box);
  CHECK(bridge.ask<int>([](Responder<int>) {}).error().busy);
}

TEST_CASE("an answer that is late is not waited for, and its order is not begun any more") {
  Box box;
  box.does = Box::Does::keep;
  Bridge bridge(box, 1ms);
  bool begun = false;
  const auto answer = bridge.ask<int>([&](Responder<int>) { begun = true; });
  CHECK(answer.error().text == "timed out");
  box.kept.front()();
  CHECK_FALSE(begun);
}

TEST_CASE("a closed bridge lets nobody wait and begins nothing") {
  Box box;
  Bridge bridge(box);
  bridge.close();
  bool begun = false;
  CHECK_FALSE(bridge.ask<int>([&](Responder<int>) { begun = true; }));
  CHECK_FALSE(begun);
  box.does = Box::Does::keep;
  const auto answer = bridge.ask<int>([&](Responder<int>) { begun = true; });
  CHECK(answer.error().text == "the daemon is stopping");
  CHECK_FALSE(begun);
}

TEST_CASE("the first of two answers counts") {
  Box box;
  Bridge bridge(box);
  const auto answer = bridge.ask<int>([](Responder<int> responder) {
    responder.answer(1);
    responder.answer(2);
  });
  CHECK(answer.value() == 1);
}

TEST_CASE("calls that wait leave places for those that do not") {
  /// Keeps the letters of many threads.
  struct Full final : io::Mailbox {
    std::array<Letter, limits::rpc_waiting_calls_max + 2> kept;
    std::atomic<std::size_t> begun = 0;
    std::atomic<std::size_t> done = 0;
    bool post(Letter&& letter) override {
      kept.at(begun++) = std::move(letter);
      ++done;
      return true;
    }
    std::size_t count() const { return done; }
  } full;
  Bridge bridge(full);
  std::vector<std::thread> waiting;
  for (std::size_t i = 0; i < limits::rpc_waiting_calls_max; ++i)
    waiting.emplace_back([&] { (void)bridge.ask<int>([](Responder<int>) {}); });
  while (full.count() < limits::rpc_waiting_calls_max) std::this_thread::yield();
  bool begun = false;
  const auto refused = bridge.ask<int>([&](Responder<int>) { begun = true; });
  CHECK(refused.error().busy);
  CHECK_FALSE(begun);
  CHECK(full.count() == limits::rpc_waiting_calls_max);
  std::thread prompt([&] {
    CHECK(bridge.ask<int>([](Responder<int> responder) { responder.answer(7); }, Wait::prompt)
              .value() == 7);
  });
  while (full.count() == limits::rpc_waiting_calls_max) std::this_thread::yield();
  for (std::size_t i = 0; i <= limits::rpc_waiting_calls_max; ++i) full.kept[i]();
  prompt.join();
  for (auto& thread : waiting) thread.join();
  // Their places are free again.
  std::thread late([&] { (void)bridge.ask<int>([](Responder<int>) {}); });
  while (full.count() < limits::rpc_waiting_calls_max + 2) std::this_thread::yield();
  full.kept.back()();
  late.join();
}
