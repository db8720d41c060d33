#include "core/torrent/record.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/base/limits.h"
#include "core/bencode/document.h"
#include "core/bencode/writer.h"
#include "core/torrent/stored_value.h"

namespace seed::torrent {

namespace {

using bencode::DictWriter;
using bencode::Value;
using bencode::Writer;

void write_time(DictWriter& out, std::string_view key, WallTime time) {
  if (time != no_time) out.integer(key, time.time_since_epoch().count());
}

void read_time(const Value& dict, std::string_view key, WallTime& time) {
  time = WallTime(std::chrono::milliseconds(dict.integer_or(key, 0)));
}

Buffer encode_options(const config::TorrentOptions& options) {
  DictWriter out;
  config::each_torrent_option(
      [&](const auto& row) { write_value(out, row.name, options.*row.member); });
  return out.take();
}

Buffer encode_content(const ContentFacts& content) {
  DictWriter out;
  write_value(out, "size", content.total_size);
  write_value(out, "pieces", content.piece_count);
  write_value(out, "piece size", content.piece_size);
  write_value(out, "files", content.file_count);
  write_value(out, "private", content.is_private);
  write_time(out, "created", content.created);
  write_value(out, "comment", content.comment);
  write_value(out, "creator", content.creator);
  write_value(out, "source", content.source);
  write_value(out, "mime type", content.mime_type);
  write_value(out, "webseeds", content.webseeds);
  return out.take();
}

ContentFacts parse_content(const Value& dict) {
  ContentFacts content;
  read_value(dict, "size", content.total_size);
  read_value(dict, "pieces", content.piece_count);
  read_value(dict, "piece size", content.piece_size);
  read_value(dict, "files", content.file_count);
  read_value(dict, "private", content.is_private);
  read_time(dict, "created", content.created);
  read_value(dict, "comment", content.comment);
  read_value(dict, "creator", content.creator);
  read_value(dict, "source", content.source);
  read_value(dict, "mime type", content.mime_type);
  read_value(dict, "webseeds", content.webseeds);
  return content;
}

Buffer encode_tiers(const tracker::TierList& tiers) {
  Writer out;
  out.begin_list();
  for (const auto& tier : tiers) {
    out.begin_list();
    for (const auto& url : tier) out.string(url);
    out.end();
  }
  out.end();
  return out.take();
}

tracker::TierList parse_tiers(const Value& list) {
  tracker::TierList tiers;
  std::size_t count = 0;
  for (const auto tier_value : list.list_items()) {
    std::vector<std::string> tier;
    for (const auto url : tier_value.list_items()) {
      if (++count > limits::trackers_per_torrent_max) return tiers;
      if (const auto text = url.as_string()) tier.push_back(to_string(*text));
    }
    if (!tier.empty()) tiers.push_back(std::move(tier));
  }
  return tiers;
}

std::int64_t milliseconds_of(Duration span) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
}

/// A span read from disk; never negative and never absurd.
Duration span_of(std::int64_t milliseconds) {
  constexpr std::int64_t longest = 24 * 3600 * 1000;
  return std::chrono::milliseconds(std::clamp<std::int64_t>(milliseconds, 0, longest));
}

Buffer encode_trackers(const std::vector<tracker::TrackerMemory>& trackers) {
  Writer out;
  out.begin_list();
  for (const auto& memory : trackers) {
    DictWriter dict;
    write_value(dict, "url", memory.url);
    dict.integer("next", milliseconds_of(memory.until_next));
    dict.integer("allowed", milliseconds_of(memory.until_allowed));
    write_value(dict, "failures", memory.failures);
    write_value(dict, "refused", memory.refused_for_good);
    write_value(dict, "listed", memory.listed);
    write_value(dict, "completed owed", memory.completed_owed);
    write_value(dict, "id", memory.tracker_id);
    out.raw(dict.take());
  }
  out.end();
  return out.take();
}

std::vector<tracker::TrackerMemory> parse_trackers(const Value& list) {
  std::vector<tracker::TrackerMemory> trackers;
  for (const auto dict : list.list_items()) {
    if (trackers.size() == limits::trackers_per_torrent_max) break;
    tracker::TrackerMemory memory;
    read_value(dict, "url", memory.url);
    memory.until_next = span_of(dict.integer_or("next", 0));
    memory.until_allowed = span_of(dict.integer_or("allowed", 0));
    read_value(dict, "failures", memory.failures);
    read_value(dict, "refused", memory.refused_for_good);
    read_value(dict, "listed", memory.listed);
    read_value(dict, "completed owed", memory.completed_owed);
    read_value(dict, "id", memory.tracker_id);
    trackers.push_back(std::move(memory));
  }
  return trackers;
}

Buffer encode_peers(const std::vector<swarm::Candidate>& peers) {
  Writer out;
  out.begin_list();
  for (const auto& peer : peers) {
    Buffer at;
    append_compact(at, peer.endpoint);
    DictWriter dict;
    dict.string("at", at);
    write_value(dict, "failures", peer.failures);
    write_value(dict, "good", peer.was_good);
    write_value(dict, "seed", peer.flags.seed);
    out.raw(dict.take());
  }
  out.end();
  return out.take();
}

std::vector<swarm::Candidate> parse_peers(const Value& list) {
  std::vector<swarm::Candidate> peers;
  for (const auto dict : list.list_items()) {
    if (peers.size() == peers_saved_max) break;
    const auto at = from_compact(dict.string_or("at"));
    if (!at) continue;
    swarm::Candidate peer;
    peer.endpoint = *at;
    peer.source = swarm::Source::resume;
    read_value(dict, "failures", peer.failures);
    read_value(dict, "good", peer.was_good);
    read_value(dict, "seed", peer.flags.seed);
    peers.push_back(peer);
  }
  return peers;
}

/// One octet a file: the wish or priority plus 2, so that it stays small and plain.
template <typename T>
Buffer encode_small(const std::vector<T>& values) {
  Buffer out;
  out.reserve(values.size());
  for (const auto value : values)
    out.push_back(static_cast<std::uint8_t>(static_cast<int>(value) + 2));
  return out;
}

/// All or nothing: an octet out of range tells that they are not ours.
template <typename T>
void parse_small(const Value& dict, std::string_view key, int least, std::vector<T>& out) {
  for (const auto octet : dict.string_or(key)) {
    if (octet > 3 || int{octet} - 2 < least) return out.clear();
    out.push_back(static_cast<T>(static_cast<int>(octet) - 2));
  }
}

Buffer encode_early(const std::vector<EarlyWish>& wishes) {
  ByteWriter out;
  for (const auto& wish : wishes) {
    out.u8(std::to_underlying(wish.kind));
    out.u32(wish.first);
    out.u32(wish.last);
  }
  return out.take();
}

/// What is not ours is left out.
std::vector<EarlyWish> parse_early(Bytes octets) {
  std::vector<EarlyWish> wishes;
  ByteReader in(octets);
  while (in.remaining() >= 9 && wishes.size() < early_wishes_max) {
    const auto kind = in.u8();
    const EarlyWish wish{static_cast<EarlyWish::Kind>(kind), in.u32(), in.u32()};
    if (kind <= std::to_underlying(EarlyWish::Kind::high)) wishes.push_back(wish);
  }
  return wishes;
}

Buffer encode_prints(const std::vector<std::uint64_t>& prints) {
  ByteWriter out;
  for (const auto print : prints) out.u64(print);
  return out.take();
}

std::vector<std::uint64_t> parse_prints(Bytes octets) {
  std::vector<std::uint64_t> prints;
  ByteReader in(octets);
  while (in.remaining() >= sizeof(std::uint64_t)) prints.push_back(in.u64());
  return prints;
}

}  // namespace

Buffer encode_record(const TorrentRecord& record) {
  DictWriter out;
  write_value(out, "name", record.name);
  write_value(out, "download dir", record.download_dir);
  if (!record.elsewhere.empty()) write_value(out, "elsewhere", record.elsewhere);
  write_value(out, "running", record.running);
  write_value(out, "finished", record.finished);
  write_value(out, "queued now", record.queued_now);
  write_value(out, "has metadata", record.has_metadata);
  write_value(out, "unsettled", record.unsettled);
  write_value(out, "undurable", record.undurable);
  write_value(out, "had data", record.had_data);
  write_value(out, "completion owed", record.completion_owed);
  write_value(out, "in doubt", record.in_doubt);
  write_value(out, "may overwrite", record.may_overwrite);
  write_value(out, "completed said", record.completed.said);
  write_value(out, "completed unheard", record.completed.unheard);
  write_value(out, "queue position", record.queue_rank);
  out.raw("options", encode_options(record.options));
  out.raw("content", encode_content(record.content));
  write_value(out, "have valid", record.progress.have_valid);
  write_value(out, "size when done", record.progress.size_when_done);
  write_value(out, "left", record.progress.left_until_done);
  write_value(out, "complete", record.progress.complete);
  write_value(out, "downloaded", record.totals.downloaded);
  write_value(out, "uploaded", record.totals.uploaded);
  write_value(out, "corrupt", record.totals.corrupt);
  write_value(out, "seconds downloading", record.totals.seconds_downloading);
  write_value(out, "seconds seeding", record.totals.seconds_seeding);
  write_time(out, "added", record.added);
  write_time(out, "done", record.done);
  write_time(out, "activity", record.activity);
  write_time(out, "edited", record.edited);
  write_time(out, "started", record.started);
  out.raw("tiers", encode_tiers(record.tiers));
  if (!record.trackers.empty()) out.raw("trackers", encode_trackers(record.trackers));
  if (!record.peers.empty()) out.raw("peers", encode_peers(record.peers));
  write_time(out, "saved", record.saved);
  if (!record.early_wishes.empty()) out.string("early wishes", encode_early(record.early_wishes));
  if (!record.metadata_sources.empty())
    write_value(out, "metadata sources", record.metadata_sources);
  if (!record.wishes.empty()) out.string("wishes", encode_small(record.wishes));
  if (!record.unwanted_priorities.empty())
    out.string("unwanted priorities", encode_small(record.unwanted_priorities));
  if (!record.unfinished.empty()) out.string("unfinished", encode_prints(record.unfinished));
  return out.take();
}

Result<TorrentRecord> parse_record(Bytes encoded, const InfoHashes& hashes) {
  SEED_TRY(const auto document, bencode::Document::parse(encoded));
  const Value dict = document.root();
  if (!dict.is_dict()) return fail(FaultCode::malformed, "the torrent's record is no dictionary");
  TorrentRecord record;
  record.hashes = hashes;
  read_value(dict, "name", record.name);
  read_value(dict, "download dir", record.download_dir);
  read_value(dict, "elsewhere", record.elsewhere);
  read_value(dict, "running", record.running);
  read_value(dict, "finished", record.finished);
  read_value(dict, "queued now", record.queued_now);
  read_value(dict, "has metadata", record.has_metadata);
  read_value(dict, "unsettled", record.unsettled);
  read_value(dict, "undurable", record.undurable);
  read_value(dict, "had data", record.had_data);
  read_value(dict, "completion owed", record.completion_owed);
  read_value(dict, "in doubt", record.in_doubt);
  read_value(dict, "may overwrite", record.may_overwrite);
  read_value(dict, "completed said", record.completed.said);
  read_value(dict, "completed unheard", record.completed.unheard);
  read_value(dict, "queue position", record.queue_rank);
  if (const auto options = dict.find_dict("options"))
    config::each_torrent_option(
        [&](const auto& row) { read_value(*options, row.name, record.options.*row.member); });
  if (const auto content = dict.find_dict("content")) record.content = parse_content(*content);
  read_value(dict, "have valid", record.progress.have_valid);
  read_value(dict, "size when done", record.progress.size_when_done);
  read_value(dict, "left", record.progress.left_until_done);
  read_value(dict, "complete", record.progress.complete);
  read_value(dict, "downloaded", record.totals.downloaded);
  read_value(dict, "uploaded", record.totals.uploaded);
  read_value(dict, "corrupt", record.totals.corrupt);
  read_value(dict, "seconds downloading", record.totals.seconds_downloading);
  read_value(dict, "seconds seeding", record.totals.seconds_seeding);
  read_time(dict, "added", record.added);
  read_time(dict, "done", record.done);
  read_time(dict, "activity", record.activity);
  read_time(dict, "edited", record.edited);
  read_time(dict, "started", record.started);
  if (const auto tiers = dict.find_list("tiers")) record.tiers = parse_tiers(*tiers);
  if (const auto trackers = dict.find_list("trackers")) record.trackers = parse_trackers(*trackers);
  if (const auto peers = dict.find_list("peers")) record.peers = parse_peers(*peers);
  read_time(dict, "saved", record.saved);
  record.early_wishes = parse_early(dict.string_or("early wishes"));
  read_value(dict, "metadata sources", record.metadata_sources);
  parse_small(dict, "wishes", std::to_underlying(FileWish::unwanted), record.wishes);
  parse_small(dict, "unwanted priorities", std::to_underlying(Priority::low),
              record.unwanted_priorities);
  record.unfinished = parse_prints(dict.string_or("unfinished"));
  if (record.download_dir.empty() || record.download_dir.front() != '/')
    return fail(FaultCode::malformed, "the torrent's record has no folder");
  return record;
}

}  // namespace seed::torrent
