#include "core/torrent/torrent.h"

#include <algorithm>
#include <utility>

#include "core/torrent/seed_limits.h"
#include "core/torrent/torrent_snapshot.h"
#include "core/wire/client_name.h"

namespace seed::torrent {

namespace {

/// BEP 20: the prefix, then octets nobody else has.
PeerId make_peer_id(Rng& rng) {
  constexpr std::string_view prefix = wire::own_peer_id_prefix;
  PeerId id;
  std::copy(prefix.begin(), prefix.end(), id.octets.begin());
  constexpr std::string_view alphabet =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (std::size_t i = prefix.size(); i < id.octets.size(); ++i)
    id.octets[i] =
        static_cast<std::uint8_t>(alphabet[static_cast<std::size_t>(rng.below(alphabet.size()))]);
  return id;
}

bool wants_more(const TorrentRecord& record, const std::vector<FileWish>& wishes) {
  for (std::size_t file = 0; file < record.wishes.size(); ++file)
    if (record.wishes[file] == FileWish::unwanted &&
        (file >= wishes.size() || wishes[file] != FileWish::unwanted))
      return true;
  return false;
}

tracker::Announcer::Options announce_options(const config::Settings& settings) {
  tracker::Announcer::Options options;
  options.announce_to_all_tiers = settings.announce_to_all_tiers;
  return options;
}

}  // namespace

Torrent::Torrent(Environment& environment, TorrentId id, TorrentNumber number, TorrentRecord record,
                 Rng rng)
    : environment_(environment),
      record_(std::move(record)),
      rng_(rng),
      self_{.id = id, .number = number, .peer_id = make_peer_id(rng_)},
      ticking_(now()),
      totals_(record_, now()),
      announcing_(rng_.fork(), announce_options(environment.settings)),
      links_(environment, id, record_, *this, rng_.fork()),
      content_(environment.storage, environment.world.clock, record_, *this, *this,
               environment.log) {
  announcing_.restore(trackers(), record_, environment_.tracker_ids, now(), wall());
  record_.trackers.clear();
  set_families();
  links_.candidates().set_seeding(done());
  links_.candidates().load(std::exchange(record_.peers, {}), now());
  links_.set_limits(record_.options, now());
  settle_exchange();
  if (without_metadata())
    fetching_ = std::make_unique<MetadataFetching>(links_.table(), rng_.fork());
  changed();
  arm();
}

Torrent::~Torrent() {
  content_.answer_waiting(seed::fail(FaultCode::cancelled, "the torrent was removed"));
  // A check that ends with the content has nobody to tell.
  lifecycle_.rest();
}

// --- facts ---------------------------------------------------------------------------------------

LifecycleFacts Torrent::life() const {
  return {.wanted = record_.running,
          .done = done(),
          .held = content_.held() || links_.size() > 0,
          .owed = record_.wants_a_look() && content_.trouble().empty(),
          .metadata = record_.has_metadata,
          .fetches_paused = environment_.settings.fetch_metadata_while_paused};
}

Status Torrent::status() const { return lifecycle_.status(life(), content_.check_waits()); }

QueueFacts Torrent::queue_facts() const {
  QueueFacts facts;
  facts.running = lifecycle_.runnable(life());
  facts.done = done();
  // Metadata is fetched at once, and takes nobody's place.
  facts.forced = record_.queued_now || without_metadata();
  facts.stalled = stalled(now());
  facts.preparing = lifecycle_.check_pending() || without_metadata();
  return facts;
}

bool Torrent::stalled(Instant at) const {
  const auto& settings = environment_.settings;
  return settings.queue_stalled_enabled && lifecycle_.allowed() &&
         std::chrono::floor<std::chrono::minutes>(totals_.idle(at)) >=
             std::chrono::minutes(settings.queue_stalled_minutes);
}

AnnounceTotals Torrent::announce_totals() const {
  const std::uint64_t total = record_.content.total_size;
  const std::uint64_t missing =
      record_.progress.complete ? 0 : total - std::min(total, record_.progress.have_valid);
  return {.info_hash = record_.hashes.short_hash(),
          .info_hash_v2 = record_.hashes.second_hash(),
          .uploaded = record_.totals.uploaded,
          .downloaded = record_.totals.downloaded,
          .corrupt = record_.totals.corrupt,
          .left = record_.has_metadata ? std::optional(missing) : std::nullopt,
          .partial_seed = done() && !record_.progress.complete};
}

bool Torrent::needs_content_for(const Groups& groups) const {
  if (!groups.files && !groups.pieces && !groups.availability) return false;
  return record_.has_metadata && !lifecycle_.has_content() && !lifecycle_.error();
}

TorrentSnapshot Torrent::snapshot(const Groups& groups, Instant now, WallTime wall) const {
  return take_snapshot({.number = number(),
                        .sequence = sequence(),
                        .labels_gained = self_.labels_gained,
                        .status = status(),
                        .stalled = stalled(now),
                        .error = lifecycle_.error(),
                        .queue_position = queue_position_,
                        .record = record_,
                        .content = content_,
                        .links = links_.table(),
                        .announcing = announcing_,
                        .totals = totals_,
                        .downloading = downloading_.get(),
                        .web_seeds = web_seeds_.get(),
                        .fetching = fetching_.get(),
                        .settings = environment_.settings,
                        .network_trouble = environment_.world.uplink.facts().trouble,
                        .now = now,
                        .wall = wall},
                       groups);
}

Torrent::Saved Torrent::save_as(bool with_progress) {
  record_.trackers = announcing_.memory(now());
  record_.completed = announcing_.machine().completed_memory();
  if (!done()) record_.peers = links_.candidates().save(peers_saved_max);
  record_.saved = wall();
  const auto* store = lifecycle_.phase() == Phase::resuming ? nullptr : content_.store();
  if (store != nullptr && (with_progress || !record_.undurable))
    record_.undurable = store->durable_have() != store->have();
  Saved saved;
  saved.record = encode_record(record_);
  record_.trackers.clear();
  record_.peers.clear();
  if (const auto unread = content_.unread_progress(); unread && with_progress)
    saved.progress = storage::encode(*unread);
  else if (with_progress && store != nullptr)
    saved.progress = storage::encode(store->progress());
  if (!unsaved_metainfo_.empty()) saved.metainfo = unsaved_metainfo_;
  return saved;
}

// --- orders --------------------------------------------------------------------------------------

void Torrent::start(const StartOrder& order) {
  record_.queued_now = order.past_queue;
  record_.finished = false;
  if (lifecycle_.start(order.by_name)) distrust_content();
  record_.may_overwrite |= lifecycle_.may_overwrite();
  const bool move_again = !content_.trouble().empty();
  content_.forget_trouble();
  if (!std::exchange(record_.running, true)) {
    record_.started = wall();
    totals_.on_begin(now());
  }
  lift_ratio_limit();
  changed();
  settle();
  if (move_again && lifecycle_.phase() == Phase::ready) leave_incomplete_folder();
}

/// Else the next tick would stop what the user has just started. An idle limit counts anew by
/// itself.
void Torrent::lift_ratio_limit() {
  const auto limits = seed_limits(record_.options, environment_.settings);
  if (!done() || reached(limits, totals_.seed_facts(now())) != SeedLimit::ratio) return;
  environment_.log.info("started past its ratio: no ratio limits it any more",
                        {{"torrent", record_.name}});
  record_.options.seed_ratio_mode = config::LimitMode::unlimited;
}

void Torrent::stop() {
  if (halt()) distrust_content();
  changed();
  settle();
}

/// True: what is known of the content is not to be trusted, as for Lifecycle::start().
bool Torrent::halt() {
  record_.running = false;
  record_.queued_now = false;
  const auto stopped = lifecycle_.stop();
  if (stopped.check) content_.store()->stop_check();
  return stopped.error;
}

void Torrent::set_allowed(bool allowed) {
  if (!lifecycle_.allow(allowed)) return;
  if (allowed) totals_.on_begin(now());
  changed();
  settle();
}

void Torrent::verify() {
  if (without_metadata()) return;
  if (lifecycle_.accept_loss()) distrust_content();
  lifecycle_.want_check();
  if (lifecycle_.phase() == Phase::checking) content_.store()->stop_check();
  changed();
  settle();
}

void Torrent::reannounce() {
  announcing_.reannounce(now());
  drain_announcer();
  changed();
  arm();
}

void Torrent::renew_announces() {
  announcing_.machine().renew(now());
  drain_announcer();
  arm();
}

void Torrent::on_network(bool renewed) {
  if (renewed) {
    renew_announces();
    if (wants_links()) environment_.host.want_dials(id());
  }
  if (lifecycle_.meets_peers(life())) changed();
}

void Torrent::set_options(config::TorrentOptions options) {
  const bool sequential =
      options.sequential_download != record_.options.sequential_download ||
      options.sequential_download_from_piece != record_.options.sequential_download_from_piece;
  const bool more_labels = std::ranges::any_of(options.labels, [&](const auto& label) {
    const auto& own = record_.options.labels;
    return std::ranges::find(own, label) == own.end();
  });
  record_.options = std::move(options);
  set_limits();
  arm();
  if (sequential && downloading_) downloading_->set_sequential(record_.options);
  environment_.host.want_save(id(), {});
  environment_.host.want_dials(id());
  changed();
  if (more_labels) self_.labels_gained = sequence();
}

void Torrent::on_settings(bool shows) {
  if (shows) changed();
  announcing_.machine().set_options(announce_options(environment_.settings), now());
  content_.on_settings(environment_.settings);
  settle_exchange();
  if (environment_.settings.encryption == config::Encryption::required) links_.end_plain();
  set_families();
  set_limits();
  arm();
  drain_announcer();
  settle();
}

void Torrent::set_limits() {
  links_.set_limits(record_.options, now());
  if (downloading_) downloading_->set_shut(links_.download_shut(), now());
  if (web_seeds_) web_seeds_->set_shut(links_.download_shut(), now());
  if (uploading_) uploading_->set_shut(links_.upload_shut());
}

/// Who has no bind address for a family does not want to be seen over it.
void Torrent::set_families() {
  const auto& settings = environment_.settings;
  links_.candidates().set_families(!settings.bind_address_ipv4.empty(),
                                   !settings.bind_address_ipv6.empty());
}

void Torrent::set_wishes(std::vector<FileWish> wishes,
                         std::vector<std::int8_t> unwanted_priorities) {
  // Of what he did not want the user was not told that it is there.
  if (wants_more(record_, wishes)) {
    record_.may_overwrite = false;
    lifecycle_.forget_leave();
  }
  record_.wishes = std::move(wishes);
  record_.unwanted_priorities = std::move(unwanted_priorities);
  record_.edited = wall();
  environment_.host.want_save(id(), {});
  changed();
  with_content([this](const Result<void>& there) {
    if (!there || content_.completion() == nullptr) return;
    content_.set_wishes();
    if (lifecycle_.phase() == Phase::ready && stopped_by_strangers()) return;
    if (downloading_) {
      if (content_.store()->claim_missing(content_.completion()->wanted())) want_content_saved();
      downloading_->set_wants(record_.wishes, now());
    }
    const bool was_done = done();
    pieces_changed();
    if (done() && !was_done && record_.done == no_time) record_.done = wall();
    links_.candidates().set_seeding(done());
    if (done() != was_done) links_.set_upload_only(done(), now());
    settle();
    if (done() && !was_done && lifecycle_.phase() == Phase::ready) leave_incomplete_folder();
  });
}

bool Torrent::set_queue_rank(std::int64_t rank) {
  if (std::exchange(record_.queue_rank, rank) == rank) return false;
  environment_.host.want_save(id(), {});
  return true;
}

void Torrent::show_queue_position(std::int64_t position) {
  const std::int64_t before = std::exchange(queue_position_, position);
  if (before != position && before >= 0) changed();
}

void Torrent::set_trackers(tracker::TierList tiers) {
  record_.tiers = std::move(tiers);
  record_.edited = wall();
  environment_.host.want_save(id(), {});
  on_default_trackers();
}

void Torrent::on_default_trackers() {
  announcing_.set_trackers(trackers(), environment_.tracker_ids, now());
  drain_announcer();
  changed();
  arm();
}

/// BEP 27: a private torrent has its own and no others.
tracker::TierList Torrent::trackers() const {
  if (record_.content.is_private) return record_.tiers;
  return joined(record_.tiers, environment_.default_trackers);
}

void Torrent::leave() {
  record_.running = false;
  end_activities("the torrent is removed");
  drop_content();
  content_.come_to_rest();
  content_.release_names();
  announcing_.stop(now());
  drain_announcer();
  arm();
}

void Torrent::shut_down() {
  end_activities("the session ends");
  if (downloading_) end_downloading();
  announcing_.stop(now());
  drain_announcer();
  arm();
}

void Torrent::end_activities(const std::string& why) {
  lifecycle_.leave();
  if (lifecycle_.phase() == Phase::checking) content_.store()->stop_check();
  links_.end_all(why);
  reap(now());
}

void Torrent::flush(Answer<void> answer) {
  auto* store = content_.store();
  if (store == nullptr || lifecycle_.phase() == Phase::resuming) return answer({});
  store->flush(std::move(answer));
}

void Torrent::let_go_of_files(std::move_only_function<void(std::optional<FilesOnDisk>)> answer) {
  content_.stop_moving([this, answer = std::move(answer)]() mutable {
    auto before = files_on_disk();
    halt();
    changed();
    settle();
    flush([this, before = std::move(before),
           answer = std::move(answer)](const Result<void>&) mutable {
      // What could not be written is not wanted either.
      auto files = files_on_disk();
      drop_content();
      answer(files ? std::move(files) : std::move(before));
    });
  });
}

void Torrent::with_content(Answer<void> then) {
  if (without_metadata()) {
    settle();
    return then(seed::fail(FaultCode::not_found, "its metadata is not there yet"));
  }
  if (lifecycle_.has_content()) {
    lifecycle_.touch(now());
    return then({});
  }
  content_.wait(std::move(then));
  settle();
}

// --- what runs -----------------------------------------------------------------------------------

void Torrent::settle() {
  const Instant at = now();
  if (lifecycle_.outdated() && !content_.moving()) put_content_away();
  switch (lifecycle_.next_step(life(), at)) {
    case Lifecycle::Step::none:
      break;
    case Lifecycle::Step::load:
      environment_.host.load_content(id());
      break;
    case Lifecycle::Step::check:
      begin_check(Bitfield(record_.content.piece_count, true));
      break;
  }
  const auto runs = lifecycle_.runs(life());
  if (runs.downloads && !downloading_ && !claim_names()) return;
  settle_downloading(runs.downloads);
  if (!runs.links) links_.end_all("the torrent does not run");
  settle_announcing(runs.announce);
  if (runs.downloads || lifecycle_.fetches_metadata(life())) environment_.host.want_dials(id());
  if (lifecycle_.tell(status())) {
    changed();
    environment_.host.on_torrent_state(id());
  }
  totals_.on_time(status(), at);
  tell_completion();
  ticking_.keep_awake(at);
  arm();
}

void Torrent::settle_downloading(bool wanted) {
  if (!wanted && downloading_) return end_downloading();
  if (!wanted || downloading_) return;
  begin_downloading();
}

void Torrent::settle_announcing(Lifecycle::Announce announce) {
  if (announce == Lifecycle::Announce::start)
    announcing_.start(
        {.completed_already = record_.progress.complete, .by_user = lifecycle_.by_user()},
        announce_totals(), now());
  else if (announce == Lifecycle::Announce::stop)
    announcing_.stop(now());
  drain_announcer();
}

void Torrent::drain_announcer() {
  bool any = false;
  while (const auto event = announcing_.machine().next_event()) {
    environment_.host.on_tracker_event(id(), *event);
    any = true;
  }
  if (any) changed();
}

void Torrent::on_deadline(Instant at) {
  if (announcing_.machine().deadline().value_or(never) <= at) {
    announcing_.machine().on_deadline(at);
    drain_announcer();
  }
  if (content_.deadline() <= at) content_.store()->on_deadline();
  links_.on_deadline(at);
  if (web_seeds_) web_seeds_->on_deadline(at);
  if (exchange_ && exchange_->deadline() <= at)
    exchange_->on_deadline(at, [this](PeerLink& link) { links_.mark_dirty(link); });
  if (fetching_ && fetching_->deadline() <= at) {
    fetching_->on_deadline(at);
    fetch_metadata();
  }
  if (layers_ && layers_->deadline() <= at) {
    layers_->on_deadline(at);
    fetch_layers();
  }
  if (lifecycle_.retry_at() <= at) retry();
  if (ticking_.next() <= at) on_tick(at);
  arm();
}

void Torrent::arm() {
  const Instant when =
      std::min({ticking_.next(), links_.deadline(), lifecycle_.retry_at(),
                web_seeds_ ? web_seeds_->deadline() : never, content_.deadline(),
                fetching_ ? fetching_->deadline() : never, layers_ ? layers_->deadline() : never,
                exchange_ ? exchange_->deadline() : never,
                announcing_.machine().deadline().value_or(never)});
  environment_.host.on_torrent_deadline(id(), when);
}

void Torrent::on_tick(Instant at) {
  ticking_.begin(at);
  totals_.on_time(status(), at);
  show_what_moves(at);
  links_.on_tick(at);
  if (downloading_) downloading_->on_tick(at);
  if (web_seeds_) web_seeds_->on_tick(at);
  if (uploading_ && active())
    self_.stirred |=
        uploading_->plan(upload_terms(environment_.settings, record_.options, done()), at);
  links_.mark_all_dirty();
  if (!unsaved_metainfo_.empty() && !saving_metainfo_) keep_metadata();
  if (active()) links_.make_room(done(), at);
  if (wants_links()) environment_.host.want_dials(id());
  stop_at_seed_limit(at);
  const bool fetches = lifecycle_.fetches_metadata(life());
  const bool at_rest = lifecycle_.phase() == Phase::resting && !fetches;
  if (lifecycle_.may_rest(life(), at) && !content_.store()->is_dirty()) drop_content();
  if (at_rest) wake_to_dial(at);
  // A torrent at rest is looked at now and then: its limits and its seconds go on.
  ticking_.plan_next(at, at_rest, active() || fetches);
}

/// A seed behind a NAT is found by nobody whom it does not dial. For who could not be reached some
/// times it rests on.
void Torrent::wake_to_dial(Instant at) {
  constexpr std::uint32_t failures_few = 3;
  if (!active() || !done()) return;
  const auto next = links_.next_to_dial(at);
  if (next && next->failures < failures_few) with_content([](const Result<void>&) {});
}

/// What changes by itself is shown once a second, and once more when it has come to rest.
void Torrent::show_what_moves(Instant at) {
  const bool checks = lifecycle_.phase() == Phase::checking && !content_.check_waits();
  const bool moves = totals_.moving(at) || checks || content_.moving();
  const bool stalled = queue_facts().stalled;
  if (moves || self_.stirred || stalled != self_.stalled) changed();
  self_.stirred = moves;
  self_.stalled = stalled;
}

void Torrent::stop_at_seed_limit(Instant at) {
  if (status() != Status::seeding || (record_.completion_owed && content_.settling())) return;
  const auto limit =
      reached(seed_limits(record_.options, environment_.settings), totals_.seed_facts(at));
  if (limit == SeedLimit::none) return;
  environment_.log.info(
      "seeding has reached its limit",
      {{"torrent", record_.name}, {"limit", limit == SeedLimit::ratio ? "ratio" : "idle"}});
  record_.finished = true;
  record_.running = false;
  environment_.host.want_save(id(), {});
  environment_.host.on_torrent_seeding_done(id());
  settle();
}

// --- small ---------------------------------------------------------------------------------------

void Torrent::save_content(Answer<void> answer) {
  environment_.host.save(id(), {.record = true, .progress = true}, std::move(answer));
}

void Torrent::want_content_saved() {
  environment_.host.want_save(id(), {.record = true, .progress = true});
}

void Torrent::changed() {
  self_.sequence = environment_.host.next_sequence(id());
  self_.changed_at = now();
}

void Torrent::pieces_changed() {
  content_.note_progress();
  changed();
}

}  // namespace seed::torrent
