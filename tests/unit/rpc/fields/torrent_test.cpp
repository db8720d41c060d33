#include "rpc/fields/torrent.h"

#include <nlohmann/json.hpp>
#include <set>

#include "rpc/fields/nested.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;
using session::TorrentSnapshot;

namespace {

TorrentSnapshot sample() {
  TorrentSnapshot t;
  t.number = 3;
  t.hashes.v1 = Sha1::parse_hex("00112233445566778899aabbccddeeff00112233");
  t.name = "a b";
  t.download_dir = "/d";
  t.status = session::Status::downloading;
  t.total_size = 300;
  t.size_when_done = 200;
  t.left_until_done = 50;
  t.have_valid = 150;
  t.uploaded_ever = 100;
  t.options.labels = {"x"};
  t.trackers.resize(2);
  t.trackers[0].announce = "http://a/";
  t.trackers[1].announce = "http://b/";
  t.trackers[1].tier = 1;
  t.peers.resize(1);
  t.peers[0].utp = t.peers[0].downloading_from = t.peers[0].incoming = true;
  t.files.resize(1);
  t.file_facts = std::make_shared<const std::vector<session::FileFacts>>(
      1, session::FileFacts{"n", 300, 0, 2, false});
  t.pieces = Bitfield(9);
  t.pieces.set(PieceIndex{0});
  t.availability = {-1, 2};
  t.webseeds = {"http://w/"};
  return t;
}

Json value_of(std::string_view name, const TorrentSnapshot& t, Dialect dialect = Dialect::modern) {
  const auto* field = find_torrent_field(name, dialect);
  REQUIRE(field != nullptr);
  JsonWriter out;
  field->write(t, out, dialect);
  return Json::parse(out.take());
}

}  // namespace

TEST_CASE("each field has two names of its own, a doc, and a value of its type") {
  std::set<std::string_view> names;
  const TorrentSnapshot empty;
  for (const auto& field : torrent_fields()) {
    INFO(field.name);
    CHECK(names.insert(field.name).second);
    if (!field.legacy.empty()) CHECK(names.insert(field.legacy).second);
    CHECK_FALSE(field.doc.empty());
    for (const auto dialect : {Dialect::modern, Dialect::legacy})
      for (const auto& from : {empty, sample()}) {
        JsonWriter out;
        field.write(from, out, dialect);
        const Json value = Json::parse(out.take());
        const auto type = name_of(field.type);
        if (type == "boolean") CHECK(value.is_boolean());
        if (type == "integer") CHECK(value.is_number_integer());
        if (type == "number") CHECK(value.is_number_float());
        if (type == "string") CHECK(value.is_string());
        if (type == "object") CHECK(value.is_object());
        if (type.ends_with("[]")) CHECK(value.is_array());
      }
  }
  // 73 of the contract with webseeds_ex.
  CHECK(torrent_fields().size() >= 73);
}

/// Legacy names that five clients or more ask for, and those whose lack breaks one.
constexpr const char* needed_fields[] = {"activityDate",
                                         "addedDate",
                                         "bandwidthPriority",
                                         "downloadDir",
                                         "downloadLimit",
                                         "downloadLimited",
                                         "editDate",
                                         "errorString",
                                         "eta",
                                         "etaIdle",
                                         "file-count",
                                         "fileStats",
                                         "files",
                                         "group",
                                         "hashString",
                                         "haveUnchecked",
                                         "haveValid",
                                         "honorsSessionLimits",
                                         "id",
                                         "isFinished",
                                         "isPrivate",
                                         "isStalled",
                                         "labels",
                                         "leftUntilDone",
                                         "magnetLink",
                                         "manualAnnounceTime",
                                         "maxConnectedPeers",
                                         "metadataPercentComplete",
                                         "name",
                                         "peer-limit",
                                         "peers",
                                         "peersConnected",
                                         "peersFrom",
                                         "peersGettingFromUs",
                                         "peersSendingToUs",
                                         "percentComplete",
                                         "percentDone",
                                         "pieceCount",
                                         "pieceSize",
                                         "pieces",
                                         "primary-mime-type",
                                         "priorities",
                                         "queuePosition",
                                         "rateDownload",
                                         "rateUpload",
                                         "recheckProgress",
                                         "secondsDownloading",
                                         "secondsSeeding",
                                         "seedIdleLimit",
                                         "seedIdleMode",
                                         "seedRatioLimit",
                                         "seedRatioMode",
                                         "sequential_download",
                                         "sequential_download_from_piece",
                                         "sizeWhenDone",
                                         "source",
                                         "startDate",
                                         "status",
                                         "torrentFile",
                                         "totalSize",
                                         "trackerList",
                                         "trackerStats",
                                         "trackers",
                                         "uploadLimit",
                                         "uploadLimited",
                                         "uploadRatio",
                                         "uploadedEver",
                                         "wanted",
                                         "webseeds",
                                         "webseedsSendingToUs",
                                         "availability",
                                         "bytesCompleted",
                                         "comment",
                                         "corruptEver",
                                         "creator",
                                         "dateCreated",
                                         "desiredAvailable",
                                         "doneDate",
                                         "downloadedEver",
                                         "error"};

TEST_CASE("fields that clients cannot do without are there") {
  for (const char* name : needed_fields) {
    INFO(name);
    CHECK(find_torrent_field(name, Dialect::legacy) != nullptr);
  }
}

TEST_CASE("shares and ratios are worked out as the contract says") {
  TorrentSnapshot t = sample();
  CHECK(value_of("percent_done", t) == 0.75);
  CHECK(value_of("percent_complete", t) == 0.5);
  CHECK(value_of("upload_ratio", t) == 0.5);
  t.size_when_done = 0;
  CHECK(value_of("percent_done", t) == 0.0);
  CHECK(value_of("upload_ratio", t) == -2.0);
  t.uploaded_ever = 0;
  CHECK(value_of("upload_ratio", t) == -1.0);
}

TEST_CASE("wanted is numbers in the legacy dialect") {
  CHECK(value_of("wanted", sample()) == Json::parse("[true]"));
  CHECK(value_of("wanted", sample(), Dialect::legacy) == Json::parse("[1]"));
}

TEST_CASE("texts are put together as clients read them") {
  TorrentSnapshot t = sample();
  CHECK(value_of("tracker_list", t) == "http://a/\n\nhttp://b/\n");
  const auto own = value_of("trackers", t).size();
  auto& everybodys = t.trackers.emplace_back();
  everybodys.announce = "http://everybody/";
  everybodys.is_default = true;
  CHECK(value_of("tracker_list", t) == "http://a/\n\nhttp://b/\n");
  CHECK(value_of("trackers", t).size() == own);
  CHECK(value_of("tracker_stats", t).size() == own + 1);
  CHECK(value_of("magnet_link", t) ==
        "magnet:?xt=urn:btih:00112233445566778899aabbccddeeff00112233&dn=a%20b"
        "&tr=http%3A%2F%2Fa%2F&tr=http%3A%2F%2Fb%2F&ws=http%3A%2F%2Fw%2F");
  CHECK(value_of("pieces", t) == "gAA=");
  CHECK(value_of("pieces", TorrentSnapshot()) == "");
  CHECK(value_of("primary_mime_type", t) == "application/octet-stream");
}

TEST_CASE("nested objects have the names of the dialect") {
  const TorrentSnapshot t = sample();
  CHECK(value_of("files", t) == Json::parse(R"([{"begin_piece":0,"bytes_completed":0,
    "end_piece":2,"length":300,"name":"n"}])"));
  CHECK(value_of("file_stats", t, Dialect::legacy) ==
        Json::parse(R"([{"bytesCompleted":0,"priority":0,"wanted":true}])"));
  const Json peer = value_of("peers", t, Dialect::legacy).at(0);
  CHECK(peer.at("isUTP") == true);
  CHECK(peer.at("flagStr") == "TDI");
  CHECK(peer.contains("bytes_to_peer"));
  const Json tracker = value_of("tracker_stats", t, Dialect::legacy).at(0);
  CHECK(tracker.size() == 28);
  CHECK(tracker.contains("downloader_count"));
  CHECK(tracker.contains("lastAnnounceTimedOut"));
  CHECK(value_of("trackers", t).at(1).size() == 5);
  CHECK(value_of("peers_from", t, Dialect::legacy).contains("fromLtep"));
}

TEST_CASE("a table has its names first and values in their order") {
  Columns<TorrentSnapshot> columns(Dialect::legacy);
  columns.add(*find_torrent_field("hash_string", Dialect::modern));
  columns.add(*find_torrent_field("id", Dialect::modern));
  JsonWriter out;
  out.begin_array();
  columns.write_names(out);
  columns.write_row(sample(), out);
  columns.write_object(sample(), out);
  out.end_array();
  CHECK(Json::parse(out.take()) ==
        Json::parse(R"([["hashString","id"],["00112233445566778899aabbccddeeff00112233",3],
          {"hashString":"00112233445566778899aabbccddeeff00112233","id":3}])"));
}

TEST_CASE("what the loop copies is what the fields need") {
  Columns<TorrentSnapshot> columns(Dialect::modern);
  columns.add(*find_torrent_field("id", Dialect::modern));
  CHECK_FALSE(to_groups(columns.groups()).texts);
  columns.add(*find_torrent_field("magnet_link", Dialect::modern));
  CHECK(to_groups(columns.groups()).texts);
  CHECK(to_groups(columns.groups()).trackers);
  CHECK_FALSE(to_groups(columns.groups()).peers);
  CHECK_FALSE(to_groups(columns.groups()).swarm);
  for (const auto* name :
       {"peers_connected", "peers_from", "peers_getting_from_us", "peers_sending_to_us"}) {
    Columns<TorrentSnapshot> counts(Dialect::modern);
    counts.add(*find_torrent_field(name, Dialect::modern));
    CHECK(counts.groups() == Needs::swarm);
    CHECK(to_groups(counts.groups()).swarm);
    CHECK_FALSE(to_groups(counts.groups()).texts);
  }
  CHECK(groups_text(Needs::texts | Needs::swarm) == "texts, swarm");
  CHECK(groups_text(Needs::core) == "core");
}
