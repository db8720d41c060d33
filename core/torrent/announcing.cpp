#include "core/torrent/announcing.h"

#include <algorithm>
#include <utility>

namespace seed::torrent {

namespace {

std::uint64_t since(std::uint64_t now, std::uint64_t then) { return now > then ? now - then : 0; }

}  // namespace

bool has_url(const tracker::TierList& tiers, const std::string& url) {
  return std::ranges::any_of(
      tiers, [&](const auto& tier) { return std::ranges::find(tier, url) != tier.end(); });
}

tracker::TierList joined(tracker::TierList own, const tracker::TierList& defaults) {
  for (const auto& tier : defaults) {
    own.emplace_back();
    for (const auto& url : tier)
      if (!has_url(own, url)) own.back().push_back(url);
  }
  std::erase_if(own, [](const auto& tier) { return tier.empty(); });
  return own;
}

Announcing::Announcing(Rng rng, const tracker::Announcer::Options& options)
    : announcer_(rng, options) {}

void Announcing::restore(const tracker::TierList& tiers, const TorrentRecord& record,
                         tracker::TrackerIds& ids, Instant now, WallTime wall) {
  base_ = {record.totals.uploaded, record.totals.downloaded, record.totals.corrupt};
  announcer_.set_trackers(tiers, ids, now);
  announcer_.restore_completed(record.completed);
  if (record.trackers.empty() || record.saved == no_time) return;
  const Duration away = std::max(Duration(wall - record.saved), Duration(0));
  auto memory = record.trackers;
  for (auto& tracker : memory) {
    tracker.until_next = std::max(tracker.until_next - away, Duration(0));
    tracker.until_allowed = std::max(tracker.until_allowed - away, Duration(0));
  }
  announcer_.restore(memory, now);
}

void Announcing::set_trackers(const tracker::TierList& tiers, tracker::TrackerIds& ids,
                              Instant now) {
  announcer_.set_trackers(tiers, ids, now);
  std::erase_if(bases_, [&](const auto& entry) { return !announcer_.knows(entry.first); });
}

void Announcing::start(const tracker::Announcer::Start& how, const AnnounceTotals& totals,
                       Instant now) {
  if (!announcer_.running()) base_ = {totals.uploaded, totals.downloaded, totals.corrupt};
  announcer_.start(how, now);
}

void Announcing::stop(Instant now) { announcer_.stop(now); }
void Announcing::completed(Instant now) { announcer_.completed(now); }
void Announcing::reannounce(Instant now) { announcer_.reannounce(now); }

std::optional<Announcing::Ready> Announcing::begin_announce(tracker::TrackerId tracker,
                                                            const AnnounceTotals& totals,
                                                            Instant now) {
  const auto announce = announcer_.begin_announce(tracker, now);
  if (!announce) return std::nullopt;
  const Base base = base_of(tracker, announce->event);
  Ready ready;
  ready.url = announce->url;
  ready.request.info_hash = totals.info_hash;
  ready.request.info_hash_v2 = totals.info_hash_v2;
  ready.request.uploaded = since(totals.uploaded, base.uploaded);
  ready.request.downloaded = since(totals.downloaded, base.downloaded);
  ready.request.corrupt = since(totals.corrupt, base.corrupt);
  ready.request.left = totals.left.value_or(tracker::left_unknown);
  ready.request.partial_seed = totals.partial_seed;
  announce->apply_to(ready.request);
  return ready;
}

Announcing::Base Announcing::base_of(tracker::TrackerId tracker, tracker::AnnounceEvent event) {
  if (event == tracker::AnnounceEvent::started) bases_[tracker] = base_;
  const auto told = bases_.find(tracker);
  if (told == bases_.end()) return base_;
  const Base base = told->second;
  if (event == tracker::AnnounceEvent::stopped) bases_.erase(told);
  return base;
}

std::optional<TrackerTrouble> Announcing::trouble() const {
  // One that cannot be reached is no fault of the torrent: it shows among the trackers alone.
  const tracker::Row* row = announcer_.complaining();
  if (row == nullptr) return std::nullopt;
  return TrackerTrouble{row->refuses(), row->refuses() ? row->announce.result : row->warning};
}

}  // namespace seed::torrent
