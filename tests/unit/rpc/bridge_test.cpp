#include "rpc/bridge.h"

#include <vector>

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
