#include "core/torrent/live_totals.h"

#include <algorithm>
#include <chrono>

namespace seed::torrent {

void LiveTotals::on_downloaded(std::uint64_t bytes, Instant now, WallTime wall) {
  record_->totals.downloaded += bytes;
  rate_down_.add(bytes, now);
  moved_ = true;
  last_payload_ = now;
  record_->activity = wall;
}

void LiveTotals::on_uploaded(std::uint64_t bytes, Instant now, WallTime wall) {
  record_->totals.uploaded += bytes;
  rate_up_.add(bytes, now);
  moved_ = true;
  last_payload_ = now;
  record_->activity = wall;
}

void LiveTotals::on_corrupt(std::uint64_t bytes) {
  auto& totals = record_->totals;
  totals.corrupt += bytes;
  totals.downloaded -= std::min(bytes, totals.downloaded);
}

void LiveTotals::on_time(Status status, Instant now) {
  const Seconds total = seconds(now);
  record_->totals.seconds_downloading = total.downloading;
  record_->totals.seconds_seeding = total.seeding;
  uncounted_ = (uncounted_ + (now - counted_to_)) % 1s;
  counted_to_ = now;
  status_ = status;
}

LiveTotals::Seconds LiveTotals::seconds(Instant now) const {
  const auto passed = std::chrono::floor<std::chrono::seconds>(uncounted_ + (now - counted_to_));
  Seconds out{record_->totals.seconds_downloading, record_->totals.seconds_seeding};
  if (status_ == Status::downloading) out.downloading += passed.count();
  if (status_ == Status::seeding) out.seeding += passed.count();
  return out;
}

}  // namespace seed::torrent
