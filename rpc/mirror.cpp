#include "rpc/mirror.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/base/limits.h"

namespace seed::rpc {

using session::ListQuery;
using session::ListReply;
using session::Status;
using session::TorrentSnapshot;

namespace {

/// What a copy has.
constexpr session::Groups held{.texts = true};

std::int64_t seconds_in(Mirror::Clock::duration time) {
  return std::chrono::floor<std::chrono::seconds>(time).count();
}

}  // namespace

bool Mirror::ages(const Copy& copy, Clock::time_point now) {
  return copy.torrent.status != Status::stopped && seconds_in(now - copy.taken) > 0;
}

void Mirror::age(TorrentSnapshot& torrent, Clock::duration by) {
  const std::int64_t seconds = seconds_in(by);
  if (torrent.status == Status::downloading) torrent.seconds_downloading += seconds;
  if (torrent.status == Status::seeding) torrent.seconds_seeding += seconds;
  if (torrent.eta_idle > 0)
    torrent.eta_idle = std::max<std::int64_t>(0, torrent.eta_idle - seconds);
  if (torrent.manual_announce >= 0) torrent.manual_announce += seconds;
}

std::expected<void, CallError> Mirror::refresh(const Ask& ask) {
  ListQuery query;
  query.groups = held;
  {
    const std::unique_lock lock(mutex_);
    asked_ = Clock::now();
    query.since = sequence_;
  }
  if (query.since == 0) {
    auto filled = fill(ask);
    if (!filled) return std::unexpected(std::move(filled).error());
    query.since = *filled;
  }
  // Also after another thread's filling, which may have begun before what this caller has done.
  auto reply = ask(query);
  if (!reply) return std::unexpected(std::move(reply).error());
  take(*std::move(reply));
  return {};
}

/// All of them at once would be a long turn of the loop.
std::expected<std::uint64_t, CallError> Mirror::fill(const Ask& ask) {
  const std::lock_guard filling(filling_);
  {
    const std::shared_lock lock(mutex_);
    if (sequence_ != 0) return sequence_;
  }
  std::vector<TorrentSnapshot> all;
  std::uint64_t sequence = 0;
  ListQuery query;
  query.groups = held;
  query.most = step;
  while (true) {
    auto reply = ask(query);
    if (!reply) return std::unexpected(std::move(reply).error());
    // What changes after the first step is in the next refresh.
    if (sequence == 0) sequence = reply->sequence;
    if (reply->torrents.empty()) break;
    query.after = reply->torrents.back().number;
    std::ranges::move(reply->torrents, std::back_inserter(all));
  }
  take_full(std::move(all), sequence);
  return sequence;
}

void Mirror::take_full(std::vector<TorrentSnapshot> torrents, std::uint64_t sequence) {
  const auto now = Clock::now();
  const std::unique_lock lock(mutex_);
  // Overtaken: another thread's copy is newer.
  if (sequence < sequence_) return;
  copies_.clear();
  for (auto& torrent : torrents) {
    const auto number = torrent.number;
    copies_.emplace_hint(copies_.end(), number, Copy{std::move(torrent), now});
  }
  sequence_ = sequence;
}

void Mirror::take(ListReply reply) {
  if (reply.full) return take_full(std::move(reply.torrents), reply.sequence);
  const auto now = Clock::now();
  const std::unique_lock lock(mutex_);
  // Answers overtake each other: what an older one says of what a newer one knows is not taken,
  // and one that it does not know was removed meanwhile.
  const bool newest = reply.sequence >= sequence_;
  for (auto& torrent : reply.torrents) {
    const auto number = torrent.number;
    const auto found = copies_.find(number);
    if (found != copies_.end()) {
      if (torrent.sequence >= found->second.torrent.sequence)
        found->second = {std::move(torrent), now};
    } else if (newest) {
      copies_.emplace(number, Copy{std::move(torrent), now});
    }
  }
  for (const auto number : reply.removed) copies_.erase(number);
  sequence_ = std::max(sequence_, reply.sequence);
}

void Mirror::forget_if_idle(Clock::time_point now) {
  {
    const std::shared_lock lock(mutex_);
    if (sequence_ == 0 || now - asked_ <= limits::changes_idle_max) return;
  }
  const std::unique_lock lock(mutex_);
  copies_.clear();
  sequence_ = 0;
}

std::size_t Mirror::size() const {
  const std::shared_lock lock(mutex_);
  return copies_.size();
}

}  // namespace seed::rpc
