#include "core/tracker/announcer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/tracker/http_scrape.h"

namespace seed::tracker {
namespace {

/// Waits after the first, second, ... failure in a row; the last one from then on.
constexpr std::array<Duration, 8> back_off = {15s, 30s, 1min, 2min, 5min, 15min, 30min, 60min};
/// What stands for a min interval that a tracker does not name, when a user asks by hand.
constexpr Duration reannounce_floor = 60s;
/// Scrapes are for display only.
constexpr Duration scrape_interval = 30min;
/// A tracker that does not answer scrapes is asked after 30 min, 1, 2, 4, 8 h.
constexpr int scrape_doublings_max = 4;

/// Whether it came from the tracker, and not of never reaching it.
bool is_answer(const Fault& fault) {
  return fault.code == FaultCode::malformed ||
         (fault.code == FaultCode::refused && fault.system_error == 0);
}

/// What `said` does not say stays as it was.
void merge(ScrapeCounts& counts, const ScrapeCounts& said) {
  if (said.seeders) counts.seeders = said.seeders;
  if (said.leechers) counts.leechers = said.leechers;
  if (said.downloads) counts.downloads = said.downloads;
  if (said.downloaders) counts.downloaders = said.downloaders;
}

Carrier carrier_of(std::string_view url) {
  return url.starts_with("udp:") ? Carrier::udp : Carrier::http;
}

Duration clamped(Duration span) {
  return std::clamp(span, Duration::zero(), limits::announce_interval_max);
}

}  // namespace

void Announcer::Announce::apply_to(AnnounceRequest& request) const {
  request.event = event;
  request.numwant = numwant;
  request.key = key;
  request.tracker_id = tracker_id;
}

Announcer::Announcer(Rng rng, Options options)
    : rng_(rng), options_(options), key_(static_cast<std::uint32_t>(rng_.next())), channels_(1) {}

void Announcer::start(Start how, Instant now) {
  for (Channel& channel : channels_) channel.owe_completed(how.completed_already);
  if (running_) return;
  running_ = true;
  seeding_ = how.completed_already;
  if (seeding_) completed_said_ = true;
  for (auto& [id, row] : roster_.rows()) {
    if (row.removed) continue;
    row.stop_due = false;
    if (row.announce.state == AskState::queued) withdraw(row);
    if (how.by_user) row.never = false;
  }
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    Channel& channel = channels_[c];
    channel.due = now;
    channel.urgency = how.by_user ? Urgency::user : Urgency::routine;
    const auto first = usable_at(c, now);
    if (!first) continue;
    const Row& row = *roster_.find(*first);
    if (seeding_ && !how.by_user && row.keep_until && !channel.completed_due)
      channel.due = std::max(channel.due, *row.keep_until);
  }
  for (auto& [id, row] : roster_.rows()) row.keep_until.reset();
  pump(now);
}

void Announcer::stop(Instant now) {
  if (!running_) return;
  running_ = false;
  for (auto& [id, row] : roster_.rows()) {
    withdraw_scrape(row);
    row.next_scrape = never;
    const bool starting =
        row.announce.state == AskState::active && row.saying == AnnounceEvent::started;
    row.stop_due = row.lists_us() || starting;
    if (row.announce.state == AskState::queued && !row.lists_us()) withdraw(row);
  }
  for (Channel& channel : channels_) channel.due = never;
  pump(now);
}

void Announcer::completed(Instant now) {
  seeding_ = true;
  const bool first = !std::exchange(completed_said_, true);
  for (Channel& channel : channels_) {
    const bool lost = std::exchange(channel.completed_lost, false);
    if (!first && !lost) continue;
    channel.completed_due = true;
    if (!running_) continue;
    channel.due = std::min(channel.due, now);
    channel.urgency = std::min(channel.urgency, Urgency::event);
  }
  pump(now);
}

void Announcer::reannounce(Instant now) {
  if (!running_) return;
  for (auto& [id, row] : roster_.rows())
    if (!row.blocked_by_tracker) row.blocked_until = {};
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    Channel& channel = channels_[c];
    Instant allowed = now;
    if (const auto first = usable_at(c, now))
      allowed = std::max(now, roster_.find(*first)->allowed_at);
    channel.due = std::min(channel.due, allowed);
    channel.urgency = Urgency::user;
  }
  pump(now);
}

void Announcer::renew(Instant now) {
  if (!running_) return;
  for (auto& [id, row] : roster_.rows())
    if (!row.blocked_by_tracker) row.blocked_until = {};
  for (Channel& channel : channels_) {
    channel.renewed = true;
    channel.due = now;
    channel.urgency = std::min(channel.urgency, Urgency::event);
  }
  pump(now);
}

void Announcer::set_trackers(const TierList& tiers, TrackerIds& ids, Instant now) {
  const auto before = channels_by_tracker();
  const auto used = all_in_use();
  roster_.assign(tiers, ids, rng_);
  std::vector<TrackerId> gone;
  for (auto& [id, row] : roster_.rows())
    if (row.removed) gone.push_back(id);
  for (const TrackerId id : gone) let_go(*roster_.find(id));
  remake_channels(now, before, used);
  pump(now);
}

void Announcer::set_options(const Options& options, Instant now) {
  const auto before = channels_by_tracker();
  const auto used = all_in_use();
  options_ = options;
  if (!options_.scrape)
    for (auto& [id, row] : roster_.rows()) {
      withdraw_scrape(row);
      row.next_scrape = never;
    }
  remake_channels(now, before, used);
  pump(now);
}

void Announcer::restore(const std::vector<TrackerMemory>& memory, Instant now) {
  for (const TrackerMemory& kept : memory) {
    Row* row = roster_.find(kept.url);
    if (row == nullptr) continue;
    row->never = kept.refused_for_good;
    row->failures = std::clamp(kept.failures, 0, static_cast<int>(back_off.size()));
    row->tracker_id = kept.tracker_id;
    const Instant allowed = now + clamped(kept.until_allowed);
    if (row->failures > 0) row->blocked_until = allowed;
    row->allowed_at = allowed;
    // Not `listed`: its next announce says `started`, for the peer id, the key and the totals are
    // this run's. Trackers that know peers by id would take a plain one for a stranger's, and those
    // that know them by address its totals for a step back.
    row->listed_before = kept.listed;
    if (!kept.completed_owed) channels_[channel_of(*row)].completed_lost = false;
    if (kept.listed) row->keep_until = now + clamped(kept.until_next);
  }
}

void Announcer::restore_completed(const CompletedMemory& memory) {
  completed_said_ = memory.said;
  for (Channel& channel : channels_) channel.completed_lost = memory.unheard;
}

// --- turns

std::optional<Announcer::Announce> Announcer::begin_announce(TrackerId tracker, Instant now) {
  Row* row = roster_.find(tracker);
  if (row == nullptr || row->announce.state != AskState::queued) return std::nullopt;
  const auto event = to_say(*row);
  if (!event) {
    row->announce.state = AskState::inactive;
    return std::nullopt;
  }
  row->announce.state = AskState::active;
  row->announce.last_start = now;
  row->was_listed = std::exchange(row->listed_before, false);
  row->saying = *event;
  if (speaks_for_channel(*row)) channels_[channel_of(*row)].renewed = false;
  const bool wants_peers = *event != AnnounceEvent::stopped;
  return Announce{row->id, row->url,       *event, wants_peers ? options_.numwant : 0,
                  key_,    row->tracker_id};
}

void Announcer::on_announce_done(TrackerId tracker, const Result<AnnounceReply>& reply,
                                 Instant now) {
  Row* row = roster_.find(tracker);
  if (row == nullptr || !row->announcing()) return;
  // Without a turn (the host is down) it fails with what it would have said.
  const bool active = row->announce.state == AskState::active;
  const AnnounceEvent said = active ? row->saying : to_say(*row).value_or(AnnounceEvent::none);
  note_result(*row, reply, now);
  const bool called_off = !reply && reply.error().code == FaultCode::cancelled;
  // What was not answered has changed nothing that is known. What was called off may have been
  // heard.
  const bool was_listed = std::exchange(row->was_listed, false);
  if (!reply && said == AnnounceEvent::started) row->listed_before |= was_listed;
  if (active && called_off && said == AnnounceEvent::started)
    (running_ ? row->listed_before : row->listed) = true;
  if (reply && reply->accepted())
    succeeded(*row, said, *reply, now);
  else if (called_off && running_ && !row->removed && said != AnnounceEvent::stopped)
    channels_[channel_of(*row)].due = now;
  else
    failed(*row, said, reply ? &*reply->refusal : nullptr, now);
  if (row->removed) let_go(*row);
  pump(now);
}

void Announcer::note_result(Row& row, const Result<AnnounceReply>& reply, Instant now) {
  const bool accepted = reply && reply->accepted();
  row.announce.state = AskState::inactive;
  row.announce.last_done = now;
  row.announce.succeeded = accepted;
  row.announce.timed_out = !reply && reply.error().code == FaultCode::timed_out;
  row.refused = reply ? !accepted : is_answer(reply.error());
  row.last_peers = accepted ? static_cast<std::uint32_t>(reply->peers.size()) : 0;
  row.warning = reply ? reply->warning : std::string();
  if (!reply)
    row.announce.result = reply.error().text;
  else
    row.announce.result = accepted ? "Success" : reply->refusal->text;
}

void Announcer::succeeded(Row& row, AnnounceEvent said, const AnnounceReply& reply, Instant now) {
  Channel& channel = channels_[channel_of(row)];
  row.failures = 0;
  row.blocked_until = {};
  row.blocked_by_tracker = false;
  if (!reply.tracker_id.empty()) row.tracker_id = reply.tracker_id;
  merge(row.counts, {reply.seeders, reply.leechers, reply.downloads, std::nullopt});
  row.listed = said != AnnounceEvent::stopped;
  if (said == AnnounceEvent::stopped) {
    row.stop_due = false;
    return;
  }
  if (said == AnnounceEvent::completed && speaks_for_channel(row)) channel.heard_completed();
  if (row.removed || !running_) {
    row.stop_due = true;
    return;
  }
  const Duration least = reply.min_interval.value_or(Duration::zero());
  const Duration interval = std::max({reply.interval, least, limits::announce_interval_min});
  row.allowed_at = now + (reply.min_interval ? least : std::min(interval, reannounce_floor));
  roster_.promote(row.id);
  channel.succeeded_at = now;
  const bool again = channel.completed_due || channel.renewed;
  channel.due = again ? now : now + interval;
  channel.urgency = again ? Urgency::event : Urgency::routine;
  plan_scrape(row, reply, now);
}

void Announcer::failed(Row& row, AnnounceEvent said, const Refusal* refusal, Instant now) {
  if (said == AnnounceEvent::stopped) {
    row.listed = false;
    row.listed_before = false;
    row.stop_due = false;
    return;
  }
  Channel& channel = channels_[channel_of(row)];
  if (row.removed || !running_) {
    if (said == AnnounceEvent::completed && !row.removed) {
      channel.completed_due = false;
      channel.completed_lost = true;
    }
    row.stop_due = row.lists_us();
    return;
  }
  const auto step =
      std::min<std::size_t>(static_cast<std::size_t>(row.failures), back_off.size() - 1);
  row.failures = std::min(row.failures + 1, static_cast<int>(back_off.size()));
  row.failed_at = now;
  row.blocked_until = now + jittered(back_off[step]);
  row.blocked_by_tracker = refusal != nullptr && refusal->retry_in.has_value();
  if (row.blocked_by_tracker) row.blocked_until = now + *refusal->retry_in;
  if (refusal != nullptr && refusal->never) row.never = true;
  channel.due = now;
}

// --- scrapes

void Announcer::plan_scrape(Row& row, const AnnounceReply& reply, Instant now) {
  if (!options_.scrape || row.scrape.state != AskState::inactive) return;
  if (reply.seeders && reply.leechers) {
    row.next_scrape = now + scrape_interval;
  } else if (row.next_scrape == never) {
    const bool recent = row.scrape.last_done && *row.scrape.last_done + scrape_interval > now;
    row.next_scrape = recent ? *row.scrape.last_done + scrape_interval : now;
  }
}

std::optional<Announcer::Scrape> Announcer::begin_scrape(TrackerId tracker, Instant now) {
  Row* row = roster_.find(tracker);
  if (row == nullptr || row->scrape.state != AskState::queued) return std::nullopt;
  row->scrape.state = AskState::active;
  row->scrape.last_start = now;
  return Scrape{row->id, scrape_url_of(row->url).value_or("")};
}

void Announcer::on_scrape_done(TrackerId tracker, const Result<ScrapeReply>& reply,
                               const Sha1& info_hash, Instant now) {
  Row* row = roster_.find(tracker);
  if (row == nullptr || row->scrape.state == AskState::inactive) return;
  const bool accepted = reply && reply->accepted();
  row->scrape.state = AskState::inactive;
  row->scrape.last_done = now;
  row->scrape.succeeded = accepted;
  row->scrape.timed_out = !reply && reply.error().code == FaultCode::timed_out;
  row->scrape.result.clear();
  if (!accepted) row->scrape.result = reply ? reply->refusal->text : reply.error().text;
  if (accepted)
    if (const ScrapeCounts* counts = reply->find(info_hash)) merge(row->counts, *counts);
  Duration wait = scrape_interval;
  if (accepted) {
    row->scrape_failures = 0;
    wait = std::max(wait, reply->min_interval.value_or(wait));
  } else {
    wait = jittered(wait * (1 << std::min(row->scrape_failures++, scrape_doublings_max)));
  }
  row->next_scrape = running_ && options_.scrape && !row->removed ? now + wait : never;
  pump(now);
}

void Announcer::on_deadline(Instant now) { pump(now); }

// --- what is due

void Announcer::pump(Instant now) {
  if (running_)
    for (std::size_t c = 0; c < channels_.size(); ++c) pump_channel(c, now);
  pump_stops();
  if (running_) pump_scrapes(now);
}

void Announcer::pump_channel(std::size_t channel, Instant now) {
  Channel& it = channels_[channel];
  if (it.due > now) return;
  for (const TrackerId id : members(channel)) {
    Row& row = *roster_.find(id);
    if (row.announce.state == AskState::queued) want(row, it.urgency);
    if (row.announcing() && !row.leaving()) return;
  }
  const auto next = usable_at(channel, now);
  if (!next) {
    it.due = earliest_retry(channel);
    it.urgency = it.completed_due ? Urgency::event : Urgency::routine;
    return;
  }
  Row& row = *roster_.find(*next);
  if (!row.announcing()) want(row, it.urgency);
}

void Announcer::pump_stops() {
  for (auto& [id, row] : roster_.rows())
    if (row.stop_due && row.lists_us() && row.announce.state != AskState::active)
      want(row, Urgency::event);
}

void Announcer::pump_scrapes(Instant now) {
  for (auto& [id, row] : roster_.rows()) {
    if (row.removed || row.next_scrape > now || row.scrape.state != AskState::inactive) continue;
    row.next_scrape = never;
    // Only for trackers in use, and never instead of a tracker's own word to keep away.
    if (!row.listed || !row.announce.succeeded || !scrape_url_of(row.url)) continue;
    row.scrape.state = AskState::queued;
    events_.push_back(Due{row.id, host_of(row.url), Urgency::scrape, true, carrier_of(row.url)});
  }
}

/// What a tracker is to hear when its turn comes; nothing when it need not be asked.
std::optional<AnnounceEvent> Announcer::to_say(const Row& row) const {
  const Channel& channel = channels_[channel_of(row)];
  if (row.stop_due) {
    if (!row.lists_us()) return std::nullopt;
    if (!row.listed) return AnnounceEvent::stopped;
    const bool said_elsewhere = std::ranges::any_of(roster_.rows(), [&](const auto& entry) {
      const Row& other = entry.second;
      return other.announce.state == AskState::active && other.saying == AnnounceEvent::completed &&
             speaks_for_channel(other) && channel_of(other) == channel_of(row);
    });
    const bool completed = channel.completed_due && !said_elsewhere && !row.removed;
    return completed ? AnnounceEvent::completed : AnnounceEvent::stopped;
  }
  if (!running_ || row.removed) return std::nullopt;
  if (!row.listed) return AnnounceEvent::started;
  return channel.completed_due ? AnnounceEvent::completed : AnnounceEvent::none;
}

void Announcer::want(Row& row, Urgency urgency) {
  if (row.announce.state == AskState::queued && row.urgency <= urgency) return;
  row.announce.state = AskState::queued;
  row.urgency = urgency;
  events_.push_back(Due{row.id, host_of(row.url), urgency, false, carrier_of(row.url)});
}

void Announcer::withdraw(Row& row) {
  if (row.announce.state != AskState::queued) return;
  row.announce.state = AskState::inactive;
  events_.push_back(Withdraw{row.id, false});
}

void Announcer::withdraw_scrape(Row& row) {
  if (row.scrape.state != AskState::queued) return;
  row.scrape.state = AskState::inactive;
  events_.push_back(Withdraw{row.id, true});
}

Duration Announcer::jittered(Duration least) { return rng_.between(least, least + least / 4); }

// --- channels

std::size_t Announcer::channel_of(const Row& row) const {
  if (!options_.announce_to_all_tiers) return 0;
  return std::min<std::size_t>(row.tier, channels_.size() - 1);
}

/// One that left the list has no tier any more; what it hears counts for the only channel or for
/// none.
bool Announcer::speaks_for_channel(const Row& row) const {
  return !row.removed || !options_.announce_to_all_tiers;
}

/// The first that has not failed since one of them last answered. When all have, the one that
/// failed longest ago: dead ones take longer to fail than their first back-offs last, and would be
/// asked in turns while a good one further down is never reached.
std::optional<TrackerId> Announcer::usable_at(std::size_t channel, Instant when,
                                              bool by_user) const {
  const Row* oldest = nullptr;
  for (const TrackerId id : members(channel)) {
    const Row& row = *roster_.find(id);
    const bool waits = row.blocked_until > when && (row.blocked_by_tracker || !by_user);
    if (!row.supported || row.never || waits) continue;
    if (row.failed_at <= channels_[channel].succeeded_at) return id;
    if (oldest == nullptr || row.failed_at < oldest->failed_at) oldest = &row;
  }
  return oldest == nullptr ? std::nullopt : std::optional(oldest->id);
}

/// The tracker that is asked now or will be asked next.
std::optional<TrackerId> Announcer::in_use(std::size_t channel) const {
  for (const TrackerId id : members(channel)) {
    const Row& row = *roster_.find(id);
    if (row.announcing() && !row.leaving()) return id;
  }
  if (!running_ || channels_[channel].due == never) return std::nullopt;
  return usable_at(channel, channels_[channel].due);
}

Instant Announcer::earliest_retry(std::size_t channel) const {
  Instant first = never;
  for (const TrackerId id : members(channel)) {
    const Row& row = *roster_.find(id);
    if (row.supported && !row.never) first = std::min(first, row.blocked_until);
  }
  return first;
}

std::map<TrackerId, std::size_t> Announcer::channels_by_tracker() const {
  std::map<TrackerId, std::size_t> out;
  for (const auto& tier : roster_.tiers())
    for (const TrackerId id : tier) out[id] = channel_of(*roster_.find(id));
  return out;
}

std::vector<TrackerId> Announcer::all_in_use() const {
  std::vector<TrackerId> out;
  for (std::size_t c = 0; c < channels_.size(); ++c)
    if (const auto id = in_use(c)) out.push_back(*id);
  return out;
}

/// Channels for the tiers as they are now. One whose tracker in use is no longer there starts over.
/// One of tiers that became one owes `completed` if all of them did; one of new trackers only, if a
/// channel that is gone did.
void Announcer::remake_channels(Instant now, const std::map<TrackerId, std::size_t>& before,
                                const std::vector<TrackerId>& used) {
  const std::size_t count =
      options_.announce_to_all_tiers ? std::max<std::size_t>(roster_.tiers().size(), 1) : 1;
  std::vector<Channel> next(count);
  std::vector<Channel> gone = channels_;
  std::vector<std::size_t> fresh;
  for (std::size_t c = 0; c < count; ++c) {
    const auto ids = members(c);
    bool known = false;
    for (const TrackerId id : ids) {
      const auto was = before.find(id);
      if (was == before.end()) continue;
      const Channel& old = channels_[was->second];
      if (!std::exchange(known, true)) next[c] = old;
      if (!old.owes_completed()) next[c].heard_completed();
      gone[was->second] = {};
    }
    if (!known) fresh.push_back(c);
    const bool goes_on = std::ranges::any_of(
        ids, [&](const TrackerId id) { return std::ranges::find(used, id) != used.end(); });
    if (running_ && !goes_on) next[c].due = now;
  }
  for (const std::size_t c : fresh)
    for (const Channel& old : gone) {
      next[c].completed_due |= old.completed_due;
      next[c].completed_lost |= old.completed_lost;
    }
  channels_ = std::move(next);
}

/// A tracker that left the list: it hears `stopped` if it listed us, and is gone then.
void Announcer::let_go(Row& row) {
  withdraw_scrape(row);
  row.next_scrape = never;
  const bool active = row.announce.state == AskState::active;
  if (active && row.saying != AnnounceEvent::stopped) return;
  row.stop_due = row.lists_us();
  if (active || row.stop_due) return;
  withdraw(row);
  roster_.erase(row.id);
}

// --- outputs

std::optional<Announcer::Event> Announcer::next_event() {
  if (events_.empty()) return std::nullopt;
  return events_.take_front();
}

std::optional<Instant> Announcer::deadline() const {
  if (!running_) return std::nullopt;
  Instant first = never;
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    const auto ids = members(c);
    const bool busy = std::ranges::any_of(
        ids, [&](const TrackerId id) { return roster_.find(id)->announcing(); });
    if (!busy) first = std::min(first, channels_[c].due);
  }
  for (const auto& [id, row] : roster_.rows())
    if (row.scrape.state == AskState::inactive) first = std::min(first, row.next_scrape);
  if (first == never) return std::nullopt;
  return first;
}

bool Announcer::quiet() const {
  return !running_ && std::ranges::none_of(roster_.rows(), [](const auto& entry) {
    return entry.second.announcing() || (entry.second.stop_due && entry.second.lists_us());
  });
}

}  // namespace seed::tracker
