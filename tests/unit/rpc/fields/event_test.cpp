#include "rpc/fields/event.h"

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

namespace {

std::set<std::string> keys_of(const Json& object) {
  std::set<std::string> out;
  for (const auto& [key, value] : object.items()) out.insert(key);
  return out;
}

std::set<std::string> names_of(const EventRow& row) {
  std::set<std::string> out;
  for (const Parameter& member : row.members) out.insert(std::string(member.name));
  return out;
}

session::TorrentRef some_torrent() {
  InfoHashes hashes;
  hashes.v1 = Sha1();
  return {.number = 7, .hashes = hashes, .name = "a", .labels = {}};
}

}  // namespace

TEST_CASE("every event is written as its row says, under its own name") {
  const std::vector<std::pair<session::Event, std::string>> all = {
      {session::TorrentAdded{some_torrent()}, "added"},
      {session::TorrentMetadata{some_torrent()}, "metadata"},
      {session::TorrentCompleted{some_torrent()}, "completed"},
      {session::TorrentSeedingDone{some_torrent()}, "seeding_done"},
      {session::TorrentFailed{some_torrent(), "no room"}, "error"},
      {session::TorrentRemoved{some_torrent()}, "removed"},
      {session::TrackerAnswered{some_torrent(), "t.example:80", true, "", 3}, "tracker"},
      {session::SettingsChanged{{"peer_port"}}, "settings"}};
  CHECK(all.size() == std::variant_size_v<session::Event>);
  CHECK(event_rows().size() == all.size() + 3);
  for (const auto& [event, name] : all) {
    const EventRow& row = row_of(event);
    CHECK(row.name == name);
    JsonWriter out;
    write_event(event, out);
    CHECK(keys_of(Json::parse(out.str())) == names_of(row));
  }
}

TEST_CASE("what a stream says of itself is as its rows say") {
  CHECK(keys_of(Json::parse(sequence_object(4))) == names_of(open_event));
  CHECK(keys_of(Json::parse(sequence_object(4))) == names_of(reset_event));
  const std::vector<session::TorrentNumber> removed = {3};
  const Json changes = Json::parse(torrents_object(true, removed, [](JsonWriter& out) {
    out.begin_array();
    out.end_array();
    return std::uint64_t{9};
  }));
  CHECK(keys_of(changes) == names_of(torrents_event));
  CHECK(changes.at("full") == true);
  CHECK(changes.at("removed") == Json::parse("[3]"));
  CHECK(changes.at("sequence") == 9);
}

TEST_CASE("events have a doc, and no two one name") {
  std::set<std::string_view> names;
  for (const EventRow& row : event_rows()) {
    CHECK(names.insert(row.name).second);
    CHECK_FALSE(row.doc.empty());
    for (const Parameter& member : row.members) CHECK_FALSE(member.doc.empty());
  }
}
