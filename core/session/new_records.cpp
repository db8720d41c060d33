#include "core/session/new_records.h"

#include <string>
#include <utility>

#include "core/metainfo/mime_type.h"
#include "core/session/wishes.h"
#include "core/torrent/completion.h"

namespace seed::session {

namespace {

torrent::ContentFacts content_facts(const metainfo::Metainfo& metainfo) {
  return {.total_size = metainfo.layout.total_size(),
          .piece_count = metainfo.layout.piece_count(),
          .piece_size = metainfo.layout.piece_length(),
          .file_count = metainfo.layout.file_count(),
          .is_private = metainfo.is_private,
          .created = metainfo.created,
          .comment = metainfo.comment,
          .creator = metainfo.created_by,
          .source = metainfo.source,
          .mime_type = std::string(metainfo::primary_mime_type(metainfo.layout)),
          .webseeds = metainfo.web_seeds};
}

torrent::ProgressFacts nothing_had(const metainfo::Metainfo& metainfo,
                                   const std::vector<torrent::FileWish>& wishes) {
  const torrent::Completion completion(metainfo.layout, wishes,
                                       Bitfield(metainfo.layout.piece_count()));
  return completion.facts();
}

/// All that does not hang on the metadata.
torrent::TorrentRecord plain_record(AddOrder& order, const config::Settings& settings,
                                    const NewPlace& place) {
  torrent::TorrentRecord record;
  record.download_dir = order.download_dir.value_or(settings.download_dir);
  record.running = !order.paused.value_or(!settings.start_added_torrents);
  record.queue_rank = place.queue_rank;
  // Its own limits, in force once they are asked for, begin where the session's stand.
  record.options.peer_limit = settings.peer_limit_per_torrent;
  record.options.download_limit = settings.speed_limit_down;
  record.options.upload_limit = settings.speed_limit_up;
  record.options.seed_ratio_limit = settings.ratio_limit;
  record.options.seed_idle_limit = settings.idle_seeding_limit;
  record.options.sequential_download = settings.sequential_download;
  if (order.adjust) order.adjust(record.options);
  record.added = place.wall;
  record.in_doubt = true;
  record.edited = place.wall;
  if (record.running) record.started = place.wall;
  return record;
}

}  // namespace

torrent::TorrentRecord new_record(AddOrder& order, const metainfo::Metainfo& metainfo,
                                  const config::Settings& settings, const NewPlace& place) {
  auto record = plain_record(order, settings, place);
  record.hashes = metainfo.hashes;
  record.name = metainfo.name;
  const std::int64_t from = order.sequential_from_piece.value_or(0);
  if (from > 0 && from < metainfo.layout.piece_count())
    record.options.sequential_download_from_piece = static_cast<std::uint32_t>(from);
  auto wishes = wishes_for_new(metainfo.layout.file_count(), order.files);
  record.wishes = std::move(wishes.files);
  record.unwanted_priorities = std::move(wishes.unwanted_priorities);
  record.content = content_facts(metainfo);
  record.progress = nothing_had(metainfo, record.wishes);
  record.tiers = metainfo.announce_tiers;
  return record;
}

torrent::TorrentRecord new_record(AddOrder& order, const metainfo::Magnet& magnet,
                                  const config::Settings& settings, const NewPlace& place) {
  auto record = plain_record(order, settings, place);
  record.hashes = magnet.hashes;
  record.name = magnet.name.empty() ? magnet.hashes.short_hash().hex() : magnet.name;
  record.has_metadata = false;
  // Whether there is such a piece shows later.
  const std::int64_t from = order.sequential_from_piece.value_or(0);
  if (from > 0 && from <= std::int64_t{limits::pieces_max})
    record.options.sequential_download_from_piece = static_cast<std::uint32_t>(from);
  record.early_wishes = early_wishes(magnet.selected);
  const auto more = early_wishes(order.files);
  record.early_wishes.insert(record.early_wishes.end(), more.begin(), more.end());
  record.content.webseeds = magnet.web_seeds;
  record.metadata_sources = magnet.exact_sources;
  for (const auto& url : magnet.acceptable_sources) record.metadata_sources.push_back(url);
  for (const auto& url : magnet.trackers) record.tiers.push_back({url});
  return record;
}

torrent::LearnedMetadata learned_metadata(const torrent::TorrentRecord& record,
                                          std::shared_ptr<const metainfo::Metainfo> metainfo,
                                          Buffer torrent) {
  torrent::LearnedMetadata learned;
  learned.torrent = std::move(torrent);
  learned.content = content_facts(*metainfo);
  auto wishes = wishes_from(metainfo->layout.file_count(), record.early_wishes);
  learned.progress = nothing_had(*metainfo, wishes.files);
  learned.wishes = std::move(wishes.files);
  learned.unwanted_priorities = std::move(wishes.unwanted_priorities);
  learned.metainfo = std::move(metainfo);
  return learned;
}

}  // namespace seed::session
