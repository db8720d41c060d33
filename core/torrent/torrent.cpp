#include "core/torrent/torrent.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/base/limits.h"

namespace seed::torrent {

namespace {

/// BEP 20: the prefix, then octets nobody else has.
PeerId make_peer_id(Rng& rng) {
  constexpr std::string_view prefix = "-SD0010-";
  PeerId id;
  std::copy(prefix.begin(), prefix.end(), id.octets.begin());
  constexpr std::string_view alphabet =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (std::size_t i = prefix.size(); i < id.octets.size(); ++i)
    id.octets[i] =
        static_cast<std::uint8_t>(alphabet[static_cast<std::size_t>(rng.below(alphabet.size()))]);
  return id;
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
      id_(id),
      number_(number),
      record_(std::move(record)),
      peer_id_(make_peer_id(rng)),
      rng_(rng),
      allowance_(&environment.allowance),
      log_(environment.log),
      announcing_(rng_.fork(), announce_options(environment.settings)),
      candidates_(rng_.fork()) {
  announcing_.restore(record_, environment_.tracker_ids, now(), wall());
  record_.trackers.clear();
  candidates_.set_seeding(done());
  last_payload_ = now();
  last_tick_ = now();
  set_allowance();
  changed();
  arm();
}

Torrent::~Torrent() { answer_waiting(seed::fail(FaultCode::cancelled, "the torrent was removed")); }

// --- facts ---------------------------------------------------------------------------------------

Status Torrent::status() const {
  if (phase_ == Phase::checking)
    return environment_.storage.checker().is_waiting(store_->id()) ? Status::check_wait
                                                                   : Status::checking;
  if (check_wanted_) return Status::check_wait;
  if (!record_.running || error_ || leaving_) return Status::stopped;
  if (done()) return allowed_ ? Status::seeding : Status::seed_wait;
  return allowed_ ? Status::downloading : Status::download_wait;
}

QueueFacts Torrent::queue_facts() const {
  const Duration idle_max = std::chrono::minutes(environment_.settings.queue_stalled_minutes);
  QueueFacts facts;
  facts.running = record_.running && !error_ && !leaving_;
  facts.done = done();
  facts.forced = record_.queued_now;
  facts.stalled =
      environment_.settings.queue_stalled_enabled && allowed_ && now() - last_payload_ >= idle_max;
  facts.checking = phase_ == Phase::checking || check_wanted_;
  return facts;
}

AnnounceTotals Torrent::announce_totals() const {
  return {.info_hash = record_.hashes.short_hash(),
          .uploaded = record_.totals.uploaded,
          .downloaded = record_.totals.downloaded,
          .corrupt = record_.totals.corrupt,
          .left = record_.has_metadata ? std::optional(record_.progress.left_until_done)
                                       : std::nullopt};
}

bool Torrent::active() const { return record_.running && allowed_ && !error_ && !leaving_; }

bool Torrent::content_needed() const {
  if (!waiting_.empty() || holders_ > 0 || links_.size() > 0) return true;
  if (error_ || leaving_) return false;
  return check_wanted_ || (active() && !done());
}

// --- orders --------------------------------------------------------------------------------------

void Torrent::start(bool past_queue, bool by_user) {
  record_.queued_now = past_queue;
  record_.finished = false;
  by_user_ = by_user_ || by_user;
  lost_data_accepted_ = lost_data_accepted_ || (by_user && error_.has_value());
  if (error_) {
    error_.reset();
    retry_at_ = never;
    drop_content();
  }
  if (!record_.running) {
    record_.running = true;
    record_.started = wall();
    last_payload_ = now();
  }
  changed();
  settle();
}

void Torrent::stop() {
  record_.running = false;
  record_.queued_now = false;
  error_.reset();
  retry_at_ = never;
  if (phase_ == Phase::checking) {
    check_wanted_ = false;
    store_->stop_check();
  }
  changed();
  settle();
}

void Torrent::set_allowed(bool allowed) {
  if (allowed_ == allowed) return;
  allowed_ = allowed;
  if (allowed) last_payload_ = now();
  changed();
  settle();
}

void Torrent::verify() {
  lost_data_accepted_ = true;
  if (error_) {
    error_.reset();
    retry_at_ = never;
    drop_content();
  }
  if (phase_ == Phase::checking) store_->stop_check();
  check_wanted_ = true;
  changed();
  settle();
}

void Torrent::reannounce() {
  announcing_.reannounce(now());
  drain_announcer();
  arm();
}

void Torrent::set_options(config::TorrentOptions options) {
  const bool sequential =
      options.sequential_download != record_.options.sequential_download ||
      options.sequential_download_from_piece != record_.options.sequential_download_from_piece;
  record_.options = std::move(options);
  set_allowance();
  if (sequential && downloading_)
    downloading_->set_sequential(record_.options.sequential_download,
                                 record_.options.sequential_download_from_piece);
  environment_.host.want_save(id_, {});
  environment_.host.want_dials(id_);
  changed();
}

void Torrent::on_settings() {
  announcing_.machine().set_options(announce_options(environment_.settings), now());
  if (store_) {
    store_->set_rename_partial_files(environment_.settings.rename_partial_files);
    store_->set_preallocation(environment_.settings.preallocation);
  }
  set_allowance();
  drain_announcer();
  settle();
}

void Torrent::set_wishes(std::vector<FileWish> wishes) {
  record_.wishes = std::move(wishes);
  record_.edited = wall();
  environment_.host.want_save(id_, {});
  changed();
  with_content([this](const Result<void>& there) {
    if (!there || !completion_) return;
    completion_->set_wishes(record_.wishes);
    if (downloading_) downloading_->set_wants(record_.wishes, now());
    const bool was_done = done();
    pieces_changed();
    if (done() && !was_done && record_.done == no_time) record_.done = wall();
    candidates_.set_seeding(done());
    settle();
  });
}

void Torrent::set_queue_position(std::int64_t position) {
  if (record_.queue_position == position) return;
  record_.queue_position = position;
  environment_.host.want_save(id_, {});
  changed();
}

void Torrent::set_trackers(tracker::TierList tiers) {
  record_.tiers = std::move(tiers);
  record_.edited = wall();
  announcing_.set_trackers(record_.tiers, environment_.tracker_ids, now());
  drain_announcer();
  environment_.host.want_save(id_, {});
  changed();
  arm();
}

void Torrent::leave() {
  leaving_ = true;
  record_.running = false;
  if (phase_ == Phase::checking) store_->stop_check();
  end_links("the torrent is removed");
  reap(now());
  downloading_.reset();
  uploading_.reset();
  drop_content();
  announcing_.stop(now());
  drain_announcer();
  arm();
}

void Torrent::shut_down() {
  leaving_ = true;
  if (phase_ == Phase::checking) store_->stop_check();
  end_links("the session ends");
  reap(now());
  if (downloading_) end_downloading();
  announcing_.stop(now());
  drain_announcer();
  arm();
}

void Torrent::flush(Answer<void> answer) {
  if (!store_ || phase_ == Phase::resuming) return answer({});
  store_->flush(std::move(answer));
}

void Torrent::with_content(Answer<void> then) {
  if (phase_ == Phase::ready || phase_ == Phase::checking) {
    needed_at_ = now();
    return then({});
  }
  waiting_.push_back(std::move(then));
  settle();
}

// --- what runs -----------------------------------------------------------------------------------

void Torrent::settle() {
  const Instant at = now();
  if (content_needed()) {
    needed_at_ = at;
    if (phase_ == Phase::resting) {
      phase_ = Phase::loading;
      environment_.host.load_content(id_);
    }
  }
  if (phase_ == Phase::ready && check_wanted_)
    begin_check(Bitfield(record_.content.piece_count, true));
  const bool downloads = phase_ == Phase::ready && active() && !completion_->done();
  if (downloads && !downloading_) {
    downloading_ = std::make_unique<Downloading>(metainfo_->layout, *store_, links_, rng_.fork());
    downloading_->set_wants(record_.wishes, at);
    downloading_->set_sequential(record_.options.sequential_download,
                                 record_.options.sequential_download_from_piece);
    links_.each([&](PeerLink& link) {
      if (link.connection().open()) downloading_->on_pieces(link, at);
    });
  } else if (!downloads && downloading_) {
    end_downloading();
  }
  if (!active() || phase_ == Phase::checking) end_links("the torrent does not run");
  settle_announcing();
  if (downloads) environment_.host.want_dials(id_);
  if (const Status status_now = status(); status_now != told_status_) {
    told_status_ = status_now;
    changed();
    environment_.host.on_torrent_state(id_);
  }
  if (next_tick_ == never || next_tick_ > at + tick) next_tick_ = at + tick;
  arm();
}

void Torrent::end_downloading() {
  const Instant at = now();
  links_.each([&](PeerLink& link) {
    std::vector<BlockRef> asked;
    for (const auto& request : link.connection().our_requests()) asked.push_back(request.block);
    for (const auto& block : asked) link.connection().cancel(block, at);
    link.download.window.on_given_up(asked.size());
    link.download.known_to_picker = false;
    link.download.wanting_since = never;
    link.connection().set_interested(false, at);
  });
  downloading_.reset();
  if (store_) store_->drop_incomplete();
}

void Torrent::settle_announcing() {
  const bool wanted =
      active() && phase_ != Phase::checking && !check_wanted_ && (done() || phase_ == Phase::ready);
  if (wanted)
    announcing_.start(done(), by_user_, announce_totals(), now());
  else if (!active())
    announcing_.stop(now());
  drain_announcer();
}

void Torrent::drain_announcer() {
  while (const auto event = announcing_.machine().next_event())
    environment_.host.on_tracker_event(id_, *event);
}

void Torrent::on_deadline(Instant at) {
  if (announcing_.machine().deadline().value_or(never) <= at) {
    announcing_.machine().on_deadline(at);
    drain_announcer();
  }
  if (store_ && store_->deadline().value_or(never) <= at) store_->on_deadline();
  if (held_until_ <= at) {
    held_until_ = never;
    links_.each([&](PeerLink& link) {
      link.resume();
      on_link_dirty(link);
    });
  }
  if (retry_at_ <= at) retry(at);
  if (next_tick_ <= at) on_tick(at);
  arm();
}

void Torrent::arm() {
  Instant when = std::min(
      {next_tick_, held_until_, retry_at_, announcing_.machine().deadline().value_or(never)});
  if (store_) when = std::min(when, store_->deadline().value_or(never));
  environment_.host.on_torrent_deadline(id_, when);
}

void Torrent::on_tick(Instant at) {
  uncounted_ += at - last_tick_;
  last_tick_ = at;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(uncounted_);
  uncounted_ -= seconds;
  const Status status_now = status();
  if (status_now == Status::downloading) record_.totals.seconds_downloading += seconds.count();
  if (status_now == Status::seeding) record_.totals.seconds_seeding += seconds.count();
  if (rate_down_.rate(at) > 0 || rate_up_.rate(at) > 0 || phase_ == Phase::checking) changed();
  links_.each([&](PeerLink& link) {
    if (link.deadline() <= at) link.on_deadline(at);
  });
  if (downloading_) downloading_->on_tick(at);
  if (uploading_ && active()) uploading_->plan(upload_terms(), at);
  links_.each([&](PeerLink& link) { on_link_dirty(link); });
  if (wants_links()) environment_.host.want_dials(id_);
  check_seed_limits(at);
  const bool at_rest = phase_ == Phase::resting;
  if (phase_ == Phase::ready && !content_needed() && at - needed_at_ >= rest_after &&
      !store_->is_dirty())
    drop_content();
  // A torrent at rest is looked at now and then: its limits and its seconds go on.
  next_tick_ = at + (at_rest ? rest_after : tick);
  if (at_rest && !active()) next_tick_ = never;
}

void Torrent::check_seed_limits(Instant at) {
  if (status() != Status::seeding) return;
  const auto& settings = environment_.settings;
  const auto& options = record_.options;
  using config::LimitMode;
  const bool ratio_limited =
      options.seed_ratio_mode == LimitMode::own ||
      (options.seed_ratio_mode == LimitMode::session && settings.ratio_limit_enabled);
  const double ratio =
      options.seed_ratio_mode == LimitMode::own ? options.seed_ratio_limit : settings.ratio_limit;
  const auto size = static_cast<double>(record_.progress.size_when_done);
  const bool ratio_reached =
      ratio_limited && size > 0 && static_cast<double>(record_.totals.uploaded) >= ratio * size;
  const bool idle_limited =
      options.seed_idle_mode == LimitMode::own ||
      (options.seed_idle_mode == LimitMode::session && settings.idle_seeding_limit_enabled);
  const auto idle_minutes = options.seed_idle_mode == LimitMode::own ? options.seed_idle_limit
                                                                     : settings.idle_seeding_limit;
  const bool idle_reached =
      idle_limited && at - last_payload_ >= std::chrono::minutes(idle_minutes);
  if (!ratio_reached && !idle_reached) return;
  log_.info("seeding has reached its limit",
            {{"torrent", record_.name}, {"limit", ratio_reached ? "ratio" : "idle"}});
  record_.finished = true;
  record_.running = false;
  environment_.host.want_save(id_, {});
  environment_.host.on_torrent_seeding_done(id_);
  settle();
}

// --- trackers ------------------------------------------------------------------------------------

void Torrent::on_tracker_reply(tracker::TrackerId tracker,
                               const Result<tracker::AnnounceReply>& reply,
                               std::uint16_t listen_port) {
  announcing_.machine().on_announce_done(tracker, reply, now());
  drain_announcer();
  if (reply && reply->external_ip && listen_port != 0) {
    const Endpoint own{*reply->external_ip, listen_port};
    candidates_.set_own(own.address.is_v4() ? std::optional(own) : std::nullopt,
                        own.address.is_v6() ? std::optional(own) : std::nullopt);
  }
  if (reply && reply->accepted() && active())
    for (const auto& peer : reply->peers) add_candidate(peer, swarm::Source::tracker);
  environment_.host.want_save(id_, {});
  changed();
  arm();
}

void Torrent::on_tracker_scrape(tracker::TrackerId tracker,
                                const Result<tracker::ScrapeReply>& reply) {
  announcing_.machine().on_scrape_done(tracker, reply, record_.hashes.short_hash(), now());
  drain_announcer();
  changed();
  arm();
}

// --- faults --------------------------------------------------------------------------------------

void Torrent::fail(const Fault& fault) {
  // A disk that went away explains whatever went wrong before, and says when it can go on.
  if (error_ && (fault.code != FaultCode::root_missing || error_->code == fault.code)) return;
  error_ = fault;
  log_.error("torrent stopped by a fault",
             {{"torrent", record_.name}, {"error", fault.text}, {"kind", name_of(fault.code)}});
  environment_.host.on_torrent_failed(id_, fault);
  if (fault.code == FaultCode::disk_full || fault.code == FaultCode::root_missing)
    retry_at_ = now() + retry_after_fault;
  answer_waiting(std::unexpected(fault));
  settle();
}

/// Only what mends itself is tried again: a full disk that has room, a root that is back.
void Torrent::retry(Instant at) {
  retry_at_ = never;
  if (!error_) return;
  auto root = SafePath::root(record_.download_dir);
  if (!root) return;
  const bool full = error_->code == FaultCode::disk_full;
  // Room for all that is missing, or enough to go on for a while: not one write and full again.
  const std::uint64_t needed = std::min<std::uint64_t>(
      record_.progress.left_until_done,
      std::max<std::uint64_t>(8 * std::uint64_t{record_.content.piece_size}, 64u << 20));
  static_cast<void>(at);
  io::submit(
      environment_.world.workers, io::Lane::none, io::Urgency::background,
      [path = *root, full, needed](const io::JobTools& tools) {
        if (!full) return true;
        const auto space = tools.files.space(path);
        return space && space->free_bytes >= needed;
      },
      [host = &environment_.host, id = id_](bool mended) { host->on_fault_checked(id, mended); });
}

void Torrent::on_fault_checked(bool mended) {
  if (!error_) return;
  const bool full = error_->code == FaultCode::disk_full;
  if (!mended || !full) {
    // A missing root is looked for by the session, see on_root(); the retry is its safety net.
    retry_at_ = now() + retry_after_fault;
    return arm();
  }
  log_.info("the disk has room again", {{"torrent", record_.name}});
  error_.reset();
  if (store_) store_->clear_fault();
  changed();
  settle();
}

void Torrent::on_root(const Result<void>& there) {
  if (!there) {
    if (there.error().code == FaultCode::root_missing) {
      // What is open stays open: what was written before may still become durable.
      fail(there.error());
    }
    return;
  }
  if (!error_ || error_->code != FaultCode::root_missing) return;
  log_.info("the folder is back", {{"torrent", record_.name}, {"folder", record_.download_dir}});
  error_.reset();
  retry_at_ = never;
  changed();
  environment_.host.on_torrent_state(id_);
  // Looked at anew: what is as it was saved is not read again.
  flush([this](const Result<void>&) {
    environment_.host.save(id_, {.record = true, .progress = true}, [this](const Result<void>&) {
      drop_content();
      settle();
    });
  });
}

// --- small ---------------------------------------------------------------------------------------

void Torrent::set_allowance() {
  const auto rate = [](bool limited, std::uint32_t kB) {
    return limited ? std::uint64_t{kB} * 1000 : TokenBucket::unlimited;
  };
  const auto& options = record_.options;
  allowance_.set_rate(Direction::down, rate(options.download_limited, options.download_limit),
                      now());
  allowance_.set_rate(Direction::up, rate(options.upload_limited, options.upload_limit), now());
  allowance_.set_honors_parent(options.honors_session_limits);
  // A limit that was lifted must not leave links waiting for it.
  if (links_.size() > 0) held_until_ = now();
  arm();
}

void Torrent::changed() {
  sequence_ = environment_.host.next_sequence();
  changed_at_ = now();
}

WallTime Torrent::wall_of(Instant instant) const {
  return wall() + std::chrono::duration_cast<std::chrono::milliseconds>(instant - now());
}

Torrent::Saved Torrent::save_as(bool with_progress) {
  record_.trackers = announcing_.memory(now());
  record_.saved = wall();
  Saved saved;
  saved.record = encode_record(record_);
  record_.trackers.clear();
  if (with_progress && store_ && phase_ != Phase::resuming)
    saved.progress = storage::encode(store_->progress());
  return saved;
}

void Torrent::answer_waiting(const Result<void>& outcome) {
  auto waiting = std::exchange(waiting_, {});
  for (auto& then : waiting) then(outcome);
}

}  // namespace seed::torrent
