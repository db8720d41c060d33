// Session::Impl: starting, stopping, turns and what the torrents ask of their session.
#include "core/session/session_impl.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "core/base/limits.h"
#include "core/session/tracker_edits.h"

namespace seed::session {

namespace {

storage::StorageOptions storage_options(const config::Settings& settings) {
  storage::StorageOptions options;
  options.block_memory_bytes = std::size_t{settings.block_memory_mib} << 20;
  options.open_files_max = settings.open_files_max;
  options.checks_max = settings.max_active_verifies;
  return options;
}

}  // namespace

Session::Impl::Impl(io::World world, SessionConfig config, log::Logger log)
    : proxying_(world, *this, log.child("proxy")),
      world_(proxying_.world()),
      config_(std::move(config)),
      settings_(config_.settings),
      log_(std::move(log)),
      rng_(world_.entropy.seed()),
      groups_(sharing_.allowance()),
      utp_(world_.clock, world_.alarm, rng_.fork(), *this),
      transports_(world_.clock, world_.net, utp_),
      storage_(world_.workers, world_.clock, world_.entropy, storage_options(settings_)),
      environment_{world_,
                   *this,
                   settings_,
                   storage_,
                   tracker_ids_,
                   default_trackers_,
                   config_.user_agent,
                   log_.child("torrent")},
      totals_(world_.clock.now()),
      saving_(world_.workers, world_.clock, torrents_, storage_.roots(), totals_, log_),
      loading_(world_.workers),
      additions_(world_.workers, world_.http,
                 [this](Addition addition) { insert(std::move(addition)); }),
      metadata_checks_(world_.workers,
                       [this](TorrentId id, MetadataChecks::Outcome outcome) {
                         on_metadata_checked(id, std::move(outcome));
                       }),
      metadata_sources_(world_.clock, world_.workers, world_.http, *this, log_.child("magnet")),
      data_removal_(storage_, loading_, torrents_, log_),
      sequence_(Numbers::by_clock(world_.clock.wall())),
      listings_(world_.clock, torrents_, sequence_),
      spaces_(world_.workers, storage_.roots()),
      roots_watch_(storage_.roots(), torrents_,
                   [this](TorrentId id, const Result<void>& there) {
                     if (auto* torrent = torrents_.find(id)) torrent->on_root(there);
                   }),
      own_network_(world_.uplink, log_.child("network")),
      listening_(world_.net, *this, *this, rng_.fork(), log_.child("listen")),
      blocking_(
          world_.clock, world_.workers, world_.http, config_.state_dir, [this] { drop_blocked(); },
          log_.child("blocklist")),
      port_testing_(world_.http),
      handshakes_(world_.clock, *this, config_.user_agent, rng_.fork(), log_.child("handshake")),
      tracking_(proxying_.tracker_world(), rng_.fork(), *this, config_.user_agent,
                log_.child("tracker")),
      dht_(world_, rng_.fork(), *this, log_.child("dht")),
      local_discovery_(world_, rng_.fork(), *this, log_.child("local")),
      own_tracker_(world_, *this, log_.child("own_tracker")),
      mapping_(world_, rng_.fork(), *this, log_.child("mapping")),
      named_peers_(
          world_.clock, world_.resolver,
          [this](std::optional<TorrentId> id, const Endpoint& endpoint) {
            on_peer_named(id, endpoint);
          },
          log_.child("peers")),
      watching_(
          world_.workers,
          [this](Buffer torrent, std::move_only_function<void(Watching::Outcome)> answer) {
            add_watched(std::move(torrent), std::move(answer));
          },
          log_.child("watch")) {
  sharing_.configure(settings_, now());
  default_trackers_ = default_tracker_list(settings_.default_trackers);
  world_.alarm.set_owner(this);
  // Nothing goes out before this.
  own_network_.bind(settings_);
  world_.uplink.set_owner(this);
}

Session::Impl::~Impl() {
  world_.alarm.set_owner(nullptr);
  world_.uplink.set_owner(nullptr);
  // Who still waits is not told: the parts that would hear it are going.
  torrents_.each([](torrent::Torrent& torrent) { torrent.abandon(); });
  for (const TorrentId id : leaving_)
    if (auto* torrent = torrents_.find(id)) torrent->abandon();
}

// --- starting ------------------------------------------------------------------------------------

void Session::Impl::start(Answer<void> ready) {
  blocking_.load([this, ready = std::move(ready)]() mutable {
    loading_.load_state([this, ready = std::move(ready)](Result<LoadedState> loaded) mutable {
      on_loaded(std::move(loaded), std::move(ready));
    });
  });
}

void Session::Impl::on_loaded(Result<LoadedState> loaded, Answer<void> ready) {
  if (!loaded) return ready(std::unexpected(loaded.error()));
  begin_numbers(loaded->content);
  if (!loaded->content.damage.empty())
    log_.error("the state file was damaged", {{"found", loaded->content.damage}});
  for (const auto& text : loaded->unreadable)
    log_.error("a torrent's record cannot be read; it is left in the store", {{"torrent", text}});
  if (config_.merge) {
    const auto merged = config_.merge(loaded->content.settings);
    reconfigure(merged.settings, merged.peer_port_was_set);
  }
  adopt_stored(*std::move(loaded));
  goodbye_.on_started();
  begin_listening();
  const Instant at = now();
  next_second_ = at + 1s;
  next_schedule_ = at;
  roots_watch_.start(at);
  totals_.on_started();
  replan_ = true;
  log_.info("ready", {{"torrents", torrents_.size()}});
  ready({});
  world_.alarm.again();
}

void Session::Impl::begin_numbers(const io::StoreContent& stored) {
  for (const auto& [name, value] : stored.meta)
    if (name == Numbers::row) sequence_ = Numbers::first(sequence_, value);
  listings_.begin();
  keep_numbers();
}

void Session::Impl::keep_numbers() {
  if (!numbers_.running_out(sequence_)) return;
  std::vector<io::StoreChange> changes(1);
  changes[0].kind = io::StoreChange::Kind::put_meta;
  changes[0].name = std::string(Numbers::row);
  changes[0].value = numbers_.keep(sequence_);
  saving_.commit(std::move(changes), [this](const Result<void>& saved) {
    if (!saved) numbers_.on_lost();
  });
}

void Session::Impl::adopt_stored(LoadedState loaded) {
  torrents_.set_next_key(loaded.content.next_key);
  for (const auto& [name, value] : loaded.content.meta) {
    if (name == "totals") totals_.load(value);
    if (name == "groups") groups_.load(value, now());
    if (name.starts_with(Dht::kept_prefix)) dht_.load(name, value);
    if (name == Mapping::kept_name) mapping_.load(value);
    if (name.starts_with(kept_prefix)) kept_.emplace(name.substr(kept_prefix.size()), value);
    if (name != "roots") continue;
    if (const auto known = storage_.roots().load(value); !known)
      log_.error("the known folders cannot be read", {{"error", known.error().text}});
    saving_.on_loaded();
  }
  for (auto& [key, record] : loaded.torrents)
    if (torrents_.find(record.hashes.short_hash()) == nullptr) adopt(key, std::move(record));
}

void Session::Impl::adopt(io::StoreKey key, torrent::TorrentRecord record) {
  // One in doubt may have been said to be elsewhere, and not have looked there yet.
  const bool wants_a_look = record.wants_a_look() || record.in_doubt;
  static_cast<void>(ensure_group(record.options));
  auto& torrent = make_torrent(key, std::move(record));
  undecided_.push_back(torrent.id());
  // Finishes what was begun: opening the content does it.
  if (wants_a_look) torrent.with_content([](const Result<void>&) {});
}

torrent::Torrent& Session::Impl::make_torrent(io::StoreKey key, torrent::TorrentRecord record) {
  const TorrentNumber number = torrents_.take_number();
  const InfoHashes hashes = record.hashes;
  next_rank_ = std::max(next_rank_, record.queue_rank + 1);
  const TorrentId placed = torrents_.place(key, number, hashes, [&](TorrentId id) {
    return std::make_unique<torrent::Torrent>(environment_, id, number, std::move(record),
                                              rng_.fork());
  });
  auto& torrent = *torrents_.find(placed);
  tell_own(torrent);
  return torrent;
}

// --- stopping ------------------------------------------------------------------------------------

void Session::Impl::stop(std::move_only_function<void()> stopped) {
  if (!goodbye_.awake()) return stopped();
  if (!goodbye_.begin(std::move(stopped), now())) return world_.alarm.again();
  handshakes_.clear();
  dht_.close();
  local_discovery_.close();
  own_tracker_.close();
  mapping_.close(now());
  blocking_.shut_down();
  torrents_.each([](torrent::Torrent& torrent) { torrent.shut_down(); });
  tracking_.hurry();
  world_.alarm.again();
}

bool Session::Impl::all_quiet() {
  bool quiet = mapping_.closed(now());
  torrents_.each([&](torrent::Torrent& torrent) { quiet = quiet && torrent.quiet(); });
  for (const TorrentId id : leaving_)
    if (const auto* torrent = torrents_.find(id)) quiet = quiet && torrent->quiet();
  return quiet;
}

void Session::Impl::save_all_and_end() {
  listening_.close();
  utp_.set_sockets(nullptr, nullptr, 0);
  tracking_.set_sockets(nullptr, nullptr);
  dht_.close();
  // Everything written becomes durable first, then the claims, then the end.
  torrents_.each([&](torrent::Torrent& torrent) {
    goodbye_.expect_flush();
    unflushed_.insert(torrent.id());
    torrent.flush([this, id = torrent.id()](const Result<void>&) { on_flushed(id); });
  });
  if (goodbye_.on_flushed()) save_claims();
}

void Session::Impl::on_flushed(TorrentId id) {
  unflushed_.erase(id);
  if (goodbye_.on_flushed()) save_claims();
}

/// Only what is durable is claimed, so this may be done whatever the disks do.
void Session::Impl::save_claims() {
  std::set<std::string> waited_for;
  for (const TorrentId id : unflushed_)
    if (const auto* torrent = torrents_.find(id)) waited_for.insert(torrent->data_root());
  for (const auto& folder : waited_for)
    log_.warn("ending without the disk of a folder: what is not durable there is checked later",
              {{"folder", folder}});
  saving_.flush_all([this] { goodbye_.on_saved(); });
}

// --- turns ---------------------------------------------------------------------------------------

void Session::Impl::on_alarm(Instant at) {
  const Instant begun = at;
  while (const auto id = deadlines_.take_due(at)) {
    if (auto* torrent = torrents_.find(*id)) torrent->on_deadline(at);
    if (now() - begun > limits::due_work_max) {
      world_.alarm.again();
      break;
    }
  }
  if (utp_.deadline() <= at) utp_.on_deadline(at);
  if (transports_.deadline() <= at) transports_.on_deadline(at);
  if (tracking_.deadline() <= at) tracking_.on_deadline(at);
  if (dht_.deadline() <= at) dht_.on_deadline(at);
  if (local_discovery_.deadline() <= at) local_discovery_.on_deadline(at);
  if (own_tracker_.deadline() <= at) own_tracker_.on_deadline(at);
  if (mapping_.deadline() <= at) mapping_.on_deadline(at);
  if (named_peers_.deadline() <= at) named_peers_.on_deadline(at);
  if (metadata_sources_.deadline() <= at) metadata_sources_.on_deadline(at);
  if (proxying_.deadline() <= at) proxying_.on_deadline(at);
  if (tell_port_at_ <= at) {
    tell_port_at_ = never;
    on_external_port();
  }
  if (listening_.deadline() <= at) {
    listening_.on_deadline(at);
    use_sockets();
  }
  if (next_second_ <= at) on_second(at);
  roots_watch_.on_deadline(at);
  if (goodbye_.give_up_flushing(at)) save_claims();
  if (!goodbye_.give_up_saving(at)) return;
  log_.error("ending without the disk of the state: what changed last is not saved", {});
  goodbye_.on_saved();
}

void Session::Impl::on_turn_end(Instant at) {
  if (proxying_.on_turn_end() && goodbye_.awake()) use_sockets();
  if (handshakes_dirty_) {
    handshakes_dirty_ = false;
    handshakes_.on_turn_end(at);
  }
  if (queue_is_due()) settle_queue();
  find_strangers();
  if (!dialing_.empty() && goodbye_.running()) dial();
  for (const TorrentId id : std::exchange(dirty_, {}))
    if (auto* torrent = torrents_.find(id)) torrent->on_turn_end(at);
  utp_.on_turn_end(at);
  own_tracker_.on_turn_end();
  storage_.on_turn_end();
  if (storage_.memory().take_relief())
    torrents_.each([](torrent::Torrent& torrent) { torrent.resume_reading(); });
  if (!leaving_.empty()) erase_gone();
  if (goodbye_.announcing() && goodbye_.may_flush(all_quiet(), at)) save_all_and_end();
  if (!dirty_.empty() || queue_is_due() || handshakes_dirty_) world_.alarm.again();
  world_.alarm.set(next_deadline());
  if (std::exchange(told_sequence_, sequence_) != sequence_ && on_change_) on_change_();
}

Instant Session::Impl::next_deadline() const {
  return std::min({deadlines_.next(), utp_.deadline(), transports_.deadline(), tracking_.deadline(),
                   dht_.deadline(), local_discovery_.deadline(), own_tracker_.deadline(),
                   mapping_.deadline(), metadata_sources_.deadline(), named_peers_.deadline(),
                   listening_.deadline(), proxying_.deadline(), tell_port_at_, next_second_,
                   roots_watch_.deadline(), goodbye_.deadline()});
}

void Session::Impl::on_second(Instant at) {
  next_second_ = at + 1s;
  handshakes_.on_deadline(at);
  blocking_.on_second();
  watching_.on_second(settings_, at);
  saving_.flush();
  if (goodbye_.running()) {
    keep_numbers();
    saving_.try_out();
  }
  listings_.on_second(at);
  spaces_.on_second(at);
  // Who is told of changes need not ask for a list to hear of these.
  if (on_change_) show_queue_positions();
  if (next_schedule_ <= at) switch_by_schedule(at);
  share_links(at);
}

/// So that busy torrents do not keep all links from one that has just come.
void Session::Impl::share_links(Instant at) {
  if (at < next_sharing_ || !goodbye_.running()) return;
  next_sharing_ = at + torrent::Links::turnover_every;
  for (const auto& over : dialing_.who_is_over(links_max()))
    if (auto* torrent = torrents_.find(over.torrent)) torrent->give_way(over.links);
  const auto giver = dialing_.who_gives_way(links_max(), at, [&](TorrentId id) {
    auto* torrent = torrents_.find(id);
    return torrent != nullptr && torrent->could_dial();
  });
  if (!giver) return;
  if (auto* torrent = torrents_.find(*giver)) torrent->give_way(1);
}

void Session::Impl::switch_by_schedule(Instant at) {
  next_schedule_ = at + Sharing::schedule_tick;
  // Torrents may have stalled meanwhile.
  if (settings_.queue_stalled_enabled)
    for (const TorrentId id : queueing_.allowed()) queue_again(id);
  if (const auto on = sharing_.on_schedule(settings_, world_.clock.local())) {
    config::Settings after = settings_;
    after.alt_speed_enabled = *on;
    reconfigure(after);
  }
}

void Session::Impl::settle_queue() {
  const auto put = [&](const torrent::Torrent& torrent) {
    queueing_.put(torrent.id(), torrent.record().queue_rank, torrent.queue_facts());
  };
  const auto changed = std::exchange(unqueued_, {});
  if (std::exchange(replan_, false)) {
    queueing_.reset({.downloads_limited = settings_.download_queue_enabled,
                     .downloads = settings_.download_queue_size,
                     .seeds_limited = settings_.seed_queue_enabled,
                     .seeds = settings_.seed_queue_size});
    torrents_.each(put);
  } else {
    for (const TorrentId id : changed) {
      if (const auto* torrent = torrents_.find(id))
        put(*torrent);
      else
        queueing_.erase(id);
    }
  }
  for (const auto& [id, allowed] : queueing_.settle())
    if (auto* torrent = torrents_.find(id)) torrent->set_allowed(allowed);
}

bool Session::Impl::room_for_link(TorrentId id) {
  if (!goodbye_.running()) return false;
  if (dialing_.room_for(id, links_max(), now())) return true;
  dialing_.on_refused(id, now());
  return false;
}

void Session::Impl::dial() {
  const std::size_t room = dialing_.room(links_max());
  if (room == 0 || !own_network_.there() || proxying_.holds_dials(now())) return;
  io::DialOptions v4;
  io::DialOptions v6;
  v6.source = IpAddress::any_v6();
  if (const auto bind = IpAddress::parse(settings_.bind_address_ipv4)) v4.source = *bind;
  if (const auto bind = IpAddress::parse(settings_.bind_address_ipv6)) v6.source = *bind;
  dialing_.give_turns(room, [&](TorrentId id) {
    auto* torrent = torrents_.find(id);
    return torrent != nullptr && dialing_.room_for(id, links_max(), now()) &&
           torrent->dial_next(transports_, v4, v6);
  });
  if (!dialing_.empty()) world_.alarm.again();
}

void Session::Impl::erase_gone() {
  std::erase_if(leaving_, [&](TorrentId id) {
    auto* torrent = torrents_.find(id);
    if (torrent != nullptr && !torrent->gone()) return false;
    deadlines_.clear(id);
    saving_.forget(id);
    loading_.forget(id);
    named_peers_.forget(id);
    torrents_.erase(id);
    return true;
  });
}

// --- what torrents tell --------------------------------------------------------------------------

/// Only asked when a torrent finds a part of itself in files that it has not begun.
std::optional<std::string> Session::Impl::complete_at(TorrentId but, const std::string& root,
                                                      const std::string& name) {
  std::optional<std::string> found;
  torrents_.each([&](const torrent::Torrent& torrent) {
    const auto& record = torrent.record();
    if (found || torrent.id() == but || record.progress.have_valid == 0) return;
    if (record.name == name && torrent.data_root() == root) found = record.name;
  });
  return found;
}

void Session::Impl::load_content(TorrentId id) {
  const auto* entry = torrents_.entry(id);
  if (entry == nullptr) return;
  loading_.load_content(id, entry->key, [this, id](Result<torrent::LoadedContent> content) {
    if (auto* torrent = torrents_.find(id)) torrent->on_content(std::move(content));
  });
}

void Session::Impl::on_tracker_event(TorrentId id, const tracker::Announcer::Event& event) {
  if (const auto* due = std::get_if<tracker::Announcer::Due>(&event))
    tracking_.want(id, *due);
  else if (const auto* withdraw = std::get_if<tracker::Announcer::Withdraw>(&event))
    tracking_.withdraw(id, *withdraw);
}

void Session::Impl::on_torrent_completed(TorrentId id) {
  if (const auto* torrent = torrents_.find(id)) note(TorrentCompleted{reference(*torrent)});
}

void Session::Impl::on_torrent_seeding_done(TorrentId id) {
  if (const auto* torrent = torrents_.find(id)) note(TorrentSeedingDone{reference(*torrent)});
}

void Session::Impl::on_torrent_failed(TorrentId id, const Fault& fault) {
  if (const auto* torrent = torrents_.find(id))
    note(TorrentFailed{reference(*torrent), fault.text});
}

void Session::Impl::on_fault_checked(TorrentId id, bool mended) {
  if (auto* torrent = torrents_.find(id)) torrent->on_fault_checked(mended);
}

void Session::Impl::on_half_open(int change) {
  dialing_.on_half_open(change);
  if (change < 0 && !dialing_.empty()) world_.alarm.again();
}

std::optional<torrent::Announcing::Ready> Session::Impl::begin_announce(
    TorrentId id, tracker::TrackerId tracker) {
  auto* torrent = torrents_.find(id);
  if (torrent == nullptr) return std::nullopt;
  auto ready = torrent->announcing().begin_announce(tracker, torrent->announce_totals(), now());
  if (!ready) return std::nullopt;
  torrent->on_tracker_turn();
  ready->request.peer_id = torrent->peer_id();
  // While nobody can reach us port 1 would be a lie, and 0 is refused by many: say what we want.
  ready->request.port = told_port() != 0 ? told_port() : settings_.peer_port;
  return ready;
}

void Session::Impl::on_announce_done(TorrentId id, tracker::TrackerId tracker,
                                     const Result<tracker::AnnounceReply>& reply) {
  auto* torrent = torrents_.find(id);
  if (torrent == nullptr) return;
  const auto own = reply ? reply->external_ip : std::nullopt;
  torrent->on_tracker_reply(tracker, reply, own ? told_port(*own) : told_port());
  for (auto& facts : torrent->announcing().machine().facts())
    if (facts.id == tracker)
      note(TrackerAnswered{
          reference(*torrent), std::move(facts.host), facts.announce.succeeded,
          facts.announce.succeeded ? std::move(facts.warning) : std::move(facts.announce.result),
          facts.last_peers});
}

std::optional<tracker::Announcer::Scrape> Session::Impl::begin_scrape(TorrentId id,
                                                                      tracker::TrackerId tracker) {
  auto* torrent = torrents_.find(id);
  if (torrent == nullptr) return std::nullopt;
  torrent->on_tracker_turn();
  return torrent->announcing().machine().begin_scrape(tracker, now());
}

std::optional<Sha1> Session::Impl::hash_of(TorrentId id) {
  const auto* torrent = torrents_.find(id);
  return torrent == nullptr ? std::nullopt : std::optional(torrent->hashes().short_hash());
}

void Session::Impl::on_scrape_done(TorrentId id, tracker::TrackerId tracker,
                                   const Result<tracker::ScrapeReply>& reply) {
  if (auto* torrent = torrents_.find(id)) torrent->on_tracker_scrape(tracker, reply);
}

// --- what the world tells ------------------------------------------------------------------------

void Session::Impl::on_accept(std::unique_ptr<io::Stream> stream) {
  if (!goodbye_.running() || blocking_.turns_away(stream->remote().address)) return;
  handshakes_.accept(std::move(stream));
}

/// Links that there are to who is on the blocklist; whoever is a candidate is looked at when its
/// turn comes.
void Session::Impl::drop_blocked() {
  const auto blocked = [this](const IpAddress& address) { return blocking_.turns_away(address); };
  handshakes_.end_those(blocked);
  torrents_.each([](torrent::Torrent& torrent) { torrent.end_blocked(); });
  ++sequence_;
  world_.alarm.again();
}

}  // namespace seed::session
