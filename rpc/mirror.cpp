#include "rpc/mirror.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace seed::rpc {

using session::ListQuery;
using session::ListReply;
using session::Status;
using session::TorrentSnapshot;

namespace {

/// What a copy has.
constexpr session::Groups held{.texts = true, .swarm = true};

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
  // What is allowed already is so now, whenever that is.
  if (torrent.manual_announce >= 0)
    torrent.manual_announce =
        std::max(torrent.manual_announce, unix_seconds(torrent.taken) + seconds);
}

class Mirror::Turn {
 public:
  Turn(Mirror& mirror, Clock::time_point until) : mirror_(mirror) {
    std::unique_lock lock(mirror_.turns_);
    taken_ = mirror_.turned_.wait_until(lock, until, [this] { return !mirror_.filling_; });
    if (taken_) mirror_.filling_ = true;
  }
  ~Turn() {
    if (!taken_) return;
    const std::lock_guard lock(mirror_.turns_);
    mirror_.filling_ = false;
    mirror_.turned_.notify_one();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  bool taken() const { return taken_; }

 private:
  Mirror& mirror_;
  bool taken_;
};

std::expected<void, CallError> Mirror::refresh(const AskList& ask, Clock::time_point until) {
  std::uint64_t known = 0;
  {
    const std::unique_lock lock(mutex_);
    asked_ = Clock::now();
    known = sequence_;
  }
  while (true) {
    if (known == 0) {
      const auto filled = fill(ask, 0, until);
      if (!filled) return std::unexpected(filled.error());
      known = *filled;
      // Nothing has happened in the session.
      if (known == 0) return {};
    }
    // Also after another thread's filling, which may have begun before what this caller has done.
    ListQuery query;
    query.groups = held;
    query.since = known;
    auto reply = list_in_steps(ask, std::move(query));
    if (!reply) return std::unexpected(std::move(reply).error());
    if (!reply->full) {
      take(*std::move(reply));
      return {};
    }
    const auto filled = fill(ask, known, until);
    if (!filled) return std::unexpected(filled.error());
    known = *filled;
  }
}

std::expected<std::uint64_t, CallError> Mirror::fill(const AskList& ask, std::uint64_t stale,
                                                     Clock::time_point until) {
  const Turn turn(*this, until);
  if (!turn.taken())
    return std::unexpected(
        CallError{internal_error, "busy: the list of torrents is being made", {}, true});
  {
    const std::shared_lock lock(mutex_);
    if (sequence_ != stale) return sequence_;
  }
  ListQuery query;
  query.groups = held;
  auto reply = list_in_steps(ask, std::move(query));
  if (!reply) return std::unexpected(std::move(reply).error());
  // What has changed meanwhile is in the next refresh.
  take_full(std::move(reply->torrents), reply->sequence);
  return reply->sequence;
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
  const auto is_wanted = [&] { return sequence_ == 0 || now - asked_ <= limits::changes_idle_max; };
  {
    const std::shared_lock lock(mutex_);
    if (is_wanted()) return;
  }
  const std::unique_lock lock(mutex_);
  // Who asked in between counts on what there was.
  if (is_wanted()) return;
  copies_.clear();
  sequence_ = 0;
}

std::size_t Mirror::size() const {
  const std::shared_lock lock(mutex_);
  return copies_.size();
}

}  // namespace seed::rpc
