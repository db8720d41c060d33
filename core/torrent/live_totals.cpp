#include "core/torrent/live_totals.h"

#include <algorithm>
#include <chrono>

namespace seed::torrent {

void LiveTotals::on_downloaded(std::uint64_t bytes, Instant now, WallTime wall) {
  record_->totals.downloaded += bytes;
  rate_down_.add(bytes, now);
  last_payload_ = now;
  record_->activity = wall;
}

void LiveTotals::on_uploaded(std::uint64_t bytes, Instant now, WallTime wall) {
  record_->totals.uploaded += bytes;
  rate_up_.add(bytes, now);
  last_payload_ = now;
  record_->activity = wall;
}

void LiveTotals::on_corrupt(std::uint64_t bytes) {
  auto& totals = record_->totals;
  totals.corrupt += bytes;
  totals.downloaded -= std::min(bytes, totals.downloaded);
}

void LiveTotals::on_time(Status status, Duration passed) {
  uncounted_ += passed;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(uncounted_);
  uncounted_ -= seconds;
  if (status == Status::downloading) record_->totals.seconds_downloading += seconds.count();
  if (status == Status::seeding) record_->totals.seconds_seeding += seconds.count();
}

}  // namespace seed::torrent
