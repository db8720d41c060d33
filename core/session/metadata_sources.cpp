#include "core/session/metadata_sources.h"

#include <algorithm>

#include "core/base/limits.h"
#include "core/base/url.h"
#include "core/metainfo/metainfo.h"
#include "core/torrent/announcing.h"

namespace seed::session {

namespace {

/// All else of a URL may hold a passkey.
std::string host_of(const std::string& url) {
  const auto parsed = Url::parse(url);
  return parsed ? parsed->host : std::string();
}

/// Of the file that a source gave: what the magnet is about, with what both name.
Result<CheckedMetadata> checked(Buffer file, torrent::TorrentRecord facts) {
  SEED_TRY(const Buffer octets, inflated(std::move(file), limits::metadata_bytes_max));
  SEED_TRY(const auto parsed, metainfo::parse_torrent(octets));
  if (!has_hashes(parsed.info, facts.hashes))
    return fail(FaultCode::malformed, "it is not the torrent that the magnet names");
  facts.tiers = torrent::joined(std::move(facts.tiers), parsed.announce_tiers);
  auto& web_seeds = facts.content.webseeds;
  for (const auto& url : parsed.web_seeds)
    if (std::ranges::find(web_seeds, url) == web_seeds.end()) web_seeds.push_back(url);
  return made_torrent(parsed, facts);
}

}  // namespace

void MetadataSources::consider(TorrentId torrent, Instant now) {
  const auto* record = owner_.wants_metadata(torrent);
  if (record == nullptr || record->metadata_sources.empty()) return;
  if (rounds_.try_emplace(torrent).second) due_.set(torrent, now);
}

void MetadataSources::on_deadline(Instant now) {
  while (fetches_ < fetches_max) {
    const auto torrent = due_.take_due(now);
    if (!torrent) return;
    fetch(*torrent);
  }
}

void MetadataSources::fetch(TorrentId torrent) {
  const auto* record = owner_.wants_metadata(torrent);
  if (record == nullptr || record->metadata_sources.empty()) {
    rounds_.erase(torrent);
    return;
  }
  Round& round = rounds_[torrent];
  round.next = std::min(round.next, record->metadata_sources.size() - 1);
  const std::string url = record->metadata_sources[round.next++];
  ++fetches_;
  auto request = fetch_request(
      rules_, url,
      {.timeout = limits::torrent_fetch_timeout, .body_bytes_max = limits::metadata_bytes_max});
  http_.get(std::move(request), [this, torrent, url](Result<io::HttpReply> reply) {
    if (!reply)
      return on_failed(torrent, url, fetch_error_text(torrent_fetch_failed, reply.error()));
    if (reply->status != 200)
      return on_failed(torrent, url, fetch_error_text(torrent_fetch_failed, reply->status));
    parse(torrent, url, std::move(reply->body));
  });
}

void MetadataSources::parse(TorrentId torrent, std::string url, Buffer file) {
  const auto* record = owner_.wants_metadata(torrent);
  if (record == nullptr) return on_failed(torrent, url, "it is not wanted any more");
  torrent::TorrentRecord facts;
  facts.hashes = record->hashes;
  facts.tiers = record->tiers;
  facts.content.webseeds = record->content.webseeds;
  io::submit(
      workers_, io::Lane::none, io::Urgency::transfer,
      [file = std::move(file), facts = std::move(facts)](const io::JobTools&) mutable {
        return checked(std::move(file), std::move(facts));
      },
      [this, torrent, url = std::move(url)](Result<CheckedMetadata> found) {
        if (!found) return on_failed(torrent, url, found.error().text);
        --fetches_;
        rounds_.erase(torrent);
        owner_.on_metadata_found(torrent, *std::move(found));
      });
}

void MetadataSources::on_failed(TorrentId torrent, const std::string& url, const std::string& why) {
  --fetches_;
  const auto* record = owner_.wants_metadata(torrent);
  if (record == nullptr) {
    rounds_.erase(torrent);
    return;
  }
  log_.warn("a source of a magnet does not give its metadata",
            {{"torrent", record->name}, {"host", host_of(url)}, {"error", why}});
  Round& round = rounds_[torrent];
  const Instant now = clock_.now();
  if (round.next < record->metadata_sources.size()) return due_.set(torrent, now);
  round.next = 0;
  due_.set(torrent, now + round.pause);
  round.pause = std::min<Duration>(2 * round.pause, pause_max);
}

}  // namespace seed::session
