// Session::Impl: the user's orders and queries.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "config/settings_access.h"
#include "core/base/folder_fault.h"
#include "core/base/limits.h"
#include "core/session/queue_order.h"
#include "core/session/session_impl.h"
#include "core/session/tracker_edits.h"
#include "core/session/wishes.h"

namespace seed::session {

namespace {

std::unexpected<OrderError> refusal(OrderErrorCode code, std::string text) {
  return std::unexpected(OrderError{code, std::move(text)});
}

OrderError from_fault(const Fault& fault) { return {OrderErrorCode::system_error, fault.text}; }

/// It is malformed, unknown or taken; what the system says of a disk has an errno.
bool is_about_name(const Fault& fault) {
  return fault.code == FaultCode::exists ||
         (fault.system_error == 0 &&
          (fault.code == FaultCode::malformed || fault.code == FaultCode::not_found));
}

/// For orders that need to be durable, and say no more than that they are.
Answer<void> told_by(OrderAnswer<void> answer) {
  return [answer = std::move(answer)](const Result<void>& saved) mutable {
    if (!saved) return answer(std::unexpected(from_fault(saved.error())));
    answer({});
  };
}

/// What moves is shown once a second; a loop that was held may be late.
constexpr Duration moving_shown_within = 10s;

/// What shows in torrents that rest: when they stop by themselves, and whether they are stalled.
auto seed_and_stall_limits(const config::Settings& settings) {
  return std::tuple(settings.ratio_limit, settings.ratio_limit_enabled, settings.idle_seeding_limit,
                    settings.idle_seeding_limit_enabled, settings.queue_stalled_enabled,
                    settings.queue_stalled_minutes);
}

TrackerUrls urls_of(const torrent::Torrent& torrent) {
  TrackerUrls out;
  for (auto& tracker : torrent.snapshot({.trackers = true}).trackers)
    out.emplace(tracker.id, std::move(tracker.announce));
  return out;
}

}  // namespace

// --- settings ------------------------------------------------------------------------------------

void Session::Impl::reconfigure(const config::Settings& after,
                                std::optional<bool> peer_port_was_set) {
  const config::Settings before = std::exchange(settings_, after);
  const bool was_set =
      peer_port_was_set.value_or(config_.peer_port_was_set || before.peer_port != after.peer_port);
  if (std::exchange(config_.peer_port_was_set, was_set) == was_set && before == after) return;
  sharing_.configure(settings_, now());
  const bool other_trackers = before.default_trackers != after.default_trackers;
  const bool other_limits = seed_and_stall_limits(before) != seed_and_stall_limits(after);
  if (other_trackers) default_trackers_ = default_tracker_list(after.default_trackers);
  storage_.memory().set_max(std::size_t{settings_.block_memory_mib} << 20);
  storage_.checker().set_max(settings_.max_active_verifies);
  if (goodbye_.awake()) {
    begin_listening();
    torrents_.each([&](torrent::Torrent& torrent) {
      torrent.on_settings(other_limits);
      if (other_trackers) torrent.on_default_trackers();
      undecided_.push_back(torrent.id());
    });
  }
  next_schedule_ = now();  // a new schedule holds at once
  replan_ = true;
  const auto places = config::Table<config::Settings>::changed(before, after);
  SettingsChanged names;
  for (const auto place : places)
    names.names.emplace_back(config::Table<config::Settings>::rows()[place].name);
  if (!names.names.empty()) note(std::move(names));
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
  saving_.commit(std::move(changes), told_by(std::move(answer)));
}

const Buffer* Session::Impl::kept(const std::string& name) const {
  const auto found = kept_.find(name);
  return found == kept_.end() ? nullptr : &found->second;
}

void Session::Impl::keep(const std::string& name, Buffer value, OrderAnswer<void> answer) {
  kept_[name] = value;
  std::vector<io::StoreChange> changes(1);
  changes[0].kind = io::StoreChange::Kind::put_meta;
  changes[0].name = std::string(kept_prefix) + name;
  changes[0].value = std::move(value);
  saving_.commit(std::move(changes), told_by(std::move(answer)));
}

// --- simple orders -------------------------------------------------------------------------------

void Session::Impl::save_these(const std::vector<torrent::Torrent*>& torrents,
                               OrderAnswer<void> answer) {
  saving_.save_records(torrents, told_by(std::move(answer)));
}

void Session::Impl::start_torrents(const Selection& which, bool past_queue,
                                   OrderAnswer<void> answer) {
  const auto chosen = torrents_.choose(which, now());
  for (auto* torrent : chosen) {
    torrent->start({.past_queue = past_queue, .by_name = which.kind == Selection::Kind::listed});
    queue_again(torrent->id());
  }
  save_these(chosen, std::move(answer));
}

void Session::Impl::stop_torrents(const Selection& which, OrderAnswer<void> answer) {
  const auto chosen = torrents_.choose(which, now());
  for (auto* torrent : chosen) {
    torrent->stop();
    queue_again(torrent->id());
  }
  save_these(chosen, std::move(answer));
}

void Session::Impl::verify(const Selection& which, OrderAnswer<void> answer) {
  for (auto* torrent : torrents_.choose(which, now())) torrent->verify();
  answer({});
}

void Session::Impl::reannounce(const Selection& which, OrderAnswer<void> answer) {
  for (auto* torrent : torrents_.choose(which, now())) {
    torrent->reannounce();
    dht_.hurry(torrent->id(), now());
  }
  answer({});
}

void Session::Impl::remove(const Selection& which, bool delete_data, OrderAnswer<void> answer) {
  const GatheringId gathering = gatherings_.open(std::move(answer));
  for (auto* torrent : torrents_.choose(which, now())) {
    gatherings_.expect(gathering);
    auto done = [this, gathering](const Result<void>& removed) {
      gatherings_.done(gathering, removed);
    };
    if (delete_data)
      remove_with_data(*torrent, std::move(done));
    else
      remove_one(*torrent, std::move(done));
  }
  gatherings_.done(gathering, {});
}

void Session::Impl::remove_with_data(torrent::Torrent& torrent, Answer<void> answer) {
  // Data before record: what could not be deleted is still somebody's.
  const TorrentNumber number = torrent.number();
  data_removal_.remove(number,
                       [this, number, answer = std::move(answer)](Result<void> removed) mutable {
                         auto* found = torrents_.find(number);
                         if (!removed || found == nullptr) return answer(std::move(removed));
                         remove_one(*found, std::move(answer));
                       });
}

void Session::Impl::remove_one(torrent::Torrent& torrent, Answer<void> answer) {
  const TorrentId id = torrent.id();
  // Without a key nothing of it is saved any more.
  const io::StoreKey key = std::exchange(torrents_.entry(id)->key, 0);
  std::vector<io::StoreChange> changes(1);
  changes[0].kind = io::StoreChange::Kind::remove_torrent;
  changes[0].key = key;
  saving_.commit(std::move(changes),
                 [this, id, key, answer = std::move(answer)](Result<void> removed) mutable {
                   on_removed(id, key, std::move(removed), std::move(answer));
                 });
}

void Session::Impl::on_removed(TorrentId id, io::StoreKey key, Result<void> removed,
                               Answer<void> answer) {
  auto* entry = torrents_.entry(id);
  if (!removed && entry != nullptr && key != 0) {
    entry->key = key;
    saving_.want(id, {.record = true, .progress = true});
  }
  // Removed by two orders at once, it goes with the first.
  if (!removed || entry == nullptr || torrents_.find(entry->number) == nullptr)
    return answer(std::move(removed));
  const TorrentNumber number = entry->number;
  part_with(*entry->torrent);
  world_.alarm.again();
  answer({});
  data_removal_.on_gone(number);
}

/// Nobody finds it any more; it goes when its trackers have been told.
void Session::Impl::part_with(torrent::Torrent& torrent) {
  note(TorrentRemoved{reference(torrent)});
  listings_.on_removed(torrent.number(), torrent.record().options.labels, now());
  torrent.leave();
  torrents_.hide(torrent.id());
  queue_again(torrent.id());
  positions_moved_ = true;
  leaving_.push_back(torrent.id());
}

void Session::Impl::set_location(const Selection& which, const std::string& location, bool move,
                                 OrderAnswer<void> answer) {
  if (auto fault = folder_fault(location))
    return answer(
        refusal(OrderErrorCode::path_not_absolute, "new location path " + *std::move(fault)));
  const auto root = SafePath::root(location);
  for (auto* torrent : torrents_.choose(which, now())) {
    // The answer comes at once (contract 6.5); how a long move ends shows in the torrent.
    if (move) {
      torrent->move_data(*root, [](const Result<void>&) {});
      continue;
    }
    // To look where it looks already: the folder is to be used as it is, whatever disk it is on.
    if (torrent->record().download_dir == root->full()) storage_.roots().forget(*root);
    torrent->relocate(*root, [](const Result<void>&) {});
  }
  answer({});
}

void Session::Impl::rename_path(const RenameOrder& order, OrderAnswer<RenameReply> answer) {
  const auto chosen = torrents_.choose(order.which, now());
  if (chosen.size() != 1)
    return answer(
        refusal(OrderErrorCode::invalid_params, "torrent_rename_path requires 1 torrent"));
  torrent::Torrent& torrent = *chosen.front();
  // First, for what is wrong with the content says nothing of the name.
  torrent.with_content([this, &torrent, order,
                        answer = std::move(answer)](const Result<void>& there) mutable {
    const TorrentNumber number = torrent.number();
    if (!there) return refuse_rename(number, there.error(), answer);
    torrent.rename(order.path, order.name,
                   [this, number, answer = std::move(answer)](const Result<void>& renamed) mutable {
                     if (renamed) return answer(RenameReply{number});
                     if (is_about_name(renamed.error()))
                       return answer(refusal(OrderErrorCode::system_error, "Invalid argument"));
                     refuse_rename(number, renamed.error(), answer);
                   });
  });
}

void Session::Impl::refuse_rename(TorrentNumber number, const Fault& fault,
                                  OrderAnswer<RenameReply>& answer) {
  const auto* torrent = torrents_.find(number);
  log_.error("a file or folder cannot be renamed",
             {{"torrent", torrent != nullptr ? torrent->record().name : std::string()},
              {"error", fault.text}});
  answer(std::unexpected(from_fault(fault)));
}

void Session::Impl::free_space(const std::string& path, OrderAnswer<Space> answer) {
  if (auto fault = folder_fault(path))
    return answer(
        refusal(OrderErrorCode::path_not_absolute, "directory path " + *std::move(fault)));
  const auto folder = SafePath::root(path);
  spaces_.ask(*folder, now(), [answer = std::move(answer)](Result<io::DiskSpace> space) mutable {
    if (!space) return answer(std::unexpected(from_fault(space.error())));
    answer(Space{space->free_bytes, space->total_bytes});
  });
}

// --- queue ---------------------------------------------------------------------------------------

/// The ranks there are, dealt out in that order: who keeps its own need not be saved.
std::vector<torrent::Torrent*> Session::Impl::rank_anew(
    const std::vector<torrent::Torrent*>& order) {
  std::vector<std::int64_t> ranks;
  ranks.reserve(order.size());
  for (const auto* torrent : order) ranks.push_back(torrent->record().queue_rank);
  std::ranges::sort(ranks);
  std::vector<torrent::Torrent*> moved;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (!order[i]->set_queue_rank(ranks[i])) continue;
    moved.push_back(order[i]);
    queue_again(order[i]->id());
  }
  positions_moved_ = positions_moved_ || !moved.empty();
  return moved;
}

void Session::Impl::show_queue_positions() {
  if (!std::exchange(positions_moved_, false)) return;
  std::int64_t position = 0;
  for (auto* torrent : torrents_.in_queue_order()) torrent->show_queue_position(position++);
}

void Session::Impl::move_in_queue(const Selection& which, QueueMove move,
                                  OrderAnswer<void> answer) {
  auto order = torrents_.in_queue_order();
  const auto chosen = torrents_.choose(which, now());
  session::move_in_queue(order, chosen, move);
  // A place means nothing without those of the others.
  save_these(rank_anew(order), std::move(answer));
}

// --- bandwidth groups ----------------------------------------------------------------------------

void Session::Impl::set_group(GroupOrder order, OrderAnswer<void> answer) {
  const auto* before = groups_.find(order.name);
  auto options = before != nullptr ? *before : config::GroupOptions();
  if (order.adjust) order.adjust(options);
  if (const auto set = groups_.set(order.name, options, now()); !set)
    return answer(refusal(OrderErrorCode::invalid_params, set.error().text));
  torrents_.each([&](torrent::Torrent& torrent) {
    if (torrent.record().options.group == order.name) torrent.on_settings();
  });
  world_.alarm.again();
  save_groups(std::move(answer));
}

std::optional<OrderError> Session::Impl::ensure_group(config::TorrentOptions& options) {
  if (options.group.empty() || groups_.knows(options.group)) return std::nullopt;
  const auto made = groups_.set(options.group, {}, now());
  // Torrents that name it make it again at the next start, should it not be saved.
  if (made && goodbye_.awake()) save_groups([](const OrderResult<void>&) {});
  if (made) return std::nullopt;
  options.group.clear();
  return OrderError{OrderErrorCode::invalid_params, "group: " + made.error().text};
}

void Session::Impl::save_groups(OrderAnswer<void> answer) {
  std::vector<io::StoreChange> changes(1);
  changes[0].kind = io::StoreChange::Kind::put_meta;
  changes[0].name = "groups";
  changes[0].value = groups_.encode();
  saving_.commit(std::move(changes), told_by(std::move(answer)));
}

// --- set -----------------------------------------------------------------------------------------

std::optional<OrderError> Session::Impl::change_trackers(torrent::Torrent& torrent,
                                                         const TrackerEdits& edits) {
  if (!edits.any()) return std::nullopt;
  const auto& before = torrent.record().tiers;
  auto edit = edits.edit(before, edits.by_id() ? urls_of(torrent) : TrackerUrls());
  if (edit.tiers != before) torrent.set_trackers(std::move(edit.tiers));
  return edit.error;
}

/// What of the files and options could not be set.
std::optional<OrderError> Session::Impl::set_files(torrent::Torrent& torrent,
                                                   const FileChoice& choice) {
  if (torrent.without_metadata()) {
    auto early = early_wishes(choice);
    if (!early.empty() &&
        torrent.record().early_wishes.size() + early.size() > torrent::early_wishes_max)
      return OrderError{OrderErrorCode::file_index_out_of_range,
                        "too many files are named before the metadata is there"};
    if (!early.empty()) torrent.add_early_wishes(std::move(early));
    return std::nullopt;
  }
  auto [wishes, error] = change_wishes(torrent.record(), choice);
  if (wishes) torrent.set_wishes(std::move(wishes->files), std::move(wishes->unwanted_priorities));
  return error;
}

std::optional<OrderError> Session::Impl::set_one(torrent::Torrent& torrent, SetOrder& order) {
  auto error = set_files(torrent, order.files);
  auto options = torrent.record().options;
  if (order.adjust) order.adjust(options);
  if (const auto from = order.sequential_from_piece) {
    const std::uint32_t pieces =
        torrent.without_metadata() ? limits::pieces_max : torrent.record().content.piece_count;
    if (*from >= 0 && *from < std::int64_t{pieces})
      options.sequential_download_from_piece = static_cast<std::uint32_t>(*from);
    else if (!error)
      error = OrderError{OrderErrorCode::piece_index_out_of_range,
                         "piece to sequentially download from is outside pieces range"};
  }
  if (options.group != torrent.record().options.group)
    if (auto refused = ensure_group(options)) {
      options.group = torrent.record().options.group;
      if (!error) error = std::move(refused);
    }
  auto lost = torrent.record().options.labels;
  std::erase_if(lost, [&](const auto& label) {
    return std::ranges::find(options.labels, label) != options.labels.end();
  });
  if (options != torrent.record().options) torrent.set_options(std::move(options));
  if (!lost.empty()) {
    ++sequence_;
    listings_.on_unlabelled(torrent.number(), lost, now());
  }
  return error;
}

void Session::Impl::set(SetOrder order, OrderAnswer<void> answer) {
  const auto chosen = torrents_.choose(order.which, now());
  const TrackerEdits edits(order);
  auto changed = chosen;
  std::optional<OrderError> first;
  std::optional<OrderError> tracker;
  for (auto* torrent : chosen) {
    if (auto error = set_one(*torrent, order); error && !first) first = std::move(error);
    if (auto error = change_trackers(*torrent, edits)) tracker = std::move(error);
  }
  if (order.queue_position) {
    auto queue = torrents_.in_queue_order();
    place_in_queue(queue, chosen, *order.queue_position);
    const std::set<torrent::Torrent*> them(chosen.begin(), chosen.end());
    for (auto* torrent : rank_anew(queue))
      if (!them.contains(torrent)) changed.push_back(torrent);
  }
  const auto error = tracker ? tracker : first;
  save_these(changed, [error, answer = std::move(answer)](OrderResult<void> saved) mutable {
    if (error) return answer(std::unexpected(*error));
    answer(std::move(saved));
  });
}

// --- queries -------------------------------------------------------------------------------------

SessionStats Session::Impl::stats() {
  SessionStats out;
  const Instant at = now();
  out.torrents = torrents_.size();
  out.active = torrents_.active(sequence_);
  out.paused = out.torrents - out.active;
  torrents_.each_newest([&](const Entry& entry) {
    out.rate_download += entry.torrent->totals().rate_down(at);
    out.rate_upload += entry.torrent->totals().rate_up(at);
    return at - entry.torrent->changed_at() <= moving_shown_within;
  });
  out.current = totals_.current(now());
  out.cumulative = totals_.cumulative(now());
  return out;
}

OrderResult<std::vector<TorrentWhy>> Session::Impl::why(const Selection& which) {
  // What was ordered in this turn has its place in line too.
  if (queue_is_due()) settle_queue();
  const auto chosen = torrents_.choose(which, now());
  if (chosen.size() > limits::why_torrents_max)
    return refusal(OrderErrorCode::invalid_params,
                   fmt::format("at most {} torrents at once", limits::why_torrents_max));
  std::vector<TorrentId> ids;
  ids.reserve(chosen.size());
  for (const auto* torrent : chosen) ids.push_back(torrent->id());
  const auto standings = queueing_.standings(ids);
  torrent::Surroundings around;
  around.listen_error = listening_.error();
  std::vector<TorrentWhy> out;
  for (const auto* torrent : chosen) {
    const auto standing = standings.find(torrent->id());
    const bool waits = standing != standings.end();
    around.queue_place = waits ? static_cast<std::int64_t>(standing->second.place) : -1;
    around.queue_length = waits ? static_cast<std::int64_t>(standing->second.of) : -1;
    out.push_back({torrent->number(), torrent->hashes(), torrent->record().name, torrent->status(),
                   torrent->why(around)});
  }
  return out;
}

std::vector<GroupSnapshot> Session::Impl::groups(const std::vector<std::string>& only_labels) {
  auto out = groups_.list();
  if (only_labels.empty()) return out;
  std::set<std::string_view> named;
  torrents_.each([&](const torrent::Torrent& torrent) {
    if (is_shown(torrent, only_labels)) named.insert(torrent.record().options.group);
  });
  std::erase_if(out, [&](const GroupSnapshot& one) { return !named.contains(one.name); });
  return out;
}

SessionFacts Session::Impl::facts() const {
  return {
      config_.state_dir,       listening_.port(),
      listening_.error(),      blocking_.size(),
      blocking_.turned_away(), mapping_.external() ? mapping_.external()->port : std::uint16_t{0},
      mapping_.status()};
}

}  // namespace seed::session
