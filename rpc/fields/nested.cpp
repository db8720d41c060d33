#include "rpc/fields/nested.h"

#include <array>

#include "core/base/bytes.h"

namespace seed::rpc {

namespace {

using session::FileSnapshot;
using session::PeerSnapshot;
using session::PeerSource;
using session::TorrentSnapshot;
using session::TrackerSnapshot;

using enum ValueType;

#define GET(From, ...) [](const From& t, JsonWriter& out, Dialect) { __VA_ARGS__; }

constexpr std::array file_table{
    Field<FileView>{"begin_piece", "", integer, "", Needs::files,
                    "First piece that holds some of it.",
                    GET(FileView, out.integer(t.facts.begin_piece))},
    Field<FileView>{"bytes_completed", "bytesCompleted", integer, "B", Needs::files,
                    "How much of it is there, verified or not.",
                    GET(FileView, out.integer(t.state.bytes_completed))},
    Field<FileView>{"end_piece", "", integer, "", Needs::files, "One past the last piece of it.",
                    GET(FileView, out.integer(t.facts.end_piece))},
    Field<FileView>{"length", "", integer, "B", Needs::files, "Its size.",
                    GET(FileView, out.integer(t.facts.length))},
    Field<FileView>{"name", "", text, "", Needs::files, "Its path, the torrent's folder first.",
                    GET(FileView, out.text(t.facts.name))},
};

constexpr std::array file_stat_table{
    Field<FileSnapshot>{"bytes_completed", "bytesCompleted", integer, "B", Needs::files,
                        "How much of it is there, verified or not.",
                        GET(FileSnapshot, out.integer(t.bytes_completed))},
    Field<FileSnapshot>{"priority", "", integer, "", Needs::files, "-1 low, 0 normal, 1 high.",
                        GET(FileSnapshot, out.integer(static_cast<int>(t.priority)))},
    Field<FileSnapshot>{"wanted", "", boolean, "", Needs::files, "Whether it is downloaded.",
                        GET(FileSnapshot, out.boolean(t.wanted))},
};

constexpr std::array tracker_table{
    Field<TrackerSnapshot>{"announce", "", text, "", Needs::trackers, "Announce URL.",
                           GET(TrackerSnapshot, out.text(t.announce))},
    Field<TrackerSnapshot>{"id", "", integer, "", Needs::trackers,
                           "Number of the tracker, of no other in this run.",
                           GET(TrackerSnapshot, out.integer(t.id))},
    Field<TrackerSnapshot>{"scrape", "", text, "", Needs::trackers, "Scrape URL, if there is one.",
                           GET(TrackerSnapshot, out.text(t.scrape))},
    Field<TrackerSnapshot>{"sitename", "", text, "", Needs::trackers, "Short name of its site.",
                           GET(TrackerSnapshot, out.text(t.sitename))},
    Field<TrackerSnapshot>{"tier", "", integer, "", Needs::trackers, "Its tier, from 0.",
                           GET(TrackerSnapshot, out.integer(t.tier))},
};

constexpr std::array tracker_stat_table{
    Field<TrackerSnapshot>{"announce", "", text, "", Needs::trackers, "Announce URL.",
                           GET(TrackerSnapshot, out.text(t.announce))},
    Field<TrackerSnapshot>{"announce_state", "announceState", integer, "", Needs::trackers,
                           "0 inactive, 1 waiting for its time, 2 queued, 3 under way.",
                           GET(TrackerSnapshot, out.integer(static_cast<int>(t.announce_state)))},
    Field<TrackerSnapshot>{"download_count", "downloadCount", integer, "", Needs::trackers,
                           "Completed downloads it counted; -1 unknown.",
                           GET(TrackerSnapshot, out.integer(t.downloads))},
    Field<TrackerSnapshot>{"downloader_count", "", integer, "", Needs::trackers,
                           "Peers that download now (BEP 21); -1 unknown.",
                           GET(TrackerSnapshot, out.integer(t.downloaders))},
    Field<TrackerSnapshot>{"has_announced", "hasAnnounced", boolean, "", Needs::trackers,
                           "Whether an announce was answered or failed in this run.",
                           GET(TrackerSnapshot, out.boolean(t.has_announced))},
    Field<TrackerSnapshot>{"has_scraped", "hasScraped", boolean, "", Needs::trackers,
                           "Whether a scrape was answered or failed in this run.",
                           GET(TrackerSnapshot, out.boolean(t.has_scraped))},
    Field<TrackerSnapshot>{"host", "", text, "", Needs::trackers, "Host and port.",
                           GET(TrackerSnapshot, out.text(t.host))},
    Field<TrackerSnapshot>{"id", "", integer, "", Needs::trackers,
                           "Number of the tracker, of no other in this run.",
                           GET(TrackerSnapshot, out.integer(t.id))},
    Field<TrackerSnapshot>{"is_backup", "isBackup", boolean, "", Needs::trackers,
                           "Whether its tier is using another one now.",
                           GET(TrackerSnapshot, out.boolean(t.is_backup))},
    Field<TrackerSnapshot>{"last_announce_peer_count", "lastAnnouncePeerCount", integer, "",
                           Needs::trackers, "Peers in the last answer.",
                           GET(TrackerSnapshot, out.integer(t.last_announce_peer_count))},
    Field<TrackerSnapshot>{"last_announce_result", "lastAnnounceResult", text, "", Needs::trackers,
                           "\"Success\", the failure, or \"\" before the first.",
                           GET(TrackerSnapshot, out.text(t.last_announce_result))},
    Field<TrackerSnapshot>{"last_announce_start_time", "lastAnnounceStartTime", integer, "date",
                           Needs::trackers, "When the last announce began.",
                           GET(TrackerSnapshot, out.integer(unix_seconds(t.last_announce_start)))},
    Field<TrackerSnapshot>{"last_announce_succeeded", "lastAnnounceSucceeded", boolean, "",
                           Needs::trackers, "Whether the last announce went well.",
                           GET(TrackerSnapshot, out.boolean(t.last_announce_succeeded))},
    Field<TrackerSnapshot>{"last_announce_time", "lastAnnounceTime", integer, "date",
                           Needs::trackers, "When the last answer came.",
                           GET(TrackerSnapshot, out.integer(unix_seconds(t.last_announce)))},
    Field<TrackerSnapshot>{"last_announce_timed_out", "lastAnnounceTimedOut", boolean, "",
                           Needs::trackers, "Whether the last announce got no answer in time.",
                           GET(TrackerSnapshot, out.boolean(t.last_announce_timed_out))},
    Field<TrackerSnapshot>{
        "last_scrape_result", "lastScrapeResult", text, "", Needs::trackers,
        "The failure of the last scrape, \"\" after a success.",
        GET(TrackerSnapshot,
            out.text(t.last_scrape_succeeded ? std::string_view() : t.last_scrape_result))},
    Field<TrackerSnapshot>{"last_scrape_start_time", "lastScrapeStartTime", integer, "date",
                           Needs::trackers, "When the last scrape began.",
                           GET(TrackerSnapshot, out.integer(unix_seconds(t.last_scrape_start)))},
    Field<TrackerSnapshot>{"last_scrape_succeeded", "lastScrapeSucceeded", boolean, "",
                           Needs::trackers, "Whether the last scrape went well.",
                           GET(TrackerSnapshot, out.boolean(t.last_scrape_succeeded))},
    Field<TrackerSnapshot>{"last_scrape_time", "lastScrapeTime", integer, "date", Needs::trackers,
                           "When the last scrape was answered.",
                           GET(TrackerSnapshot, out.integer(unix_seconds(t.last_scrape)))},
    Field<TrackerSnapshot>{"last_scrape_timed_out", "lastScrapeTimedOut", boolean, "",
                           Needs::trackers, "Whether the last scrape got no answer in time.",
                           GET(TrackerSnapshot, out.boolean(t.last_scrape_timed_out))},
    Field<TrackerSnapshot>{"leecher_count", "leecherCount", integer, "", Needs::trackers,
                           "Peers without all of it; -1 unknown.",
                           GET(TrackerSnapshot, out.integer(t.leechers))},
    Field<TrackerSnapshot>{"next_announce_time", "nextAnnounceTime", integer, "date",
                           Needs::trackers,
                           "When the next announce is due, while announce_state is 1.",
                           GET(TrackerSnapshot, out.integer(unix_seconds(t.next_announce)))},
    Field<TrackerSnapshot>{"next_scrape_time", "nextScrapeTime", integer, "date", Needs::trackers,
                           "When the next scrape is due, while scrape_state is 1.",
                           GET(TrackerSnapshot, out.integer(unix_seconds(t.next_scrape)))},
    Field<TrackerSnapshot>{"scrape", "", text, "", Needs::trackers, "Scrape URL, if there is one.",
                           GET(TrackerSnapshot, out.text(t.scrape))},
    Field<TrackerSnapshot>{"scrape_state", "scrapeState", integer, "", Needs::trackers,
                           "0 inactive, 1 waiting for its time, 2 queued, 3 under way.",
                           GET(TrackerSnapshot, out.integer(static_cast<int>(t.scrape_state)))},
    Field<TrackerSnapshot>{"seeder_count", "seederCount", integer, "", Needs::trackers,
                           "Peers with all of it; -1 unknown.",
                           GET(TrackerSnapshot, out.integer(t.seeders))},
    Field<TrackerSnapshot>{"sitename", "", text, "", Needs::trackers, "Short name of its site.",
                           GET(TrackerSnapshot, out.text(t.sitename))},
    Field<TrackerSnapshot>{"tier", "", integer, "", Needs::trackers, "Its tier, from 0.",
                           GET(TrackerSnapshot, out.integer(t.tier))},
};

/// The letters of rpc-contract, section 7, in its order.
std::string flags_of(const PeerSnapshot& t) {
  std::string out;
  if (t.utp) out += 'T';
  if (t.optimistic) out += 'O';
  if (t.downloading_from)
    out += 'D';
  else if (t.client_interested)
    out += 'd';
  if (t.uploading_to)
    out += 'U';
  else if (t.peer_interested)
    out += 'u';
  if (!t.client_choked && !t.client_interested) out += 'K';
  if (!t.peer_choked && !t.peer_interested) out += '?';
  if (t.encrypted) out += 'E';
  if (t.source == PeerSource::dht)
    out += 'H';
  else if (t.source == PeerSource::pex)
    out += 'X';
  if (t.incoming) out += 'I';
  return out;
}

constexpr std::array peer_table{
    Field<PeerSnapshot>{"address", "", text, "", Needs::peers, "IP address.",
                        GET(PeerSnapshot, out.text(t.endpoint.address.to_string()))},
    Field<PeerSnapshot>{"bytes_to_client", "", integer, "B", Needs::peers, "Payload it sent us.",
                        GET(PeerSnapshot, out.integer(t.bytes_to_client))},
    Field<PeerSnapshot>{"bytes_to_peer", "", integer, "B", Needs::peers, "Payload we sent it.",
                        GET(PeerSnapshot, out.integer(t.bytes_to_peer))},
    Field<PeerSnapshot>{"client_is_choked", "clientIsChoked", boolean, "", Needs::peers,
                        "Whether it chokes us.", GET(PeerSnapshot, out.boolean(t.client_choked))},
    Field<PeerSnapshot>{"client_is_interested", "clientIsInterested", boolean, "", Needs::peers,
                        "Whether it has something we want.",
                        GET(PeerSnapshot, out.boolean(t.client_interested))},
    Field<PeerSnapshot>{"client_name", "clientName", text, "", Needs::peers,
                        "Its program, if known.", GET(PeerSnapshot, out.text(t.client))},
    Field<PeerSnapshot>{"flag_str", "flagStr", text, "", Needs::peers,
                        "Letters: T uTP, O optimistic unchoke, D or d download, U or u upload, "
                        "K and ? unchoked without interest, E encrypted, H DHT, X PEX, I incoming.",
                        GET(PeerSnapshot, out.text(flags_of(t)))},
    Field<PeerSnapshot>{"is_downloading_from", "isDownloadingFrom", boolean, "", Needs::peers,
                        "Whether it sends to us.",
                        GET(PeerSnapshot, out.boolean(t.downloading_from))},
    Field<PeerSnapshot>{"is_encrypted", "isEncrypted", boolean, "", Needs::peers,
                        "Whether the connection is obfuscated.",
                        GET(PeerSnapshot, out.boolean(t.encrypted))},
    Field<PeerSnapshot>{"is_incoming", "isIncoming", boolean, "", Needs::peers,
                        "Whether it came to us.", GET(PeerSnapshot, out.boolean(t.incoming))},
    Field<PeerSnapshot>{"is_uploading_to", "isUploadingTo", boolean, "", Needs::peers,
                        "Whether we send to it.", GET(PeerSnapshot, out.boolean(t.uploading_to))},
    Field<PeerSnapshot>{"is_utp", "isUTP", boolean, "", Needs::peers,
                        "Whether it is connected by uTP.", GET(PeerSnapshot, out.boolean(t.utp))},
    Field<PeerSnapshot>{"peer_id", "", text, "", Needs::peers, "Its 20 octets as base64.",
                        GET(PeerSnapshot, out.text(to_base64(t.peer_id.bytes())))},
    Field<PeerSnapshot>{"peer_is_choked", "peerIsChoked", boolean, "", Needs::peers,
                        "Whether we choke it.", GET(PeerSnapshot, out.boolean(t.peer_choked))},
    Field<PeerSnapshot>{"peer_is_interested", "peerIsInterested", boolean, "", Needs::peers,
                        "Whether we have something it wants.",
                        GET(PeerSnapshot, out.boolean(t.peer_interested))},
    Field<PeerSnapshot>{"port", "", integer, "", Needs::peers, "Its port.",
                        GET(PeerSnapshot, out.integer(t.endpoint.port))},
    Field<PeerSnapshot>{"progress", "", number, "", Needs::peers,
                        "How much of the torrent it has, 0 to 1.",
                        GET(PeerSnapshot, out.real(t.progress))},
    Field<PeerSnapshot>{"rate_to_client", "rateToClient", integer, "B/s", Needs::peers,
                        "Payload it sends us.", GET(PeerSnapshot, out.integer(t.rate_to_client))},
    Field<PeerSnapshot>{"rate_to_peer", "rateToPeer", integer, "B/s", Needs::peers,
                        "Payload we send it.", GET(PeerSnapshot, out.integer(t.rate_to_peer))},
};

template <PeerSource Source>
void write_from(const TorrentSnapshot& t, JsonWriter& out, Dialect) {
  out.integer(t.peers_from[static_cast<std::size_t>(Source)]);
}

constexpr std::array peers_from_table{
    Field<TorrentSnapshot>{"from_cache", "fromCache", integer, "", Needs::swarm,
                           "Peers remembered of an earlier run.", &write_from<PeerSource::cache>},
    Field<TorrentSnapshot>{"from_dht", "fromDht", integer, "", Needs::swarm,
                           "Peers of the distributed hash table.", &write_from<PeerSource::dht>},
    Field<TorrentSnapshot>{"from_incoming", "fromIncoming", integer, "", Needs::swarm,
                           "Peers that came to us.", &write_from<PeerSource::incoming>},
    Field<TorrentSnapshot>{"from_lpd", "fromLpd", integer, "", Needs::swarm,
                           "Peers of the local network.", &write_from<PeerSource::lpd>},
    Field<TorrentSnapshot>{"from_ltep", "fromLtep", integer, "", Needs::swarm,
                           "Peers that named another address of theirs.",
                           &write_from<PeerSource::ltep>},
    Field<TorrentSnapshot>{"from_pex", "fromPex", integer, "", Needs::swarm,
                           "Peers that peers told of.", &write_from<PeerSource::pex>},
    Field<TorrentSnapshot>{"from_tracker", "fromTracker", integer, "", Needs::swarm,
                           "Peers of the trackers.", &write_from<PeerSource::tracker>},
};

#undef GET

/// The columns of a table in a dialect, made once.
template <typename From, const auto& Table>
const Columns<From>& columns_of(Dialect dialect) {
  static const auto modern = Columns<From>::all(Table, Dialect::modern);
  static const auto legacy = Columns<From>::all(Table, Dialect::legacy);
  return dialect == Dialect::modern ? modern : legacy;
}

template <typename From>
void write_each(const std::vector<From>& items, const Columns<From>& columns, JsonWriter& out) {
  out.begin_array();
  for (const From& item : items) columns.write_object(item, out);
  out.end_array();
}

}  // namespace

std::span<const Field<FileView>> file_fields() { return file_table; }
std::span<const Field<FileSnapshot>> file_stat_fields() { return file_stat_table; }
std::span<const Field<TrackerSnapshot>> tracker_fields() { return tracker_table; }
std::span<const Field<TrackerSnapshot>> tracker_stat_fields() { return tracker_stat_table; }
std::span<const Field<PeerSnapshot>> peer_fields() { return peer_table; }
std::span<const Field<TorrentSnapshot>> peers_from_fields() { return peers_from_table; }

void write_files(const TorrentSnapshot& from, JsonWriter& out, Dialect dialect) {
  const auto& columns = columns_of<FileView, file_table>(dialect);
  const std::size_t facts = from.file_facts ? from.file_facts->size() : 0;
  out.begin_array();
  for (std::size_t i = 0; i < from.files.size() && i < facts; ++i)
    columns.write_object({(*from.file_facts)[i], from.files[i]}, out);
  out.end_array();
}
void write_file_stats(const TorrentSnapshot& from, JsonWriter& out, Dialect dialect) {
  write_each(from.files, columns_of<FileSnapshot, file_stat_table>(dialect), out);
}
void write_trackers(const TorrentSnapshot& from, JsonWriter& out, Dialect dialect) {
  std::vector<TrackerSnapshot> own;
  for (const auto& tracker : from.trackers)
    if (!tracker.is_default) own.push_back(tracker);
  write_each(own, columns_of<TrackerSnapshot, tracker_table>(dialect), out);
}
void write_tracker_stats(const TorrentSnapshot& from, JsonWriter& out, Dialect dialect) {
  write_each(from.trackers, columns_of<TrackerSnapshot, tracker_stat_table>(dialect), out);
}
void write_peers(const TorrentSnapshot& from, JsonWriter& out, Dialect dialect) {
  write_each(from.peers, columns_of<PeerSnapshot, peer_table>(dialect), out);
}
void write_peers_from(const TorrentSnapshot& from, JsonWriter& out, Dialect dialect) {
  columns_of<TorrentSnapshot, peers_from_table>(dialect).write_object(from, out);
}

}  // namespace seed::rpc
