#include "core/torrent/why.h"

#include <algorithm>
#include <utility>

namespace seed::torrent {

namespace {

constexpr std::size_t troubled_trackers_max = 3;

ReasonCode code_of(const Fault& fault) {
  switch (fault.code) {
    case FaultCode::disk_full:
      return ReasonCode::disk_full;
    case FaultCode::root_missing:
      return ReasonCode::root_missing;
    case FaultCode::not_found:
      return ReasonCode::files_missing;
    case FaultCode::exists:
    case FaultCode::doublet:
      return ReasonCode::files_in_the_way;
    case FaultCode::permission:
      return ReasonCode::no_permission;
    case FaultCode::io:
    case FaultCode::timed_out:
      return ReasonCode::disk_error;
    default:
      return ReasonCode::broken;
  }
}

class Explanation {
 public:
  Explanation(const WhyFacts& facts, const Surroundings& around) : facts_(facts), around_(around) {}

  std::vector<Reason> make() {
    add(main_reason());
    add_contributing();
    return std::move(reasons_);
  }

 private:
  /// Each code once, but of trackers, and with the first detail.
  void add(Reason reason) {
    const auto same = [&](const Reason& other) {
      return other.code == reason.code && other.detail == reason.detail;
    };
    if (std::ranges::none_of(reasons_, same)) reasons_.push_back(std::move(reason));
  }
  static Reason counted(ReasonCode code, std::uint64_t number) {
    return {.code = code, .detail = {}, .number = static_cast<std::int64_t>(number)};
  }
  static Reason about(ReasonCode code, std::string detail) {
    return {.code = code, .detail = std::move(detail)};
  }

  Reason main_reason() const {
    if (facts_.error) return about(code_of(*facts_.error), facts_.error->text);
    if (facts_.unplaced) return why_unplaced();
    switch (facts_.status) {
      case Status::stopped:
        if (facts_.moving) return moving();
        return {.code = facts_.finished ? ReasonCode::limit_reached : ReasonCode::paused,
                .detail = {}};
      case Status::check_wait:
        return {.code = ReasonCode::check_waits, .detail = {}};
      case Status::checking:
        return {.code = ReasonCode::checking, .detail = {}, .share = facts_.check_progress};
      case Status::download_wait:
      case Status::seed_wait:
        return {.code = ReasonCode::queued,
                .detail = facts_.status == Status::seed_wait ? "seed" : "download",
                .number = around_.queue_place,
                .of = around_.queue_length};
      case Status::downloading:
        return why_downloading();
      case Status::seeding:
        return why_seeding();
    }
    return {};
  }

  Reason moving() const {
    return {.code = ReasonCode::moving, .detail = {}, .share = facts_.move_progress};
  }

  /// Complete, and not where it belongs.
  Reason why_unplaced() const {
    if (facts_.moving) return moving();
    if (!facts_.trouble.empty()) return about(ReasonCode::broken, facts_.trouble);
    return {.code = ReasonCode::opening, .detail = {}};
  }

  Reason why_downloading() const {
    if (!facts_.has_metadata) return {.code = ReasonCode::metadata_missing, .detail = {}};
    if (facts_.rate_down > 0) return counted(ReasonCode::downloading, facts_.rate_down);
    if (facts_.moving) return moving();
    if (facts_.opening) return {.code = ReasonCode::opening, .detail = {}};
    if (facts_.size_when_done == 0) return {.code = ReasonCode::nothing_wanted, .detail = {}};
    if (facts_.down_shut) return about(ReasonCode::limit_is_zero, "download");
    if (facts_.open == 0) return nobody();
    if (facts_.memory_full) return {.code = ReasonCode::disk_slow, .detail = {}};
    if (facts_.available == 0 && facts_.left > 0) return not_with_peers();
    if (facts_.unchoke_us == 0) return counted(ReasonCode::peers_choke_us, facts_.open);
    return counted(ReasonCode::blocks_under_way, facts_.unchoke_us);
  }

  Reason why_seeding() const {
    if (facts_.rate_up > 0) return counted(ReasonCode::seeding, facts_.rate_up);
    if (facts_.moving) return moving();
    if (facts_.up_shut) return about(ReasonCode::limit_is_zero, "upload");
    if (facts_.open == 0) {
      // A seed waits for who comes; only what keeps them from finding it is worth saying first.
      if (facts_.no_address_family || !facts_.network_trouble.empty()) return nobody();
      if (auto trouble = troubled_trackers(); all_in_trouble()) return std::move(trouble.front());
      return {.code = ReasonCode::nobody_connected, .detail = {}};
    }
    if (facts_.interested == 0) return counted(ReasonCode::nobody_interested, facts_.open);
    if (facts_.unchoked == 0) return counted(ReasonCode::peers_wait_for_slots, facts_.interested);
    return counted(ReasonCode::seeding, 0);
  }

  Reason not_with_peers() const {
    return {.code = ReasonCode::no_peer_has_missing,
            .detail = {},
            .number = static_cast<std::int64_t>(facts_.available),
            .of = static_cast<std::int64_t>(facts_.left)};
  }

  /// Why there is no peer at all.
  Reason nobody() const {
    if (facts_.no_address_family) return {.code = ReasonCode::no_address_family, .detail = {}};
    if (!facts_.network_trouble.empty())
      return about(ReasonCode::network_gone, facts_.network_trouble);
    if (facts_.dialing > 0) return counted(ReasonCode::connecting, facts_.dialing);
    if (facts_.peer_limit == 0) return counted(ReasonCode::peer_limit, 0);
    if (facts_.known > 0 && facts_.dial_waits) return counted(ReasonCode::dial_waits, facts_.known);
    if (facts_.known > 0) {
      Reason out = counted(ReasonCode::peers_unreachable, facts_.known);
      out.when = facts_.next_dial;
      return out;
    }
    if (facts_.trackers.empty() && around_.dht_nodes >= 0)
      return counted(ReasonCode::asking_dht, static_cast<std::uint64_t>(around_.dht_nodes));
    if (facts_.trackers.empty()) return {.code = ReasonCode::no_trackers, .detail = {}};
    if (auto trouble = troubled_trackers(); all_in_trouble()) return std::move(trouble.front());
    if (std::ranges::any_of(facts_.trackers, &WhyFacts::Tracker::active))
      return {.code = ReasonCode::asking_trackers, .detail = {}};
    Reason out{.code = ReasonCode::no_peers_found, .detail = {}};
    for (const auto& tracker : facts_.trackers)
      if (tracker.next != no_time && (out.when == no_time || tracker.next < out.when))
        out.when = tracker.next;
    return out;
  }

  /// Those that were asked have all failed.
  bool all_in_trouble() const {
    bool any = false;
    for (const auto& tracker : facts_.trackers) {
      if (tracker.answered && tracker.good) return false;
      any = any || tracker.answered;
    }
    return any;
  }
  std::vector<Reason> troubled_trackers() const {
    std::vector<Reason> out;
    for (const auto& tracker : facts_.trackers) {
      if (!tracker.answered || tracker.good || out.size() == troubled_trackers_max) continue;
      Reason& reason =
          out.emplace_back(about(ReasonCode::tracker_error, tracker.host + ": " + tracker.text));
      reason.when = tracker.next;
    }
    return out;
  }

  void add_contributing() {
    const bool runs = facts_.status == Status::downloading || facts_.status == Status::seeding;
    if (!facts_.trouble.empty()) add(about(ReasonCode::broken, facts_.trouble));
    if (facts_.moving && reasons_.front().code != ReasonCode::moving) add(moving());
    if (!runs) return;
    const bool downloads = facts_.status == Status::downloading;
    if (facts_.stalled) add({.code = ReasonCode::stalled, .detail = {}});
    if (downloads && !facts_.has_metadata && facts_.open == 0) add(nobody());
    if (downloads && facts_.open > 0 && facts_.available < facts_.left) add(not_with_peers());
    if (downloads && facts_.held_down) add(about(ReasonCode::rate_limited, "download"));
    if (facts_.held_up) add(about(ReasonCode::rate_limited, "upload"));
    if (facts_.memory_full) add({.code = ReasonCode::disk_slow, .detail = {}});
    if (facts_.peer_limit > 0 && facts_.open >= facts_.peer_limit)
      add(counted(ReasonCode::peer_limit, facts_.open));
    for (Reason& trouble : troubled_trackers()) add(std::move(trouble));
    for (const auto& tracker : facts_.trackers)
      if (tracker.good && !tracker.warning.empty() && reasons_.size() < 2 * troubled_trackers_max)
        add(about(ReasonCode::tracker_warning, tracker.host + ": " + tracker.warning));
    if (!around_.proxy_error.empty()) add(about(ReasonCode::proxy_fails, around_.proxy_error));
    if (!around_.listen_error.empty()) add(about(ReasonCode::not_listening, around_.listen_error));
  }

  const WhyFacts& facts_;
  const Surroundings& around_;
  std::vector<Reason> reasons_;
};

}  // namespace

std::vector<Reason> explain(const WhyFacts& facts, const Surroundings& around) {
  return Explanation(facts, around).make();
}

}  // namespace seed::torrent
