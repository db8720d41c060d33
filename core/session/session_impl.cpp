// Session::Impl: starting, stopping, turns and what the torrents ask of their session.
#include "core/session/session_impl.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/base/limits.h"
#include "core/bencode/document.h"
#include "core/bencode/writer.h"
#include "core/metainfo/metainfo.h"

namespace seed::session {

namespace {

storage::StorageOptions storage_options(const config::Settings& settings) {
  storage::StorageOptions options;
  options.block_memory_bytes = std::size_t{settings.block_memory_mib} << 20;
  options.open_files_max = settings.open_files_max;
  options.checks_per_device = settings.max_active_verifies;
  return options;
}

}  // namespace

Session::Impl::Impl(io::World world, SessionConfig config, log::Logger log)
    : world_(world),
      config_(std::move(config)),
      settings_(config_.settings),
      log_(std::move(log)),
      rng_(world_.entropy.seed()),
      storage_(world_.workers, world_.clock, world_.entropy, storage_options(settings_)),
      environment_{world_,
                   *this,
                   settings_,
                   storage_,
                   tracker_ids_,
                   sharing_.allowance(),
                   config_.user_agent,
                   log_.child("torrent")},
      saving_(world_.workers),
      listening_(world_.net, *this, *this, rng_.fork(), log_.child("listen")),
      handshakes_(world_.clock, *this, config_.user_agent, rng_.fork(), log_.child("handshake")),
      tracking_(world_, rng_.fork(), *this, config_.user_agent, log_.child("tracker")),
      watching_(
          world_.workers,
          [this](Buffer torrent, std::move_only_function<void(std::string)> answer) {
            AddOrder order;
            order.source = std::move(torrent);
            add(std::move(order),
                [answer = std::move(answer)](const OrderResult<AddReply>& added) mutable {
                  answer(added ? std::string() : added.error().text);
                });
          },
          log_.child("watch")),
      started_(now()) {
  sharing_.configure(settings_, now());
  world_.alarm.set_owner(this);
}

Session::Impl::~Impl() { world_.alarm.set_owner(nullptr); }

// --- starting ------------------------------------------------------------------------------------

void Session::Impl::start(Answer<void> ready) {
  io::submit(
      world_.workers, io::Lane::store, io::Urgency::transfer,
      [](const io::JobTools& tools) -> Result<Loaded> {
        SEED_TRY(auto content, tools.store.load());
        Loaded loaded;
        loaded.torrents.reserve(content.torrents.size());
        for (auto& stored : content.torrents) {
          auto record = torrent::parse_record(stored.record, stored.hashes);
          if (record)
            loaded.torrents.emplace_back(stored.key, *std::move(record));
          else
            loaded.unreadable.push_back(stored.hashes.short_hash().hex() + ": " +
                                        record.error().text);
        }
        content.torrents.clear();
        loaded.content = std::move(content);
        return loaded;
      },
      [this, ready = std::move(ready)](Result<Loaded> loaded) mutable {
        on_loaded(std::move(loaded), std::move(ready));
      });
}

void Session::Impl::on_loaded(Result<Loaded> loaded, Answer<void> ready) {
  if (!loaded) return ready(std::unexpected(loaded.error()));
  if (!loaded->content.damage.empty())
    log_.error("the state file was damaged", {{"found", loaded->content.damage}});
  for (const auto& text : loaded->unreadable)
    log_.error("a torrent's record cannot be read; it is left in the store", {{"torrent", text}});
  if (config_.merge) reconfigure(config_.merge(loaded->content.settings));
  adopt_stored(*std::move(loaded));
  running_ = true;
  begin_listening();
  const Instant at = now();
  next_second_ = at + 1s;
  next_roots_ = at;
  next_schedule_ = at;
  ++totals_.session_count;
  queue_changed_ = true;
  log_.info("ready", {{"torrents", torrents_.size()}});
  ready({});
  world_.alarm.again();
}

void Session::Impl::adopt_stored(Loaded loaded) {
  next_key_ = loaded.content.next_key;
  for (const auto& [name, value] : loaded.content.meta) {
    if (name == "roots") {
      if (const auto known = storage_.roots().load(value); !known)
        log_.error("the known folders cannot be read", {{"error", known.error().text}});
      saved_roots_ = storage_.roots().version();
    } else if (name == "totals") {
      load_totals(value);
    }
  }
  std::stable_sort(loaded.torrents.begin(), loaded.torrents.end(),
                   [](const auto& a, const auto& b) {
                     return a.second.queue_position < b.second.queue_position;
                   });
  std::int64_t position = 0;
  for (auto& [key, record] : loaded.torrents) record.queue_position = position++;
  std::sort(loaded.torrents.begin(), loaded.torrents.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [key, record] : loaded.torrents) {
    if (torrents_.find(record.hashes.short_hash()) != nullptr) continue;
    make_torrent(key, std::move(record));
  }
}

torrent::Torrent& Session::Impl::make_torrent(io::StoreKey key, torrent::TorrentRecord record) {
  const TorrentNumber number = next_number_++;
  const InfoHashes hashes = record.hashes;
  const TorrentId placed = torrents_.place(key, number, hashes, [&](TorrentId id) {
    return std::make_unique<torrent::Torrent>(environment_, id, number, std::move(record),
                                              rng_.fork());
  });
  return *torrents_.find(placed);
}

void Session::Impl::begin_listening() {
  listening_.open(settings_, config_.peer_port_was_set, now());
  tracking_.set_sockets(listening_.udp_v4(), listening_.udp_v6());
}

// --- stopping ------------------------------------------------------------------------------------

void Session::Impl::stop(std::move_only_function<void()> stopped) {
  if (stopped_) {
    goodbye_until_ = now();
    return world_.alarm.again();
  }
  stopped_ = std::move(stopped);
  if (!running_) return std::exchange(stopped_, {})();
  say_goodbye();
}

void Session::Impl::say_goodbye() {
  goodbye_until_ = now() + limits::stop_announces_max;
  handshakes_.clear();
  torrents_.each([](torrent::Torrent& torrent) { torrent.shut_down(); });
  tracking_.hurry();
  world_.alarm.again();
}

void Session::Impl::save_all_and_end() {
  saving_all_ = true;
  listening_.close();
  tracking_.set_sockets(nullptr, nullptr);
  // Everything written becomes durable first, then the claims, then the end.
  flushes_left_ = 1;
  torrents_.each([&](torrent::Torrent& torrent) {
    ++flushes_left_;
    torrent.flush([this](const Result<void>&) { on_flushed(); });
  });
  on_flushed();
}

void Session::Impl::on_flushed() {
  if (--flushes_left_ > 0) return;
  flush_saves(now(), true);
  saving_.when_idle([this] {
    running_ = false;
    if (stopped_) std::exchange(stopped_, {})();
  });
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
  if (tracking_.deadline() <= at) tracking_.on_deadline(at);
  if (listening_.deadline() <= at) {
    listening_.on_deadline(at);
    tracking_.set_sockets(listening_.udp_v4(), listening_.udp_v6());
  }
  if (next_second_ <= at) on_second(at);
  if (next_roots_ <= at) check_roots();
}

void Session::Impl::on_turn_end(Instant at) {
  if (handshakes_dirty_) {
    handshakes_dirty_ = false;
    handshakes_.on_turn_end(at);
  }
  if (queue_changed_ && running_ && !stopped_) plan_queue_now();
  if (!dialing_.empty() && running_ && !stopped_) dial(at);
  for (const TorrentId id : std::exchange(dirty_, {}))
    if (auto* torrent = torrents_.find(id)) torrent->on_turn_end(at);
  storage_.on_turn_end();
  if (storage_.memory().take_relief())
    torrents_.each([](torrent::Torrent& torrent) { torrent.resume_reading(); });
  if (!leaving_.empty()) erase_gone();
  if (stopped_ && !saving_all_) {
    bool quiet = true;
    torrents_.each([&](torrent::Torrent& torrent) { quiet = quiet && torrent.quiet(); });
    if (quiet || at >= goodbye_until_) save_all_and_end();
  }
  const bool queue_due = queue_changed_ && running_ && !stopped_;
  if (!dirty_.empty() || queue_due || handshakes_dirty_) world_.alarm.again();
  world_.alarm.set(next_deadline());
}

Instant Session::Impl::next_deadline() const {
  Instant next = std::min(
      {deadlines_.next(), tracking_.deadline(), listening_.deadline(), next_second_, next_roots_});
  if (stopped_ && !saving_all_) next = std::min(next, goodbye_until_);
  return next;
}

void Session::Impl::on_second(Instant at) {
  next_second_ = at + 1s;
  handshakes_.on_deadline(at);
  watching_.on_second(settings_, at);
  flush_saves(at, false);
  while (!removed_.empty() && at - removed_.front().first > recently) removed_.pop_front();
  if (next_schedule_ <= at) {
    next_schedule_ = at + Sharing::schedule_tick;
    // Torrents may have stalled meanwhile.
    queue_changed_ = queue_changed_ || settings_.queue_stalled_enabled;
    if (const auto on = sharing_.on_schedule(settings_, world_.clock.local())) {
      config::Settings after = settings_;
      after.alt_speed_enabled = *on;
      reconfigure(after);
    }
  }
}

void Session::Impl::plan_queue_now() {
  queue_changed_ = false;
  std::vector<torrent::Torrent*> all;
  std::vector<QueueEntry> entries;
  torrents_.each([&](torrent::Torrent& torrent) {
    all.push_back(&torrent);
    entries.push_back({torrent.record().queue_position, torrent.queue_facts()});
  });
  const auto allowed = plan_queue(entries, {.downloads_limited = settings_.download_queue_enabled,
                                            .downloads = settings_.download_queue_size,
                                            .seeds_limited = settings_.seed_queue_enabled,
                                            .seeds = settings_.seed_queue_size});
  for (std::size_t i = 0; i < all.size(); ++i) all[i]->set_allowed(allowed[i]);
}

bool Session::Impl::room_for_link() {
  return running_ && !stopped_ &&
         link_count_ + handshakes_.size() < static_cast<std::size_t>(settings_.peer_limit_global);
}

void Session::Impl::dial(Instant) {
  if (!room_for_link()) return;
  if (half_open_ >= limits::half_open_max) return;
  const std::size_t room =
      std::min(limits::half_open_max - half_open_, settings_.peer_limit_global - link_count_);
  io::DialOptions v4;
  io::DialOptions v6;
  v6.source = IpAddress::any_v6();
  if (const auto bind = IpAddress::parse(settings_.bind_address_ipv4)) v4.source = *bind;
  if (const auto bind = IpAddress::parse(settings_.bind_address_ipv6)) v6.source = *bind;
  dialing_.give_turns(room, [&](TorrentId id) {
    auto* torrent = torrents_.find(id);
    return torrent != nullptr && torrent->dial_next(world_.net, v4, v6, listening_.port());
  });
  if (!dialing_.empty()) world_.alarm.again();
}

void Session::Impl::check_roots() {
  next_roots_ = now() + roots_every;
  std::map<std::string, std::vector<TorrentId>> by_root;
  torrents_.each(
      [&](torrent::Torrent& torrent) { by_root[torrent.data_root()].push_back(torrent.id()); });
  for (auto& [path, ids] : by_root) {
    const auto root = SafePath::root(path);
    if (!root || storage_.roots().find(*root) == nullptr) continue;
    storage_.roots().check(*root, storage::RootUse::expected,
                           [this, ids = std::move(ids)](const Result<storage::KnownRoot>& known) {
                             const Result<void> there =
                                 known ? Result<void>()
                                       : Result<void>(std::unexpected(known.error()));
                             for (const TorrentId id : ids)
                               if (auto* torrent = torrents_.find(id)) torrent->on_root(there);
                           });
  }
}

void Session::Impl::erase_gone() {
  std::erase_if(leaving_, [&](TorrentId id) {
    auto* torrent = torrents_.find(id);
    if (torrent != nullptr && !torrent->gone()) return false;
    deadlines_.clear(id);
    saves_.erase(id);
    fresh_.erase(id);
    torrents_.erase(id);
    return true;
  });
}

// --- saving --------------------------------------------------------------------------------------

void Session::Impl::want_save(TorrentId id, torrent::SaveNeeds needs) {
  const Instant due = now() + (needs.progress ? save_progress_after : save_record_after);
  auto [found, is_new] = saves_.try_emplace(id, PendingSave{needs, due});
  if (is_new) return;
  found->second.needs.record = found->second.needs.record || needs.record;
  found->second.needs.progress = found->second.needs.progress || needs.progress;
  found->second.due = std::min(found->second.due, due);
}

io::StoreChange Session::Impl::record_change(const Entry& entry,
                                             torrent::Torrent::Saved& saved) const {
  io::StoreChange change;
  change.kind = io::StoreChange::Kind::put_torrent;
  change.key = entry.key;
  change.hashes = entry.torrent->hashes();
  change.value = std::move(saved.record);
  return change;
}

void Session::Impl::flush_saves(Instant at, bool all) {
  std::vector<io::StoreChange> changes;
  std::vector<TorrentId> due;
  if (all)
    torrents_.each([&](torrent::Torrent& torrent) { due.push_back(torrent.id()); });
  else
    for (const auto& [id, pending] : saves_)
      if (pending.due <= at) due.push_back(id);
  std::sort(due.begin(), due.end());
  for (const TorrentId id : due) {
    const auto pending = saves_.find(id);
    const bool progress = all || pending->second.needs.progress;
    if (pending != saves_.end()) saves_.erase(pending);
    auto* entry = torrents_.entry(id);
    if (entry == nullptr || entry->key == 0) continue;
    auto saved = entry->torrent->save_as(progress);
    changes.push_back(record_change(*entry, saved));
    if (!saved.progress) continue;
    io::StoreChange change;
    change.kind = io::StoreChange::Kind::put_progress;
    change.key = entry->key;
    change.value = *std::move(saved.progress);
    changes.push_back(std::move(change));
  }
  if (storage_.roots().version() != saved_roots_ || all) {
    saved_roots_ = storage_.roots().version();
    io::StoreChange change;
    change.name = "roots";
    change.value = storage_.roots().encode();
    changes.push_back(std::move(change));
  }
  if (changes.empty()) return;
  io::StoreChange totals;
  totals.name = "totals";
  totals.value = encode_totals();
  changes.push_back(std::move(totals));
  saving_.commit(std::move(changes), [this, due](const Result<void>& saved) {
    if (saved) return;
    log_.error("the state cannot be saved; trying again", {{"error", saved.error().text}});
    for (const TorrentId id : due)
      if (torrents_.find(id) != nullptr) want_save(id, {.record = true, .progress = true});
  });
}

void Session::Impl::save(TorrentId id, torrent::SaveNeeds needs, Answer<void> answer) {
  auto* entry = torrents_.entry(id);
  if (entry == nullptr) return;
  saves_.erase(id);
  auto saved = entry->torrent->save_as(needs.progress);
  std::vector<io::StoreChange> changes;
  changes.push_back(record_change(*entry, saved));
  if (saved.progress) {
    io::StoreChange change;
    change.kind = io::StoreChange::Kind::put_progress;
    change.key = entry->key;
    change.value = *std::move(saved.progress);
    changes.push_back(std::move(change));
  }
  saving_.commit(std::move(changes),
                 [this, id, answer = std::move(answer)](Result<void> outcome) mutable {
                   if (torrents_.find(id) != nullptr) answer(std::move(outcome));
                 });
}

void Session::Impl::load_content(TorrentId id) {
  if (const auto fresh = fresh_.find(id); fresh != fresh_.end()) {
    auto content = std::move(fresh->second);
    fresh_.erase(fresh);
    // Later, for the torrent is in the middle of an order now.
    return io::submit(
        world_.workers, io::Lane::none, io::Urgency::transfer,
        [content = std::move(content)](const io::JobTools&) { return content; },
        [this, id](torrent::LoadedContent there) {
          if (auto* torrent = torrents_.find(id)) torrent->on_content(std::move(there));
        });
  }
  const auto* entry = torrents_.entry(id);
  if (entry == nullptr) return;
  io::submit(
      world_.workers, io::Lane::store, io::Urgency::transfer,
      [key = entry->key](const io::JobTools& tools) -> Result<torrent::LoadedContent> {
        SEED_TRY(const auto stored, tools.store.metainfo(key));
        if (!stored)
          return fail(FaultCode::not_found, "the torrent's metainfo is not in the store");
        SEED_TRY(auto parsed, metainfo::parse_torrent(*stored));
        torrent::LoadedContent content;
        content.metainfo = std::make_shared<const metainfo::Metainfo>(std::move(parsed));
        SEED_TRY(const auto progress, tools.store.progress(key));
        if (progress) {
          // What cannot be read is found out by checking the files.
          if (auto known = storage::parse_progress(*progress)) content.progress = *std::move(known);
        }
        return content;
      },
      [this, id](Result<torrent::LoadedContent> content) {
        if (auto* torrent = torrents_.find(id)) torrent->on_content(std::move(content));
      });
}

// --- what torrents tell --------------------------------------------------------------------------

void Session::Impl::on_tracker_event(TorrentId id, const tracker::Announcer::Event& event) {
  if (const auto* due = std::get_if<tracker::Announcer::Due>(&event))
    tracking_.want(id, *due);
  else if (const auto* withdraw = std::get_if<tracker::Announcer::Withdraw>(&event))
    tracking_.withdraw(id, *withdraw);
}

void Session::Impl::on_torrent_completed(TorrentId id) {
  if (const auto* torrent = torrents_.find(id)) push_event(TorrentCompleted{torrent->number()});
}

void Session::Impl::on_torrent_seeding_done(TorrentId id) {
  if (const auto* torrent = torrents_.find(id)) push_event(TorrentSeedingDone{torrent->number()});
}

void Session::Impl::on_torrent_failed(TorrentId id, const Fault& fault) {
  if (const auto* torrent = torrents_.find(id))
    push_event(TorrentFailed{torrent->number(), fault.text});
}

void Session::Impl::on_fault_checked(TorrentId id, bool mended) {
  if (auto* torrent = torrents_.find(id)) torrent->on_fault_checked(mended);
}

void Session::Impl::on_link_count(TorrentId, int change) {
  link_count_ = static_cast<std::size_t>(static_cast<std::int64_t>(link_count_) + change);
}

void Session::Impl::on_half_open(int change) {
  half_open_ = static_cast<std::size_t>(static_cast<std::int64_t>(half_open_) + change);
  if (change < 0 && !dialing_.empty()) world_.alarm.again();
}

void Session::Impl::on_payload(std::uint64_t downloaded, std::uint64_t uploaded) {
  totals_.downloaded += downloaded;
  totals_.uploaded += uploaded;
}

std::optional<torrent::Announcing::Ready> Session::Impl::begin_announce(
    TorrentId id, tracker::TrackerId tracker) {
  auto* torrent = torrents_.find(id);
  if (torrent == nullptr) return std::nullopt;
  auto ready = torrent->announcing().begin_announce(tracker, torrent->announce_totals(), now());
  if (!ready) return std::nullopt;
  ready->request.peer_id = torrent->peer_id();
  // While nobody can reach us port 1 would be a lie, and 0 is refused by many: say what we want.
  ready->request.port = listening_.port() != 0 ? listening_.port() : settings_.peer_port;
  return ready;
}

void Session::Impl::on_announce_done(TorrentId id, tracker::TrackerId tracker,
                                     const Result<tracker::AnnounceReply>& reply) {
  if (auto* torrent = torrents_.find(id))
    torrent->on_tracker_reply(tracker, reply, listening_.port());
}

std::optional<tracker::Announcer::Scrape> Session::Impl::begin_scrape(TorrentId id,
                                                                      tracker::TrackerId tracker) {
  auto* torrent = torrents_.find(id);
  if (torrent == nullptr) return std::nullopt;
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
  accept_fault_told_ = false;
  if (running_ && !stopped_) handshakes_.accept(std::move(stream));
}

void Session::Impl::on_accept_fault(const Fault& fault) {
  if (!std::exchange(accept_fault_told_, true))
    log_.error("cannot accept connections for now", {{"error", fault.text}});
}

void Session::Impl::on_datagram(MutableBytes datagram, const Endpoint& from) {
  tracking_.on_datagram(datagram, from);
}

// --- totals --------------------------------------------------------------------------------------

Totals Session::Impl::cumulative() const {
  Totals sum = totals_before_;
  sum.uploaded += totals_.uploaded;
  sum.downloaded += totals_.downloaded;
  sum.files_added += totals_.files_added;
  sum.session_count += totals_.session_count;
  sum.seconds_active += static_cast<std::uint64_t>(seconds_of(now() - started_));
  return sum;
}

Buffer Session::Impl::encode_totals() const {
  const Totals sum = cumulative();
  bencode::DictWriter out;
  out.integer("uploaded", static_cast<std::int64_t>(sum.uploaded));
  out.integer("downloaded", static_cast<std::int64_t>(sum.downloaded));
  out.integer("files added", static_cast<std::int64_t>(sum.files_added));
  out.integer("seconds active", static_cast<std::int64_t>(sum.seconds_active));
  out.integer("session count", static_cast<std::int64_t>(sum.session_count));
  return out.take();
}

void Session::Impl::load_totals(Bytes encoded) {
  const auto document = bencode::Document::parse(encoded);
  if (!document) return;
  const auto value = [&](std::string_view key) {
    return static_cast<std::uint64_t>(
        std::max<std::int64_t>(0, document->root().integer_or(key, 0)));
  };
  totals_before_ = {value("uploaded"), value("downloaded"), value("files added"),
                    value("seconds active"), value("session count")};
}

void Session::Impl::push_event(Event event) {
  if (events_.size() >= events_max) events_.pop_front();
  events_.push_back(std::move(event));
}

std::vector<Event> Session::Impl::take_events() {
  std::vector<Event> out(std::make_move_iterator(events_.begin()),
                         std::make_move_iterator(events_.end()));
  events_.clear();
  return out;
}

}  // namespace seed::session
