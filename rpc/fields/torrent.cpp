#include "rpc/fields/torrent.h"

#include <algorithm>
#include <array>
#include <string>

#include "config/torrent_options.h"
#include "core/base/bytes.h"
#include "rpc/fields/nested.h"
#include "rpc/fields/option_field.h"

namespace seed::rpc {

namespace {

using session::TorrentSnapshot;

using enum ValueType;

double share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return 0;
  return std::min(1.0, static_cast<double>(part) / static_cast<double>(whole));
}

double percent_done(const TorrentSnapshot& t) {
  if (t.size_when_done == 0) return 0;
  return share(t.size_when_done - std::min(t.left_until_done, t.size_when_done), t.size_when_done);
}

/// -1 when there is nothing to compare, -2 for infinite (rpc-contract, section 7).
double upload_ratio(const TorrentSnapshot& t) {
  if (t.size_when_done == 0) return t.uploaded_ever == 0 ? -1 : -2;
  return static_cast<double>(t.uploaded_ever) / static_cast<double>(t.size_when_done);
}

std::string tracker_list(const TorrentSnapshot& t) {
  std::string out;
  // The session's come last.
  for (std::size_t i = 0; i < t.trackers.size() && !t.trackers[i].is_default; ++i) {
    if (i > 0 && t.trackers[i].tier != t.trackers[i - 1].tier) out += '\n';
    out += t.trackers[i].announce;
    out += '\n';
  }
  return out;
}

void write_availability(const TorrentSnapshot& t, JsonWriter& out, Dialect) {
  out.begin_array();
  for (const auto count : t.availability) out.integer(count);
  out.end_array();
}

void write_bytes_completed(const TorrentSnapshot& t, JsonWriter& out, Dialect) {
  out.begin_array();
  for (const auto& file : t.files) out.integer(file.bytes_completed);
  out.end_array();
}

void write_priorities(const TorrentSnapshot& t, JsonWriter& out, Dialect) {
  out.begin_array();
  for (const auto& file : t.files) out.integer(static_cast<int>(file.priority));
  out.end_array();
}

/// The legacy dialect wants numbers here (rpc-contract, section 3.2).
void write_wanted(const TorrentSnapshot& t, JsonWriter& out, Dialect dialect) {
  out.begin_array();
  for (const auto& file : t.files) {
    if (dialect == Dialect::legacy)
      out.integer(file.wanted ? 1 : 0);
    else
      out.boolean(file.wanted);
  }
  out.end_array();
}

void write_webseeds_ex(const TorrentSnapshot& t, JsonWriter& out, Dialect) {
  out.begin_array();
  for (std::size_t i = 0; i < t.webseeds.size(); ++i) {
    // Both are in the torrent's order; of one at rest the facts are not there.
    const bool known = i < t.webseed_facts.size();
    out.begin_object();
    out.key("url");
    out.text(t.webseeds[i]);
    out.key("is_downloading");
    out.boolean(known && t.webseed_facts[i].downloading);
    out.key("download_bytes_per_second");
    out.integer(known ? t.webseed_facts[i].rate : 0);
    out.end_object();
  }
  out.end_array();
}

#define GET(...) [](const TorrentSnapshot& t, JsonWriter& out, Dialect) { __VA_ARGS__; }
#define INTEGER(member) GET(out.integer(t.member))
#define DATE(member) GET(out.integer(unix_seconds(t.member)))
#define BOOLEAN(member) GET(out.boolean(t.member))
#define TEXT(member) GET(out.text(t.member))

using Row = Field<TorrentSnapshot>;

// clang-format off
constexpr std::array fact_table{
    Row{"activity_date", "activityDate", integer, "date", Needs::core, "When payload last came or went; 0 never.", DATE(activity)},
    Row{"added_date", "addedDate", integer, "date", Needs::core, "When the torrent was added.", DATE(added)},
    Row{"availability", "", integers, "", Needs::availability, "For each piece how many connected peers have it; -1 when it is here.", &write_availability},
    Row{"bytes_completed", "bytesCompleted", integers, "B", Needs::files, "For each file how much of it is there.", &write_bytes_completed},
    Row{"comment", "", text, "", Needs::texts, "What its maker wrote about it.", TEXT(comment)},
    Row{"corrupt_ever", "corruptEver", integer, "B", Needs::core, "Payload thrown away because its hash was wrong.", INTEGER(corrupt_ever)},
    Row{"creator", "", text, "", Needs::texts, "The program that made it.", TEXT(creator)},
    Row{"date_created", "dateCreated", integer, "date", Needs::core, "When it was made.", DATE(created)},
    Row{"desired_available", "desiredAvailable", integer, "B", Needs::core, "How much of what is missing the connected peers have.", INTEGER(desired_available)},
    Row{"done_date", "doneDate", integer, "date", Needs::core, "When it was complete; 0 not yet.", DATE(done)},
    Row{"download_dir", "downloadDir", text, "", Needs::texts, "Folder its content lies in.", TEXT(download_dir)},
    Row{"downloaded_ever", "downloadedEver", integer, "B", Needs::core, "Good payload received.", INTEGER(downloaded_ever)},
    Row{"edit_date", "editDate", integer, "date", Needs::core, "When its name, files, trackers or folder last changed in this run.", DATE(edited)},
    Row{"error", "", integer, "", Needs::core, "0 none, 1 tracker warning, 2 tracker error, 3 local error.", GET(out.integer(static_cast<int>(t.error)))},
    Row{"error_string", "errorString", text, "", Needs::texts, "What is wrong; \"\" when nothing is.", TEXT(error_string)},
    Row{"eta", "", integer, "s", Needs::core, "Time left; -1 not available, -2 unknown.", INTEGER(eta)},
    Row{"eta_idle", "etaIdle", integer, "s", Needs::core, "Time until the idle limit stops it; -1 when none does.", INTEGER(eta_idle), true},
    Row{"file_count", "file-count", integer, "", Needs::core, "How many files it has; 0 before its metadata are there.", INTEGER(file_count)},
    Row{"file_stats", "fileStats", objects, "", Needs::files, "What is there of each file and what is wanted.", &write_file_stats},
    Row{"files", "", objects, "", Needs::files, "Its files.", &write_files},
    Row{"hash_string", "hashString", text, "", Needs::core, "Info-hash, 40 hexadecimal digits.", GET(out.text(t.hashes.short_hash().hex()))},
    Row{"have_unchecked", "haveUnchecked", integer, "B", Needs::core, "What is there of pieces that are not complete.", INTEGER(have_unchecked)},
    Row{"have_valid", "haveValid", integer, "B", Needs::core, "What is there and verified.", INTEGER(have_valid)},
    Row{"id", "", integer, "", Needs::core, "Number of the torrent in this run.", INTEGER(number)},
    Row{"is_finished", "isFinished", boolean, "", Needs::core, "Whether it stopped because its ratio or idle limit was reached.", BOOLEAN(is_finished)},
    Row{"is_private", "isPrivate", boolean, "", Needs::core, "Whether only its trackers may name peers (BEP 27).", BOOLEAN(is_private)},
    Row{"is_stalled", "isStalled", boolean, "", Needs::core, "Whether it is running and has been idle for queue_stalled_minutes.", BOOLEAN(is_stalled)},
    Row{"left_until_done", "leftUntilDone", integer, "B", Needs::core, "Wanted and still missing.", INTEGER(left_until_done)},
    Row{"magnet_link", "magnetLink", text, "", Needs::texts | Needs::trackers, "Magnet link that leads to it.", GET(out.text(session::magnet_link(t)))},
    Row{"manual_announce_time", "manualAnnounceTime", integer, "date", Needs::core, "When a manual announce is next allowed; -1 while it does not announce.", INTEGER(manual_announce), true},
    Row{"max_connected_peers", "maxConnectedPeers", integer, "", Needs::texts, "Same as peer_limit.", GET(out.integer(t.options.peer_limit))},
    Row{"metadata_percent_complete", "metadataPercentComplete", number, "", Needs::core, "How much of the metadata is there, 0 to 1.", GET(out.real(t.has_metadata ? 1 : t.metadata_progress))},
    Row{"move_progress", "", number, "", Needs::core, "How far the move to another folder is, 0 to 1; 0 while it is not being moved.", GET(out.real(t.move_progress))},
    Row{"name", "", text, "", Needs::texts, "Its name; without metadata the magnet link's, else the hash.", GET(t.name.empty() ? out.text(t.hashes.short_hash().hex()) : out.text(t.name))},
    Row{"peers", "", objects, "", Needs::peers, "Connected peers.", &write_peers},
    Row{"peers_connected", "peersConnected", integer, "", Needs::swarm, "How many peers are connected.", INTEGER(peers_connected)},
    Row{"peers_from", "peersFrom", object, "", Needs::swarm, "Connected peers by how they were found.", &write_peers_from},
    Row{"peers_getting_from_us", "peersGettingFromUs", integer, "", Needs::swarm, "How many peers we send to.", INTEGER(peers_getting_from_us)},
    Row{"peers_sending_to_us", "peersSendingToUs", integer, "", Needs::swarm, "How many peers send to us.", INTEGER(peers_sending_to_us)},
    Row{"percent_complete", "percentComplete", number, "", Needs::core, "How much of all of it is there, 0 to 1.", GET(out.real(share(t.have_valid + t.have_unchecked, t.total_size)))},
    Row{"percent_done", "percentDone", number, "", Needs::core, "How much of what is wanted is there, 0 to 1.", GET(out.real(percent_done(t)))},
    Row{"piece_count", "pieceCount", integer, "", Needs::core, "How many pieces it has; 0 before its metadata are there.", INTEGER(piece_count)},
    Row{"piece_size", "pieceSize", integer, "B", Needs::core, "Size of a piece.", INTEGER(piece_size)},
    Row{"pieces", "", text, "", Needs::pieces, "A bit a piece, the first on top, as base64: 1 when it is there.", GET(out.text(to_base64(t.pieces.wire())))},
    Row{"primary_mime_type", "primary-mime-type", text, "", Needs::texts, "Type of most of its content, by file extension.", GET(out.text(t.mime_type.empty() ? std::string_view("application/octet-stream") : std::string_view(t.mime_type)))},
    Row{"priorities", "", integers, "", Needs::files, "For each file -1 low, 0 normal, 1 high.", &write_priorities},
    Row{"queue_position", "queuePosition", integer, "", Needs::core, "Its place in the queue, from 0.", INTEGER(queue_position)},
    Row{"rate_download", "rateDownload", integer, "B/s", Needs::core, "Payload that comes in.", INTEGER(rate_download)},
    Row{"rate_upload", "rateUpload", integer, "B/s", Needs::core, "Payload that goes out.", INTEGER(rate_upload)},
    Row{"recheck_progress", "recheckProgress", number, "", Needs::core, "How far the verification is, 0 to 1.", GET(out.real(t.status == session::Status::checking ? t.recheck_progress : 0))},
    Row{"seconds_downloading", "secondsDownloading", integer, "s", Needs::core, "How long it has been downloading.", INTEGER(seconds_downloading), true},
    Row{"seconds_seeding", "secondsSeeding", integer, "s", Needs::core, "How long it has been seeding.", INTEGER(seconds_seeding), true},
    Row{"size_when_done", "sizeWhenDone", integer, "B", Needs::core, "Size of all pieces of the wanted files.", INTEGER(size_when_done)},
    Row{"source", "", text, "", Needs::texts, "The metainfo's source, by which private sites tell theirs.", TEXT(source)},
    Row{"start_date", "startDate", integer, "date", Needs::core, "When it was last started.", DATE(started)},
    Row{"status", "", integer, "", Needs::core, "0 stopped, 1 waiting to verify, 2 verifying, 3 waiting to download, 4 downloading, 5 waiting to seed, 6 seeding.", GET(out.integer(static_cast<int>(t.status)))},
    Row{"torrent_file", "torrentFile", text, "", Needs::texts, "Always \"\": the metainfo is kept in the state database.", TEXT(torrent_file)},
    Row{"total_size", "totalSize", integer, "B", Needs::core, "Size of all its files.", INTEGER(total_size)},
    Row{"tracker_list", "trackerList", text, "", Needs::trackers, "Announce URLs, one a line, a blank line between tiers.", GET(out.text(tracker_list(t)))},
    Row{"tracker_stats", "trackerStats", objects, "", Needs::trackers, "How things stand with its trackers.", &write_tracker_stats},
    Row{"trackers", "", objects, "", Needs::trackers, "Its trackers.", &write_trackers},
    Row{"upload_ratio", "uploadRatio", number, "", Needs::core, "Uploaded for each byte of its size; -1 not applicable, -2 infinite.", GET(out.real(upload_ratio(t)))},
    Row{"uploaded_ever", "uploadedEver", integer, "B", Needs::core, "Payload sent.", INTEGER(uploaded_ever)},
    Row{"wanted", "", booleans, "", Needs::files, "For each file whether it is downloaded; numbers in the legacy dialect.", &write_wanted},
    Row{"webseeds", "", texts, "", Needs::texts, "Web seeds.", GET(write_texts(t.webseeds, out))},
    Row{"webseeds_ex", "", objects, "", Needs::texts, "Web seeds and what they are doing: url, is_downloading, download_bytes_per_second.", &write_webseeds_ex},
    Row{"webseeds_sending_to_us", "webseedsSendingToUs", integer, "", Needs::core, "How many web seeds send to us.", INTEGER(webseeds_sending_to_us)},
};
// clang-format on

#undef GET
#undef INTEGER
#undef DATE
#undef BOOLEAN
#undef TEXT

/// The facts first, then the options of config/torrent_options.def.
constexpr auto table = std::apply(
    [](const auto&... row) {
      std::array<Row, fact_table.size() + sizeof...(row)> out{};
      std::copy(fact_table.begin(), fact_table.end(), out.begin());
      std::size_t at = fact_table.size();
      ((out[at++] = option_field<&TorrentSnapshot::options>(row, Needs::texts)), ...);
      return out;
    },
    config::torrent_option_rows);

}  // namespace

std::span<const Row> torrent_fields() { return table; }

const Field<TorrentSnapshot>* find_torrent_field(std::string_view name, Dialect dialect) {
  const auto found = std::ranges::find_if(table, [&](const Row& row) {
    return row.name == name ||
           (dialect == Dialect::legacy && !row.legacy.empty() && row.legacy == name);
  });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace seed::rpc
