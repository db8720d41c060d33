#include "core/session/queue_order.h"

#include <string>

#include "tests/support/catch.h"

namespace seed::session {
namespace {

/// The queue "abcde" after the move.
std::string moved(const std::string& chosen, QueueMove move) {
  std::vector<char> order{'a', 'b', 'c', 'd', 'e'};
  move_in_queue(order, std::vector<char>(chosen.begin(), chosen.end()), move);
  return {order.begin(), order.end()};
}

std::string placed(const std::string& chosen, std::int64_t position) {
  std::vector<char> order{'a', 'b', 'c', 'd', 'e'};
  place_in_queue(order, std::vector<char>(chosen.begin(), chosen.end()), position);
  return {order.begin(), order.end()};
}

TEST_CASE("to the top and to the bottom, those chosen keep their order") {
  CHECK(moved("db", QueueMove::top) == "bdace");
  CHECK(moved("db", QueueMove::bottom) == "acebd");
  CHECK(moved("", QueueMove::top) == "abcde");
}

TEST_CASE("one step passes one that was not chosen") {
  CHECK(moved("c", QueueMove::up) == "acbde");
  CHECK(moved("c", QueueMove::down) == "abdce");
  CHECK(moved("bd", QueueMove::up) == "badce");
  CHECK(moved("bd", QueueMove::down) == "acbed");
}

TEST_CASE("a block at the end stays as it is") {
  CHECK(moved("ab", QueueMove::up) == "abcde");
  CHECK(moved("de", QueueMove::down) == "abcde");
  CHECK(moved("abd", QueueMove::up) == "abdce");
}

TEST_CASE("a position counts those that are not moved, and the ends hold") {
  CHECK(placed("d", 1) == "adbce");
  CHECK(placed("ea", 1) == "beacd");
  CHECK(placed("b", 99) == "acdeb");
  CHECK(placed("b", -1) == "bacde");
}

}  // namespace
}  // namespace seed::session
