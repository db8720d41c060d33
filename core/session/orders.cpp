// Session::Impl: the user's orders and queries.
#include <algorithm>
#include <utility>
#include <variant>

#include "core/base/url.h"
#include "core/session/session_impl.h"
#include "core/session/wishes.h"
#include "core/tracker/announcer.h"

namespace seed::session {

namespace {

std::unexpected<OrderError> refusal(OrderErrorCode code, std::string text) {
  return std::unexpected(OrderError{code, std::move(text)});
}

OrderError from_fault(const Fault& fault) { return {OrderErrorCode::system_error, fault.text}; }

bool usable_tracker(const std::string& url) {
  const auto parsed = Url::parse(url);
  return parsed && (parsed->scheme == "http" || parsed->scheme == "https" ||
                    (parsed->scheme == "udp" && parsed->port != 0));
}

/// A URL a line, a blank line between tiers (contract 6.3); nothing for a bad URL.
std::optional<tracker::TierList> parse_tracker_list(const std::string& text) {
  tracker::TierList tiers(1);
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    std::erase_if(line, [](char c) { return c == '\r' || c == ' ' || c == '\t'; });
    if (line.empty()) {
      if (!tiers.back().empty()) tiers.emplace_back();
      continue;
    }
    if (!usable_tracker(line)) return std::nullopt;
    tiers.back().push_back(std::move(line));
  }
  if (tiers.back().empty()) tiers.pop_back();
  return tiers;
}

bool has_url(const tracker::TierList& tiers, const std::string& url) {
  return std::any_of(tiers.begin(), tiers.end(), [&](const auto& tier) {
    return std::find(tier.begin(), tier.end(), url) != tier.end();
  });
}

/// The URL of a tracker id; empty when the torrent has none of that id.
std::string url_of(const torrent::Torrent& torrent, std::int64_t id) {
  for (const auto& tracker : torrent.snapshot({.trackers = true}).trackers)
    if (tracker.id == id) return tracker.announce;
  return {};
}

}  // namespace

// --- settings ------------------------------------------------------------------------------------

void Session::Impl::reconfigure(const config::Settings& after) {
  const config::Settings before = std::exchange(settings_, after);
  if (before == after) return;
  sharing_.configure(settings_, now());
  storage_.memory().set_max(std::size_t{settings_.block_memory_mib} << 20);
  if (before.peer_port != after.peer_port) config_.peer_port_was_set = true;
  if (running_) {
    begin_listening();
    torrents_.each([](torrent::Torrent& torrent) { torrent.on_settings(); });
  }
  queue_changed_ = true;
  ++sequence_;
  world_.alarm.again();
}

void Session::Impl::save_settings(
    std::vector<std::pair<std::string, std::optional<std::string>>> values,
    OrderAnswer<void> answer) {
  std::vector<io::StoreChange> changes;
  for (auto& [name, value] : values) {
    io::StoreChange change;
    change.kind =
        value ? io::StoreChange::Kind::put_setting : io::StoreChange::Kind::remove_setting;
    change.name = std::move(name);
    if (value) change.value = to_buffer(*value);
    changes.push_back(std::move(change));
  }
  saving_.commit(std::move(changes), [answer = std::move(answer)](Result<void> saved) mutable {
    if (!saved) return answer(std::unexpected(from_fault(saved.error())));
    answer({});
  });
}

// --- simple orders -------------------------------------------------------------------------------

void Session::Impl::save_these(const std::vector<torrent::Torrent*>& torrents,
                               OrderAnswer<void> answer) {
  std::vector<io::StoreChange> changes;
  for (auto* torrent : torrents) {
    const auto* entry = torrents_.entry(torrent->id());
    if (entry == nullptr) continue;
    auto saved = torrent->save_as(false);
    changes.push_back(record_change(*entry, saved));
  }
  saving_.commit(std::move(changes), [answer = std::move(answer)](Result<void> saved) mutable {
    if (!saved) return answer(std::unexpected(from_fault(saved.error())));
    answer({});
  });
}

void Session::Impl::start_torrents(const Selection& which, bool past_queue,
                                   OrderAnswer<void> answer) {
  const auto chosen = torrents_.choose(which);
  for (auto* torrent : chosen) torrent->start(past_queue, true);
  queue_changed_ = true;
  save_these(chosen, std::move(answer));
}

void Session::Impl::stop_torrents(const Selection& which, OrderAnswer<void> answer) {
  const auto chosen = torrents_.choose(which);
  for (auto* torrent : chosen) torrent->stop();
  queue_changed_ = true;
  save_these(chosen, std::move(answer));
}

void Session::Impl::verify(const Selection& which, OrderAnswer<void> answer) {
  for (auto* torrent : torrents_.choose(which)) torrent->verify();
  answer({});
}

void Session::Impl::reannounce(const Selection& which, OrderAnswer<void> answer) {
  for (auto* torrent : torrents_.choose(which)) torrent->reannounce();
  answer({});
}

void Session::Impl::remove(const Selection& which, bool delete_data, OrderAnswer<void> answer) {
  const GatheringId gathering = gatherings_.open(std::move(answer));
  for (auto* torrent : torrents_.choose(which)) {
    gatherings_.expect(gathering);
    remove_one(*torrent, delete_data, [this, gathering](const Result<void>& removed) {
      gatherings_.done(gathering, removed);
    });
  }
  gatherings_.done(gathering, {});
}

void Session::Impl::remove_one(torrent::Torrent& torrent, bool delete_data, Answer<void> answer) {
  if (delete_data) {
    // What is to be deleted stands in the metainfo and the progress.
    return torrent.with_content(
        [this, id = torrent.id(), answer = std::move(answer)](const Result<void>&) mutable {
          auto* found = torrents_.find(id);
          if (found == nullptr) return answer({});
          auto files = found->files_on_disk();
          remove_one(*found, false,
                     [this, files = std::move(files),
                      answer = std::move(answer)](Result<void> removed) mutable {
                       if (!removed || !files) return answer(std::move(removed));
                       const auto& layout = files->metainfo->layout;
                       storage::remove_files(
                           storage_, layout, files->placement,
                           [keep = files->metainfo, answer = std::move(answer)](
                               Result<void> deleted) mutable { answer(std::move(deleted)); });
                     });
        });
  }
  const TorrentId id = torrent.id();
  auto* entry = torrents_.entry(id);
  io::StoreChange change;
  change.kind = io::StoreChange::Kind::remove_torrent;
  change.key = std::exchange(entry->key, 0);
  removed_.emplace_back(now(), torrent.number());
  push_event(TorrentRemoved{torrent.number()});
  torrent.leave();
  torrents_.hide(id);
  leaving_.push_back(id);
  std::vector<torrent::Torrent*> order = in_queue_order();
  renumber_queue(order);
  ++sequence_;
  world_.alarm.again();
  std::vector<io::StoreChange> changes;
  changes.push_back(std::move(change));
  saving_.commit(std::move(changes), std::move(answer));
}

void Session::Impl::set_location(const Selection& which, const std::string& location, bool move,
                                 OrderAnswer<void> answer) {
  const auto root = SafePath::root(location);
  if (!root)
    return answer(refusal(OrderErrorCode::path_not_absolute, "new location path is not absolute"));
  for (auto* torrent : torrents_.choose(which)) {
    // The answer comes at once (contract 6.5); how a long move ends shows in the torrent.
    if (move)
      torrent->move_data(*root, [](const Result<void>&) {});
    else
      torrent->relocate(*root, [](const Result<void>&) {});
  }
  answer({});
}

void Session::Impl::rename_path(RenameOrder order, OrderAnswer<RenameReply> answer) {
  const auto chosen = torrents_.choose(order.which);
  if (chosen.size() != 1)
    return answer(
        refusal(OrderErrorCode::invalid_params, "torrent_rename_path requires 1 torrent"));
  const TorrentNumber number = chosen.front()->number();
  chosen.front()->rename(
      order.path, order.name, [number, answer = std::move(answer)](Result<void> renamed) mutable {
        if (!renamed) return answer(refusal(OrderErrorCode::system_error, "Invalid argument"));
        answer(RenameReply{number});
      });
}

void Session::Impl::free_space(const std::string& path, OrderAnswer<Space> answer) {
  const auto folder = SafePath::root(path);
  if (!folder)
    return answer(refusal(OrderErrorCode::path_not_absolute, "directory path is not absolute"));
  io::submit(
      world_.workers, io::Lane::none, io::Urgency::transfer,
      [folder = *folder](const io::JobTools& tools) { return tools.files.space(folder); },
      [answer = std::move(answer)](Result<io::DiskSpace> space) mutable {
        if (!space) return answer(std::unexpected(from_fault(space.error())));
        answer(Space{space->free_bytes, space->total_bytes});
      });
}

// --- queue ---------------------------------------------------------------------------------------

std::vector<torrent::Torrent*> Session::Impl::in_queue_order() {
  std::vector<torrent::Torrent*> order;
  torrents_.each([&](torrent::Torrent& torrent) { order.push_back(&torrent); });
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return a->record().queue_position < b->record().queue_position;
  });
  return order;
}

void Session::Impl::renumber_queue(const std::vector<torrent::Torrent*>& order) {
  std::int64_t position = 0;
  for (auto* torrent : order) torrent->set_queue_position(position++);
  queue_changed_ = true;
}

void Session::Impl::move_in_queue(const Selection& which, QueueMove move,
                                  OrderAnswer<void> answer) {
  auto order = in_queue_order();
  const auto chosen = torrents_.choose(which);
  const auto is_chosen = [&](torrent::Torrent* torrent) {
    return std::find(chosen.begin(), chosen.end(), torrent) != chosen.end();
  };
  switch (move) {
    case QueueMove::top:
      std::stable_partition(order.begin(), order.end(), is_chosen);
      break;
    case QueueMove::bottom:
      std::stable_partition(order.begin(), order.end(),
                            [&](torrent::Torrent* torrent) { return !is_chosen(torrent); });
      break;
    case QueueMove::up:
      for (std::size_t i = 1; i < order.size(); ++i)
        if (is_chosen(order[i]) && !is_chosen(order[i - 1])) std::swap(order[i], order[i - 1]);
      break;
    case QueueMove::down:
      for (std::size_t i = order.size(); i-- > 1;)
        if (is_chosen(order[i - 1]) && !is_chosen(order[i])) std::swap(order[i], order[i - 1]);
      break;
  }
  renumber_queue(order);
  save_these(chosen, std::move(answer));
}

// --- set -----------------------------------------------------------------------------------------

std::optional<OrderError> Session::Impl::change_trackers(torrent::Torrent& torrent,
                                                         const SetOrder& order) {
  std::optional<OrderError> error;
  tracker::TierList tiers = torrent.record().tiers;
  const tracker::TierList before = tiers;
  if (order.tracker_list) {
    auto list = parse_tracker_list(*order.tracker_list);
    if (list)
      tiers = *std::move(list);
    else
      error = OrderError{OrderErrorCode::tracker_list_invalid, "Invalid tracker list"};
  }
  const OrderError unchanged{OrderErrorCode::tracker_list_unchanged, "error setting announce list"};
  bool added = false;
  for (const auto& url : order.tracker_add) {
    if (!usable_tracker(url) || has_url(tiers, url)) continue;
    tiers.push_back({url});
    added = true;
  }
  if (!order.tracker_add.empty() && !added) error = unchanged;
  bool removed = false;
  for (const auto id : order.tracker_remove) {
    const std::string url = url_of(torrent, id);
    for (auto& tier : tiers) removed = std::erase(tier, url) > 0 || removed;
  }
  if (!order.tracker_remove.empty() && !removed) error = unchanged;
  bool replaced = false;
  for (const auto& [id, with] : order.tracker_replace) {
    const std::string url = url_of(torrent, id);
    if (url.empty() || !usable_tracker(with) || has_url(tiers, with)) continue;
    for (auto& tier : tiers)
      for (auto& item : tier)
        if (item == url) {
          item = with;
          replaced = true;
        }
  }
  if (!order.tracker_replace.empty() && !replaced) error = unchanged;
  std::erase_if(tiers, [](const auto& tier) { return tier.empty(); });
  if (tiers != before) torrent.set_trackers(std::move(tiers));
  return error;
}

void Session::Impl::set(SetOrder order, OrderAnswer<void> answer) {
  const auto chosen = torrents_.choose(order.which);
  std::optional<OrderError> first;
  std::optional<OrderError> tracker;
  for (auto* torrent : chosen) {
    if (const auto wishes = change_wishes(torrent->record(), order.files)) {
      if (!*wishes)
        first = first.value_or(wishes->error());
      else
        torrent->set_wishes(**wishes);
    }
    auto options = torrent->record().options;
    if (order.adjust) order.adjust(options);
    if (order.sequential_from_piece) {
      if (*order.sequential_from_piece >= 0 &&
          *order.sequential_from_piece < std::int64_t{torrent->record().content.piece_count})
        options.sequential_download_from_piece =
            static_cast<std::uint32_t>(*order.sequential_from_piece);
      else
        first = first.value_or(
            OrderError{OrderErrorCode::piece_index_out_of_range,
                       "piece to sequentially download from is outside pieces range"});
    }
    if (options != torrent->record().options) torrent->set_options(std::move(options));
    if (auto error = change_trackers(*torrent, order)) tracker = std::move(error);
  }
  if (order.queue_position) {
    auto queue = in_queue_order();
    std::erase_if(queue, [&](auto* torrent) {
      return std::find(chosen.begin(), chosen.end(), torrent) != chosen.end();
    });
    const auto at =
        std::clamp<std::int64_t>(*order.queue_position, 0, static_cast<std::int64_t>(queue.size()));
    queue.insert(queue.begin() + at, chosen.begin(), chosen.end());
    renumber_queue(queue);
  }
  const auto error = tracker ? tracker : first;
  save_these(chosen, [error, answer = std::move(answer)](OrderResult<void> saved) mutable {
    if (error) return answer(std::unexpected(*error));
    answer(std::move(saved));
  });
}

// --- queries -------------------------------------------------------------------------------------

void Session::Impl::list(ListQuery query, OrderAnswer<ListReply> answer) {
  const bool recent = query.which.kind == Selection::Kind::recently_active;
  Listing listing{query.groups, recent, std::move(answer), {}, 1};
  std::vector<torrent::Torrent*> waking;
  for (auto* torrent : torrents_.choose(query.which)) {
    if (recent && now() - torrent->changed_at() > recently) continue;
    if (torrent->sequence() <= query.since) continue;
    listing.ids.push_back(torrent->id());
    if (torrent->needs_content_for(query.groups)) waking.push_back(torrent);
  }
  listing.left += waking.size();
  const ListingId id = listings_.insert(std::move(listing));
  for (auto* torrent : waking)
    torrent->with_content([this, id](const Result<void>&) { advance_listing(id); });
  advance_listing(id);
}

void Session::Impl::advance_listing(ListingId id) {
  auto* waiting = listings_.find(id);
  if (waiting == nullptr || --waiting->left > 0) return;
  auto listing = listings_.take(id);
  ListReply reply;
  reply.sequence = sequence_;
  reply.torrents.reserve(listing->ids.size());
  for (const TorrentId torrent_id : listing->ids)
    if (auto* torrent = torrents_.find(torrent_id))
      reply.torrents.push_back(torrent->snapshot(listing->groups));
  if (listing->recent)
    for (const auto& [when, number] : removed_) reply.removed.push_back(number);
  listing->answer(std::move(reply));
}

SessionStats Session::Impl::stats() {
  SessionStats out;
  torrents_.each([&](torrent::Torrent& torrent) {
    const auto facts = torrent.snapshot({});
    ++out.torrents;
    const bool active = facts.status == Status::downloading || facts.status == Status::seeding ||
                        facts.status == Status::checking;
    ++(active ? out.active : out.paused);
    out.rate_download += facts.rate_download;
    out.rate_upload += facts.rate_upload;
  });
  out.current = totals_;
  out.current.seconds_active = static_cast<std::uint64_t>(seconds_of(now() - started_));
  out.cumulative = cumulative();
  return out;
}

SessionFacts Session::Impl::facts() const {
  return {config_.state_dir, listening_.port(), listening_.error()};
}

}  // namespace seed::session
