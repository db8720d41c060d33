#include "core/session/pending_saves.h"

#include "tests/support/catch.h"

namespace seed::session {
namespace {

Instant at(Duration since) { return Instant(1h + since); }
constexpr torrent::SaveNeeds record{.record = true, .progress = false};
constexpr torrent::SaveNeeds progress{.record = true, .progress = true};

TEST_CASE("a record waits half a minute, progress half a second") {
  PendingSaves saves;
  saves.want({1, 1}, record, at(0s));
  saves.want({2, 1}, progress, at(0s));
  CHECK(saves.take_due(at(499ms)).empty());
  auto due = saves.take_due(at(500ms));
  REQUIRE(due.size() == 1);
  CHECK(due[0].id == TorrentId{2, 1});
  CHECK(due[0].needs.progress);
  due = saves.take_due(at(30s));
  REQUIRE(due.size() == 1);
  CHECK(due[0].id == TorrentId{1, 1});
  CHECK_FALSE(due[0].needs.progress);
  CHECK(saves.size() == 0);
}

TEST_CASE("wishes for one torrent add up, and the earliest instant counts") {
  PendingSaves saves;
  saves.want({1, 1}, record, at(0s));
  saves.want({1, 1}, progress, at(10s));
  saves.want({1, 1}, record, at(10s));
  CHECK(saves.size() == 1);
  const auto due = saves.take_due(at(10s + 500ms));
  REQUIRE(due.size() == 1);
  CHECK(due[0].needs.progress);
}

TEST_CASE("what keeps changing is saved all the same") {
  PendingSaves saves;
  for (int i = 0; i < 30; ++i) saves.want({1, 1}, record, at(i * 1s));
  CHECK(saves.take_due(at(30s)).size() == 1);
}

TEST_CASE("what is due comes in the order of the ids, and what was saved otherwise does not") {
  PendingSaves saves;
  for (std::uint32_t i = 9; i > 0; --i) saves.want({i, 1}, progress, at(0s));
  saves.forget({4, 1});
  const auto due = saves.take_due(at(1s));
  REQUIRE(due.size() == 8);
  for (std::size_t i = 1; i < due.size(); ++i) CHECK(due[i - 1].id < due[i].id);
}

}  // namespace
}  // namespace seed::session
