#include "core/torrent/torrent_snapshot.h"

#include <algorithm>
#include <utility>

namespace seed::torrent {

namespace {

PeerSource source_of(swarm::Source source) {
  switch (source) {
    case swarm::Source::manual:
    case swarm::Source::tracker:
      return PeerSource::tracker;
    case swarm::Source::incoming:
      return PeerSource::incoming;
    case swarm::Source::ltep:
      return PeerSource::ltep;
    case swarm::Source::resume:
      return PeerSource::cache;
    case swarm::Source::lsd:
      return PeerSource::lpd;
    case swarm::Source::pex:
      return PeerSource::pex;
    case swarm::Source::dht:
      return PeerSource::dht;
  }
  return PeerSource::tracker;
}

std::int64_t count_or_unknown(const std::optional<std::uint32_t>& count) {
  return count ? std::int64_t{*count} : -1;
}

/// Seconds to pass `bytes` at `rate`; -2, unknown, at no rate.
std::int64_t seconds_for(std::uint64_t bytes, std::uint64_t rate) {
  return rate == 0 ? -2 : static_cast<std::int64_t>(bytes / rate);
}

WallTime wall_of(Instant at, const SnapshotSources& from) {
  return from.wall + std::chrono::duration_cast<std::chrono::milliseconds>(at - from.now);
}

void fill_core(TorrentSnapshot& out, const SnapshotSources& from) {
  const Instant at = from.now;
  out.number = from.number;
  out.hashes = from.record.hashes;
  out.sequence = from.sequence;
  out.labels_gained = from.labels_gained;
  out.taken = from.wall;
  out.status = from.status;
  out.is_private = from.record.content.is_private;
  out.is_finished = from.record.finished;
  out.is_stalled = from.stalled;
  out.has_metadata = from.record.has_metadata;
  out.metadata_progress = from.fetching != nullptr ? from.fetching->progress() : 1;
  if (from.status == Status::checking || from.status == Status::check_wait)
    out.recheck_progress = from.content.check_progress();
  out.move_progress = from.content.move_progress();
  out.queue_position = from.queue_position;
  out.file_count = from.record.content.file_count;
  out.piece_count = from.record.content.piece_count;
  out.piece_size = from.record.content.piece_size;
  out.total_size = from.record.content.total_size;
  out.size_when_done = from.record.progress.size_when_done;
  out.left_until_done = from.record.progress.left_until_done;
  out.have_valid = from.record.progress.have_valid;
  out.have_unchecked = from.content.store() ? from.content.store()->unverified_bytes() : 0;
  out.downloaded_ever = from.record.totals.downloaded;
  out.uploaded_ever = from.record.totals.uploaded;
  out.corrupt_ever = from.record.totals.corrupt;
  out.rate_download = from.totals.rate_down(at);
  if (from.web_seeds) out.webseeds_sending_to_us = from.web_seeds->sending(at);
  out.rate_upload = from.totals.rate_up(at);
  const auto seconds = from.totals.seconds(at);
  out.seconds_downloading = seconds.downloading;
  out.seconds_seeding = seconds.seeding;
  out.activity = from.record.activity;
  out.added = from.record.added;
  out.created = from.record.content.created;
  out.done = from.record.done;
  out.edited = from.record.edited;
  out.started = from.record.started;
  // Who waits for the end opens the files: it has come when the last has its name and its place.
  if (out.left_until_done == 0 && out.size_when_done > 0 &&
      (from.record.completion_owed || from.content.naming())) {
    out.left_until_done = 1;
    if (out.status == Status::seeding) out.status = Status::downloading;
    if (out.status == Status::seed_wait) out.status = Status::download_wait;
  }
  if (out.status != Status::stopped)
    if (const auto allowed = from.announcing.machine().reannounce_at(at))
      out.manual_announce = unix_seconds(wall_of(*allowed, from));
}

void fill_swarm(TorrentSnapshot& out, const SnapshotSources& from) {
  const Instant at = from.now;
  from.links.each([&](const PeerLink& link) {
    if (!link.connection().open()) return;
    ++out.peers_connected;
    ++out.peers_from[static_cast<std::size_t>(source_of(link.config().source))];
    const bool encrypted = link.connection().encrypted() == peer::Encrypted::payload;
    ++out.peers_over[link.utp() ? 1 : 0][encrypted ? 1 : 0];
    if (link.download.rate.rate(at) > 0) ++out.peers_sending_to_us;
    if (link.upload.rate.rate(at) > 0) ++out.peers_getting_from_us;
  });
}

void fill_trouble(TorrentSnapshot& out, const SnapshotSources& from) {
  if (from.error) {
    out.error = ErrorKind::local;
    out.error_string = from.error->text;
    if (!from.content.trouble().empty()) out.error_string += "; " + from.content.trouble();
    return;
  }
  if (!from.content.trouble().empty()) {
    out.error = ErrorKind::local;
    out.error_string = from.content.trouble();
    return;
  }
  if (!from.announcing.machine().running()) return;
  if (!from.network_trouble.empty()) {
    out.error = ErrorKind::local;
    out.error_string = from.network_trouble;
    return;
  }
  if (const auto trouble = from.announcing.trouble()) {
    out.error = trouble->is_error ? ErrorKind::tracker_error : ErrorKind::tracker_warning;
    out.error_string = trouble->text;
  }
}

void fill_eta(TorrentSnapshot& out, const SnapshotSources& from) {
  if (out.status == Status::downloading) {
    bool everything_somewhere = out.left_until_done == 0;
    if (from.downloading) {
      const std::uint64_t available = from.downloading->picker().wanted_available_bytes();
      out.desired_available = std::min(available, out.left_until_done);
      everything_somewhere = available >= out.left_until_done;
    }
    out.eta = !everything_somewhere ? -1 : seconds_for(out.left_until_done, out.rate_download);
  } else if (out.status == Status::seeding) {
    const SeedLimits limits = seed_limits(from.record.options, from.settings);
    const SeedFacts facts = from.totals.seed_facts(from.now);
    if (const auto left = left_to_send(limits, facts))
      out.eta = seconds_for(*left, out.rate_upload);
    if (limits.idle && out.rate_upload == 0)
      out.eta_idle = std::max<std::int64_t>(
          0, std::chrono::duration_cast<std::chrono::seconds>(*limits.idle - facts.idle).count());
  }
}

void fill_texts(TorrentSnapshot& out, const SnapshotSources& from) {
  out.name = from.record.name;
  out.download_dir = from.record.download_dir;
  out.comment = from.record.content.comment;
  out.creator = from.record.content.creator;
  out.source = from.record.content.source;
  out.mime_type = from.record.content.mime_type;
  out.webseeds = from.record.content.webseeds;
  if (from.web_seeds) out.webseed_facts = from.web_seeds->snapshot(from.now);
  out.options = from.record.options;
}

void fill_trackers(TorrentSnapshot& out, const SnapshotSources& from) {
  const auto time_of = [&](const std::optional<Instant>& at) {
    return at ? wall_of(*at, from) : no_time;
  };
  for (const auto& facts : from.announcing.machine().facts()) {
    TrackerSnapshot& to = out.trackers.emplace_back();
    to.id = facts.id.value;
    to.tier = facts.tier;
    to.announce = facts.announce_url;
    to.scrape = facts.scrape_url;
    to.host = facts.host;
    to.sitename = facts.site_name;
    to.is_backup = facts.is_backup;
    to.is_default = !has_url(from.record.tiers, facts.announce_url);
    to.refused_for_good = facts.refused_for_good;
    to.announce_state = static_cast<TrackerState>(facts.announce.state);
    to.has_announced = facts.announce.has_happened();
    to.last_announce_succeeded = facts.announce.succeeded;
    to.last_announce_timed_out = facts.announce.timed_out;
    to.last_announce_result = facts.announce.result;
    to.last_announce_peer_count = facts.last_peers;
    to.last_announce_start = time_of(facts.announce.last_start);
    to.last_announce = time_of(facts.announce.last_done);
    if (to.announce_state == TrackerState::waiting) to.next_announce = time_of(facts.announce.next);
    to.scrape_state = static_cast<TrackerState>(facts.scrape.state);
    to.has_scraped = facts.scrape.has_happened();
    to.last_scrape_succeeded = facts.scrape.succeeded;
    to.last_scrape_timed_out = facts.scrape.timed_out;
    to.last_scrape_result = facts.scrape.result;
    to.last_scrape_start = time_of(facts.scrape.last_start);
    to.last_scrape = time_of(facts.scrape.last_done);
    if (to.scrape_state == TrackerState::waiting) to.next_scrape = time_of(facts.scrape.next);
    to.seeders = count_or_unknown(facts.counts.seeders);
    to.leechers = count_or_unknown(facts.counts.leechers);
    to.downloads = count_or_unknown(facts.counts.downloads);
    to.downloaders = count_or_unknown(facts.counts.downloaders);
  }
}

void fill_peers(TorrentSnapshot& out, const SnapshotSources& from) {
  const Instant at = from.now;
  from.links.each([&](const PeerLink& link) {
    if (!link.connection().open()) return;
    const auto facts = link.connection().facts();
    PeerSnapshot& to = out.peers.emplace_back();
    to.endpoint = link.remote();
    to.peer_id = facts.peer_id;
    to.client = facts.client;
    to.source = source_of(link.config().source);
    to.incoming = link.config().incoming;
    to.encrypted = facts.encrypted == peer::Encrypted::payload;
    to.utp = link.utp();
    to.optimistic = link.upload.optimistic;
    to.client_choked = facts.peer_choking;
    to.client_interested = facts.am_interested;
    to.peer_choked = facts.am_choking;
    to.peer_interested = facts.peer_interested;
    to.progress = facts.pieces == 0 ? 0 : static_cast<double>(facts.pieces_had) / facts.pieces;
    to.rate_to_client = link.download.rate.rate(at);
    to.rate_to_peer = link.upload.rate.rate(at);
    to.bytes_to_client = facts.counts.downloaded;
    to.bytes_to_peer = facts.counts.uploaded;
    to.downloading_from = facts.am_interested && !facts.peer_choking;
    to.uploading_to = facts.peer_interested && !facts.am_choking;
  });
}

void fill_files(TorrentSnapshot& out, const SnapshotSources& from) {
  const auto& record = from.record;
  out.file_facts = from.content.file_facts();
  if (!out.file_facts) return;
  const auto count = static_cast<std::uint32_t>(out.file_facts->size());
  const Completion* completion = from.content.completion();
  out.files.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    FileSnapshot file;
    file.bytes_completed = completion != nullptr ? completion->bytes_of(FileIndex{i}) : 0;
    file.wanted = record.wish_of(i) != FileWish::unwanted;
    file.priority = record.priority_of(i);
    out.files.push_back(file);
  }
  if (from.content.store() == nullptr) return;
  const auto& layout = from.content.metainfo()->layout;
  for (const BlockRef& block : from.content.store()->unverified_blocks())
    for (const auto& slice : layout.slices(block.piece, block.offset, block.length))
      out.files[slice.file.value].bytes_completed += slice.length;
}

void fill_availability(TorrentSnapshot& out, const SnapshotSources& from) {
  if (from.content.completion() == nullptr) return;
  const auto& have = from.content.completion()->have();
  out.availability.assign(have.size(), 0);
  if (from.downloading != nullptr) {
    for (std::uint32_t i = 0; i < have.size(); ++i)
      out.availability[i] =
          static_cast<std::int32_t>(from.downloading->picker().availability(PieceIndex{i}));
  } else if (!have.all()) {
    from.links.each([&](const PeerLink& link) {
      const auto& pieces = link.connection().peer_pieces();
      for (std::uint32_t i = pieces.next_set(0); i < pieces.size(); i = pieces.next_set(i + 1))
        ++out.availability[i];
    });
  }
  for (std::uint32_t i = have.next_set(0); i < have.size(); i = have.next_set(i + 1))
    out.availability[i] = -1;
}

}  // namespace

TorrentSnapshot take_snapshot(const SnapshotSources& from, const Groups& groups) {
  TorrentSnapshot out;
  fill_core(out, from);
  fill_trouble(out, from);
  fill_eta(out, from);
  if (groups.texts) fill_texts(out, from);
  if (groups.swarm) fill_swarm(out, from);
  if (groups.trackers) fill_trackers(out, from);
  if (groups.peers) fill_peers(out, from);
  if (groups.files) fill_files(out, from);
  if (groups.pieces && from.content.completion() != nullptr)
    out.pieces = from.content.completion()->have();
  if (groups.availability) fill_availability(out, from);
  return out;
}

}  // namespace seed::torrent
