// Torrent as others see it: facts copied into a TorrentSnapshot, group by group.
#include <algorithm>
#include <utility>

#include "core/torrent/torrent.h"

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

}  // namespace

bool Torrent::needs_content_for(const Groups& groups) const {
  if (phase_ == Phase::ready || phase_ == Phase::checking || error_) return false;
  return record_.has_metadata && (groups.files || groups.pieces || groups.availability);
}

TorrentSnapshot Torrent::snapshot(const Groups& groups) const {
  TorrentSnapshot out;
  fill_core(out);
  if (groups.texts) fill_texts(out);
  if (groups.trackers) fill_trackers(out);
  if (groups.peers) fill_peers(out);
  if (groups.files) fill_files(out);
  if (groups.pieces && completion_) out.pieces = completion_->have();
  if (groups.availability) fill_availability(out);
  return out;
}

void Torrent::fill_core(TorrentSnapshot& out) const {
  const Instant at = now();
  out.number = number_;
  out.hashes = record_.hashes;
  out.sequence = sequence_;
  out.status = status();
  out.is_private = record_.content.is_private;
  out.is_finished = record_.finished;
  out.is_stalled = queue_facts().stalled;
  out.has_metadata = record_.has_metadata;
  out.metadata_progress = record_.has_metadata ? 1 : 0;
  if (phase_ == Phase::checking)
    out.recheck_progress = environment_.storage.checker().progress(store_->id()).value_or(0);
  out.queue_position = record_.queue_position;
  out.file_count = record_.content.file_count;
  out.piece_count = record_.content.piece_count;
  out.piece_size = record_.content.piece_size;
  out.total_size = record_.content.total_size;
  out.size_when_done = record_.progress.size_when_done;
  out.left_until_done = record_.progress.left_until_done;
  out.have_valid = record_.progress.have_valid;
  out.have_unchecked = store_ ? store_->unverified_bytes() : 0;
  out.downloaded_ever = record_.totals.downloaded;
  out.uploaded_ever = record_.totals.uploaded;
  out.corrupt_ever = record_.totals.corrupt;
  out.rate_download = rate_down_.rate(at);
  out.rate_upload = rate_up_.rate(at);
  out.seconds_downloading = record_.totals.seconds_downloading;
  out.seconds_seeding = record_.totals.seconds_seeding;
  out.activity = record_.activity;
  out.added = record_.added;
  out.created = record_.content.created;
  out.done = record_.done;
  out.edited = record_.edited;
  out.started = record_.started;
  if (status() != Status::stopped) out.manual_announce = unix_seconds(wall());
  links_.each([&](const PeerLink& link) {
    if (!link.connection().open()) return;
    ++out.peers_connected;
    ++out.peers_from[static_cast<std::size_t>(source_of(link.config().source))];
    if (link.download.rate.rate(at) > 0) ++out.peers_sending_to_us;
    if (link.upload.rate.rate(at) > 0) ++out.peers_getting_from_us;
  });
  fill_trouble(out);
  fill_eta(out);
}

void Torrent::fill_trouble(TorrentSnapshot& out) const {
  if (error_) {
    out.error = ErrorKind::local;
    out.error_string = error_->text;
    return;
  }
  if (!announcing_.machine().running()) return;
  if (const auto trouble = announcing_.trouble()) {
    out.error = trouble->is_error ? ErrorKind::tracker_error : ErrorKind::tracker_warning;
    out.error_string = trouble->text;
  }
}

void Torrent::fill_eta(TorrentSnapshot& out) const {
  if (out.status == Status::downloading) {
    bool everything_somewhere = out.left_until_done == 0;
    std::uint64_t available = 0;
    if (downloading_) {
      const auto& picker = downloading_->picker();
      const auto& missing = picker.wanted_missing();
      for (std::uint32_t piece = missing.next_set(0); piece < missing.size();
           piece = missing.next_set(piece + 1))
        if (picker.availability(PieceIndex{piece}) > 0)
          available += picker.shape().length_of(PieceIndex{piece});
      out.desired_available = std::min(available, out.left_until_done);
      everything_somewhere = available >= out.left_until_done;
    }
    out.eta = !everything_somewhere ? -1 : seconds_for(out.left_until_done, out.rate_download);
  } else if (out.status == Status::seeding) {
    const auto& settings = environment_.settings;
    const auto& options = record_.options;
    using config::LimitMode;
    const bool limited =
        options.seed_ratio_mode == LimitMode::own ||
        (options.seed_ratio_mode == LimitMode::session && settings.ratio_limit_enabled);
    const double ratio =
        options.seed_ratio_mode == LimitMode::own ? options.seed_ratio_limit : settings.ratio_limit;
    const auto target =
        static_cast<std::uint64_t>(ratio * static_cast<double>(record_.progress.size_when_done));
    if (limited && target > out.uploaded_ever)
      out.eta = seconds_for(target - out.uploaded_ever, out.rate_upload);
    const bool idle_limited =
        options.seed_idle_mode == LimitMode::own ||
        (options.seed_idle_mode == LimitMode::session && settings.idle_seeding_limit_enabled);
    const auto minutes = options.seed_idle_mode == LimitMode::own ? options.seed_idle_limit
                                                                  : settings.idle_seeding_limit;
    if (idle_limited && out.rate_upload == 0) {
      const auto left = last_payload_ + std::chrono::minutes(minutes) - now();
      out.eta_idle =
          std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(left).count());
    }
  }
}

void Torrent::fill_texts(TorrentSnapshot& out) const {
  out.name = record_.name;
  out.download_dir = record_.download_dir;
  out.comment = record_.content.comment;
  out.creator = record_.content.creator;
  out.source = record_.content.source;
  out.mime_type = record_.content.mime_type;
  out.webseeds = record_.content.webseeds;
  out.options = record_.options;
}

void Torrent::fill_trackers(TorrentSnapshot& out) const {
  const auto time_of = [this](const std::optional<Instant>& at) {
    return at ? wall_of(*at) : no_time;
  };
  for (const auto& facts : announcing_.machine().facts()) {
    TrackerSnapshot& to = out.trackers.emplace_back();
    to.id = facts.id.value;
    to.tier = facts.tier;
    to.announce = facts.announce_url;
    to.scrape = facts.scrape_url;
    to.host = facts.host;
    to.sitename = facts.site_name;
    to.is_backup = facts.is_backup;
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

void Torrent::fill_peers(TorrentSnapshot& out) const {
  const Instant at = now();
  links_.each([&](const PeerLink& link) {
    if (!link.connection().open()) return;
    const auto facts = link.connection().facts();
    PeerSnapshot& to = out.peers.emplace_back();
    to.endpoint = link.remote();
    to.peer_id = facts.peer_id;
    to.client = facts.client;
    to.source = source_of(link.config().source);
    to.incoming = link.config().incoming;
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

void Torrent::fill_files(TorrentSnapshot& out) const {
  if (!metainfo_) return;
  const auto& layout = metainfo_->layout;
  if (!file_facts_) {
    auto facts = std::make_shared<std::vector<FileFacts>>();
    facts->reserve(layout.file_count());
    for (std::uint32_t i = 0; i < layout.file_count(); ++i) {
      const FileIndex file{i};
      const auto pieces = layout.pieces_of(file);
      facts->push_back({.name = store_ ? store_->placement().name_of(file) : layout.path(file),
                        .length = layout.length(file),
                        .begin_piece = pieces.first.value,
                        .end_piece = pieces.last.value,
                        .pad = layout.is_pad(file)});
    }
    file_facts_ = std::move(facts);
  }
  out.file_facts = file_facts_;
  out.files.reserve(layout.file_count());
  for (std::uint32_t i = 0; i < layout.file_count(); ++i) {
    const FileWish wish = i < record_.wishes.size() ? record_.wishes[i] : FileWish::normal;
    FileSnapshot file;
    file.bytes_completed = completion_ ? completion_->bytes_of(FileIndex{i}) : 0;
    file.wanted = wish != FileWish::unwanted;
    if (file.wanted)
      file.priority = static_cast<Priority>(wish);
    else if (i < record_.unwanted_priorities.size())
      file.priority = static_cast<Priority>(record_.unwanted_priorities[i]);
    out.files.push_back(file);
  }
}

void Torrent::fill_availability(TorrentSnapshot& out) const {
  if (!completion_) return;
  const auto& have = completion_->have();
  out.availability.assign(have.size(), 0);
  if (downloading_) {
    for (std::uint32_t i = 0; i < have.size(); ++i)
      out.availability[i] =
          static_cast<std::int32_t>(downloading_->picker().availability(PieceIndex{i}));
  } else if (!have.all()) {
    links_.each([&](const PeerLink& link) {
      const auto& pieces = link.connection().peer_pieces();
      for (std::uint32_t i = pieces.next_set(0); i < pieces.size(); i = pieces.next_set(i + 1))
        ++out.availability[i];
    });
  }
  for (std::uint32_t i = have.next_set(0); i < have.size(); i = have.next_set(i + 1))
    out.availability[i] = -1;
}

}  // namespace seed::torrent
