#include "rpc/changes.h"

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "rpc/fields/torrent.h"
#include "tests/support/catch.h"

namespace seed::rpc {
namespace {

using session::TorrentSnapshot;

using namespace std::chrono_literals;
constexpr Changes::Time now{1h};

TorrentSnapshot torrent(session::TorrentNumber number, std::uint64_t sequence, std::string name,
                        std::uint64_t rate = 0) {
  TorrentSnapshot out;
  out.number = number;
  out.sequence = sequence;
  out.name = std::move(name);
  out.rate_upload = rate;
  return out;
}

Changes::Torrents columns(std::initializer_list<const char*> names,
                          Dialect dialect = Dialect::modern) {
  Changes::Torrents out(dialect);
  for (const char* name : names) out.add(*find_torrent_field(name, dialect));
  return out;
}

/// What somebody is told that asks for name and rate_upload.
Json told(Changes& changes, const std::vector<TorrentSnapshot>& torrents, std::uint64_t since,
          const Changes::Torrents& wanted = columns({"name", "rate_upload"})) {
  JsonWriter out;
  changes.write(torrents, wanted, since, false, now, out);
  return Json::parse(out.take());
}

TEST_CASE("who has all is told the fields that changed, and no others") {
  Changes changes;
  CHECK(
      told(changes, {torrent(1, 10, "a"), torrent(2, 11, "b")}, 0) ==
      Json::parse(R"([{"id":1,"name":"a","rate_upload":0},{"id":2,"name":"b","rate_upload":0}])"));
  CHECK(told(changes, {torrent(2, 12, "b", 7)}, 11) ==
        Json::parse(R"([{"id":2,"rate_upload":7}])"));
  CHECK(told(changes, {torrent(2, 13, "c", 7)}, 12) == Json::parse(R"([{"id":2,"name":"c"}])"));
}

TEST_CASE("who comes late is told all that changed meanwhile") {
  Changes changes;
  told(changes, {torrent(1, 10, "a")}, 0);
  told(changes, {torrent(1, 12, "a", 7)}, 10);
  told(changes, {torrent(1, 14, "b", 7)}, 12);
  CHECK(told(changes, {torrent(1, 14, "b", 7)}, 10) ==
        Json::parse(R"([{"id":1,"name":"b","rate_upload":7}])"));
  CHECK(told(changes, {torrent(1, 14, "b", 7)}, 12) == Json::parse(R"([{"id":1,"name":"b"}])"));
}

TEST_CASE("who is kept to labels is told all of a torrent that has got one since") {
  Changes changes;
  told(changes, {torrent(1, 10, "a", 5)}, 0);
  auto labelled = torrent(1, 12, "a", 5);
  labelled.labels_gained = 12;
  const auto wanted = columns({"name", "rate_upload"});
  const auto told_by_label = [&](std::uint64_t since) {
    JsonWriter out;
    changes.write({labelled}, wanted, since, true, now, out);
    return Json::parse(out.take());
  };
  CHECK(told(changes, {labelled}, 11) == Json::array());
  CHECK(told_by_label(11) == Json::parse(R"([{"id":1,"name":"a","rate_upload":5}])"));
  CHECK(told_by_label(12) == Json::array());
}

TEST_CASE("a torrent of which only something else changed is not told of") {
  Changes changes;
  told(changes, {torrent(1, 10, "a")}, 0);
  CHECK(told(changes, {torrent(1, 11, "a")}, 10) == Json::array());
}

TEST_CASE("what was not followed before is told with the first change of its torrent") {
  Changes changes;
  told(changes, {torrent(1, 10, "a")}, 0, columns({"name"}));
  CHECK(told(changes, {torrent(1, 11, "a", 5)}, 10) ==
        Json::parse(R"([{"id":1,"rate_upload":5}])"));
  CHECK(told(changes, {torrent(2, 12, "b")}, 11) ==
        Json::parse(R"([{"id":2,"name":"b","rate_upload":0}])"));
}

TEST_CASE("an answer that was overtaken tells all, and takes nothing back") {
  Changes changes;
  told(changes, {torrent(1, 10, "a")}, 0);
  told(changes, {torrent(1, 20, "new")}, 10);
  CHECK(told(changes, {torrent(1, 15, "old")}, 10) ==
        Json::parse(R"([{"id":1,"name":"old","rate_upload":0}])"));
  CHECK(told(changes, {torrent(1, 21, "old")}, 20) == Json::parse(R"([{"id":1,"name":"old"}])"));
}

TEST_CASE("what became another between two numbers is told to those who were told the older") {
  Changes changes;
  told(changes, {torrent(1, 10, "a", 5)}, 0);
  told(changes, {torrent(1, 10, "a", 0)}, 0);
  CHECK(told(changes, {torrent(1, 11, "a", 0)}, 10) ==
        Json::parse(R"([{"id":1,"rate_upload":0}])"));
  CHECK(told(changes, {torrent(1, 12, "a", 0)}, 11) == Json::array());
}

TEST_CASE("who was told what was overtaken is told the newer") {
  Changes changes;
  told(changes, {torrent(1, 10, "a")}, 0);
  told(changes, {torrent(1, 20, "a")}, 10);
  told(changes, {torrent(1, 15, "old")}, 10);
  CHECK(told(changes, {torrent(1, 20, "a")}, 15) == Json::parse(R"([{"id":1,"name":"a"}])"));
}

TEST_CASE("each dialect has its own names, and the id comes once") {
  Changes changes;
  const auto legacy = columns({"id", "rateUpload"}, Dialect::legacy);
  told(changes, {torrent(1, 10, "a")}, 0, legacy);
  CHECK(told(changes, {torrent(1, 11, "a", 3)}, 10, legacy) ==
        Json::parse(R"([{"id":1,"rateUpload":3}])"));
}

TEST_CASE("what is removed or not asked for any more is forgotten") {
  Changes changes;
  told(changes, {torrent(1, 10, "a"), torrent(2, 11, "b")}, 0);
  CHECK(changes.cells() == 4);
  changes.forget({1, 7});
  CHECK(changes.cells() == 2);
  changes.forget_if_idle(now + limits::changes_idle_max);
  CHECK(changes.cells() == 2);
  changes.forget_if_idle(now + limits::changes_idle_max + 1s);
  CHECK(changes.cells() == 0);
  CHECK(told(changes, {torrent(2, 12, "b")}, 11).at(0).size() == 3);
}

TEST_CASE("only so much is followed") {
  Changes changes(10);
  std::vector<TorrentSnapshot> many;
  for (int i = 1; i <= 100; ++i) many.push_back(torrent(i, static_cast<std::uint64_t>(i), "a"));
  CHECK(told(changes, many, 0).size() == 100);
  CHECK(changes.cells() <= 12);
}

}  // namespace
}  // namespace seed::rpc
