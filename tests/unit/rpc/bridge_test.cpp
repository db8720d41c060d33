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
  Bridge bridge(box, {.deadline = 1ms});
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

namespace {

/// Keeps the letters of many threads.
struct Full final : io::Mailbox {
  std::array<Letter, 2 * limits::http_threads> kept;
  std::atomic<std::size_t> begun = 0;
  std::atomic<std::size_t> done = 0;
  bool post(Letter&& letter) override {
    kept.at(begun++) = std::move(letter);
    ++done;
    return true;
  }
  void wait_for(std::size_t count) const {
    while (done < count) std::this_thread::yield();
  }
};

/// Calls on threads of their own, which nobody answers until `open`.
class Calls {
 public:
  Calls(Bridge& bridge, Full& box) : bridge_(bridge), box_(box) {}
  void begin(std::size_t count, Wait wait = Wait::disk) {
    for (std::size_t i = 0; i < count; ++i)
      threads_.emplace_back([this, wait] {
        if (bridge_.ask<int>([](Responder<int> responder) { responder.answer(7); }, wait) == 7)
          ++answered_;
      });
  }
  /// Answers the letters that come until `answers` calls have been answered.
  void open(std::size_t answers) {
    while (answered_ < answers)
      if (opened_ < box_.done)
        box_.kept.at(opened_++)();
      else
        std::this_thread::yield();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }
  void wait_in_line(std::size_t count) const {
    while (bridge_.in_line() < count) std::this_thread::yield();
  }

 private:
  Bridge& bridge_;
  Full& box_;
  std::vector<std::thread> threads_;
  std::atomic<std::size_t> answered_ = 0;
  std::size_t opened_ = 0;
};

constexpr Bridge::Patience patient{std::chrono::minutes(5), std::chrono::minutes(5)};

}  // namespace

TEST_CASE("calls that find no place wait for one, and leave threads for those that need none") {
  Full box;
  Bridge bridge(box, patient);
  Calls calls(bridge, box);
  calls.begin(limits::rpc_waiting_calls_max);
  box.wait_for(limits::rpc_waiting_calls_max);
  calls.begin(limits::rpc_queued_calls_max);
  calls.wait_in_line(limits::rpc_queued_calls_max);
  CHECK(box.done == limits::rpc_waiting_calls_max);
  // The line is full: one more is told so at once, and nothing of it is begun.
  bool begun = false;
  const auto refused = bridge.ask<int>([&](Responder<int>) { begun = true; });
  CHECK(refused.error().busy);
  CHECK_FALSE(begun);
  calls.begin(1, Wait::prompt);
  box.wait_for(limits::rpc_waiting_calls_max + 1);
  calls.open(limits::rpc_waiting_calls_max + limits::rpc_queued_calls_max + 1);
  CHECK(bridge.in_line() == 0);
  // Their places are free again.
  calls.begin(limits::rpc_waiting_calls_max);
  calls.open(2 * limits::rpc_waiting_calls_max + limits::rpc_queued_calls_max + 1);
}

TEST_CASE("calls that wait for a dead server leave places for those that wait for a disk") {
  Full box;
  Bridge bridge(box, patient);
  Calls calls(bridge, box);
  calls.begin(limits::rpc_fetching_calls_max + limits::rpc_queued_fetches_max, Wait::web);
  calls.wait_in_line(limits::rpc_queued_fetches_max);
  CHECK(box.done == limits::rpc_fetching_calls_max);
  CHECK(bridge.ask<int>([](Responder<int>) {}, Wait::web).error().busy);
  calls.begin(limits::rpc_waiting_calls_max - limits::rpc_fetching_calls_max);
  box.wait_for(limits::rpc_waiting_calls_max);
  calls.open(limits::rpc_waiting_calls_max + limits::rpc_queued_fetches_max);
}

TEST_CASE("a call that gets no place in time is busy and begins nothing") {
  Full box;
  Bridge bridge(box, {std::chrono::minutes(5), 1ms});
  Calls calls(bridge, box);
  calls.begin(limits::rpc_waiting_calls_max);
  box.wait_for(limits::rpc_waiting_calls_max);
  const auto refused = bridge.ask<int>([](Responder<int> responder) { responder.answer(7); });
  REQUIRE_FALSE(refused);
  CHECK(refused.error().busy);
  CHECK(box.done == limits::rpc_waiting_calls_max);
  CHECK(bridge.in_line() == 0);
  calls.open(limits::rpc_waiting_calls_max);
}

TEST_CASE("a bridge that closes lets nobody stand in line") {
  Full box;
  Bridge bridge(box, patient);
  Calls calls(bridge, box);
  calls.begin(limits::rpc_waiting_calls_max);
  box.wait_for(limits::rpc_waiting_calls_max);
  std::thread late([&] {
    const auto answer = bridge.ask<int>([](Responder<int>) {});
    CHECK(answer.error().text == "the daemon is stopping");
  });
  calls.wait_in_line(1);
  bridge.close();
  late.join();
  calls.open(0);
}
