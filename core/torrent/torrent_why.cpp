// Torrent::why: the facts that explain() wants.
#include "core/torrent/torrent.h"

namespace seed::torrent {

namespace {

void count_links(WhyFacts& out, const LinkTable& links) {
  links.each([&](const PeerLink& link) {
    if (!link.connection().open()) {
      out.dialing += link.config().incoming ? 0 : 1;
      return;
    }
    const auto facts = link.connection().facts();
    ++out.open;
    out.unchoke_us += facts.am_interested && !facts.peer_choking ? 1 : 0;
    out.interested += facts.peer_interested ? 1 : 0;
    out.unchoked += facts.peer_interested && !facts.am_choking ? 1 : 0;
  });
}

void read_snapshot(WhyFacts& out, const TorrentSnapshot& shown) {
  out.status = shown.status;
  out.finished = shown.is_finished;
  out.stalled = shown.is_stalled;
  out.has_metadata = shown.has_metadata;
  out.move_progress = shown.move_progress;
  out.check_progress = shown.recheck_progress;
  out.size_when_done = shown.size_when_done;
  out.left = shown.left_until_done;
  out.available = shown.desired_available;
  out.rate_down = shown.rate_download;
  out.rate_up = shown.rate_upload;
  for (const auto& tracker : shown.trackers) {
    const bool answered = tracker.has_announced || tracker.refused_for_good;
    if (tracker.announce_state == TrackerState::inactive && !answered) continue;
    const bool asked = tracker.announce_state == TrackerState::queued ||
                       tracker.announce_state == TrackerState::active;
    out.trackers.push_back({.host = tracker.host,
                            .active = asked,
                            .answered = answered,
                            .good = tracker.last_announce_succeeded,
                            .text = tracker.last_announce_result,
                            .warning = {},
                            .next = tracker.next_announce});
  }
}

}  // namespace

std::vector<Reason> Torrent::why(const Surroundings& around) const {
  const Instant at = now();
  const auto& settings = environment_.settings;
  WhyFacts facts;
  read_snapshot(facts, snapshot({.trackers = true}));
  facts.error = lifecycle_.error();
  // A snapshot says of one that is complete and not in its place that an octet is missing.
  facts.status = status();
  facts.unplaced = done() && record_.progress.size_when_done > 0 && active() &&
                   (record_.completion_owed || content_.naming());
  facts.trouble = content_.trouble();
  facts.opening = lifecycle_.phase() == Phase::loading || lifecycle_.phase() == Phase::resuming;
  facts.moving = content_.moving();
  facts.no_address_family =
      settings.bind_address_ipv4.empty() && settings.bind_address_ipv6.empty();
  facts.network_trouble = environment_.world.uplink.facts().trouble;
  count_links(facts, links_.table());
  facts.known = static_cast<std::uint32_t>(links_.candidates().idle_count());
  const Instant due = links_.candidates().next_due(at);
  facts.dial_waits = due <= at;
  if (due != never)
    facts.next_dial = wall() + std::chrono::ceil<std::chrono::milliseconds>(std::max(due, at) - at);
  facts.peer_limit = record_.options.peer_limit;
  const bool held = links_.deadline() != never;
  facts.down_shut = links_.limits().shut(Direction::down);
  facts.up_shut = links_.limits().shut(Direction::up);
  facts.held_down = held && links_.limits().limited(Direction::down);
  facts.held_up = held && links_.limits().limited(Direction::up);
  facts.memory_full = environment_.storage.memory().under_pressure();
  if (announcing_.machine().running())
    if (const auto trouble = announcing_.trouble(); trouble && !trouble->is_error)
      for (auto& tracker : facts.trackers)
        if (tracker.good && tracker.warning.empty()) {
          tracker.warning = trouble->text;
          break;
        }
  return explain(facts, around);
}

}  // namespace seed::torrent
