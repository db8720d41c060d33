// Torrent's events: where goes what its links, its content, its trackers and its store tell, faults
// among it.
#include <fmt/format.h>

#include <utility>
#include <variant>

#include "core/base/check.h"
#include "core/torrent/torrent.h"

namespace seed::torrent {

// --- links ---------------------------------------------------------------------------------------

bool Torrent::wants_links() const {
  const bool ready = active() && lifecycle_.phase() == Phase::ready;
  return (ready || lifecycle_.fetches_metadata(life())) && links_.want_more();
}

bool Torrent::accepts(const Endpoint& remote) {
  return lifecycle_.runs(life()).links && links_.admits(remote);
}

void Torrent::add_candidate(const Endpoint& endpoint, swarm::Source source,
                            swarm::CandidateFlags flags) {
  if (environment_.host.turns_away(endpoint.address) ||
      !links_.candidates().add(endpoint, source, flags, now()))
    return;
  // A seed at rest wakes for a peer that may want something.
  if (active() && lifecycle_.phase() == Phase::resting && done())
    with_content([](const Result<void>&) {});
  environment_.host.want_dials(id());
}

bool Torrent::dial_next(io::Dialer& dialer, const io::DialOptions& v4, const io::DialOptions& v6) {
  if (!wants_links()) return false;
  const auto punched = holepunching_ ? next_punched() : std::nullopt;
  const auto candidate = punched ? punched : links_.next_to_dial(now());
  if (!candidate) return false;
  peer::Local local;
  environment_.host.prepare(local, candidate->endpoint.address);
  local.torrent = torrent_side();
  // Who is in that swarm may not know that there is another.
  if (candidate->flags.v2 && local.torrent->info_hash_v2)
    local.torrent->info_hash = *local.torrent->info_hash_v2;
  local.client = environment_.client;
  local.dht = local.dht && is_public();
  local.dials_encrypted = (local.encryption == peer::Encryption::preferred) != candidate->other_way;
  io::DialOptions options = candidate->endpoint.address.is_v4() ? v4 : v6;
  options.utp_only = punched.has_value();
  links_.dial(*candidate, std::move(local), rng_.fork(), dialer, options);
  return true;
}

/// Somebody that both sides dial now, so that their NATs let each other in.
std::optional<swarm::Candidate> Torrent::next_punched() {
  while (const auto endpoint = holepunching_->next_to_dial()) {
    if (environment_.host.turns_away(endpoint->address)) continue;
    if (auto candidate = links_.candidates().to_dial_now(*endpoint, now())) return candidate;
  }
  return std::nullopt;
}

void Torrent::adopt(std::unique_ptr<PeerLink> incoming, const PeerId& peer) {
  SEED_CHECK(takes_links());
  PeerLink* link = links_.adopt(std::move(incoming));
  if (link == nullptr) return;
  link->connection().accept(torrent_side(), now());
  // It is ourselves, or broke the rules while it waited.
  if (!link->connection().open()) return link->drain();
  open(*link, peer);
  link->drain();
  link->resume();
}

void Torrent::open(PeerLink& link, const PeerId& peer) {
  // What is had is told when it is known, see content_ready().
  const Bitfield nothing;
  const auto* completion = content_.completion();
  const Links::Opening opening{peer_id(), completion != nullptr ? completion->have() : nothing,
                               done()};
  if (!links_.open(link, peer, opening)) return;
  if (uploading_) uploading_->on_change();
  // BEP 5, "BitTorrent Protocol Extension".
  const std::uint16_t node =
      is_public() ? environment_.host.dht_port(link.remote().address) : std::uint16_t{0};
  if (node != 0 && link.connection().facts().dht) link.connection().send_port(node, now());
  if (layers_) fetch_layers();
  changed();
}

void Torrent::on_turn_end(Instant at) {
  const bool ended = links_.on_turn_end(at, [&](PeerLink& link) {
    if (downloading_) downloading_->fill(link, at);
    if (uploading_ && active()) uploading_->serve(link, at);
  });
  if (const auto sent = links_.take_sent(); sent > 0) {
    totals_.on_uploaded(sent, at, wall());
    environment_.host.on_payload(0, sent);
    environment_.host.want_save(id(), {});
  }
  if (ended) reap(at);
}

void Torrent::reap(Instant at) {
  if (!links_.reap(at)) return;
  changed();
  if (wants_links()) environment_.host.want_dials(id());
}

void Torrent::end_if_useless(PeerLink& link) {
  if (done()) links_.end_if_useless(link);
}

void Torrent::on_link_gone(PeerLink& link) {
  if (downloading_) downloading_->on_gone(link);
  if (uploading_) uploading_->on_gone(link);
  metadata_exchange_.on_gone(link.id);
  if (hash_serving_) hash_serving_->on_gone(link.id);
  if (layers_) {
    layers_->on_gone(link.id);
    fetch_layers();
  }
  if (exchange_) exchange_->on_gone(link.id, link.why_ended().text == nothing_to_trade, now());
  if (holepunching_) holepunching_->on_gone(link, now());
  if (!fetching_) return;
  fetching_->on_gone(link.id, now());
  fetch_metadata();
}

void Torrent::on_link_event(PeerLink& link, peer::Event&& event) {
  self_.stirred = true;
  std::visit([&](auto& it) { on(link, it); }, event);
}

void Torrent::on(PeerLink& link, peer::ExtendedHandshakeReceived& event) {
  links_.learn(link, event.handshake);
  if (exchange_ && !link.ended()) {
    exchange_->on_extended(link, event.handshake, now());
    arm();
  }
  if (holepunching_ && !link.ended()) {
    holepunching_->on_extended(link, event.handshake);
  }
  if (!fetching_ || link.ended()) return;
  // A later one may say only what is new.
  fetching_->on_extended(link, link.connection().facts().peer_metadata_size, now());
  fetch_metadata();
}

void Torrent::on(PeerLink& link, peer::ChokeChanged& event) {
  if (downloading_) downloading_->on_choke(link, event.choked, now());
}

void Torrent::on(PeerLink&, peer::InterestChanged&) {
  if (!uploading_) return;
  uploading_->on_change();
  ticking_.soon(now());
  arm();
}

void Torrent::on(PeerLink& link, peer::PeerHas& event) {
  if (downloading_) downloading_->on_have(link, event.piece, now());
  end_if_useless(link);
}

void Torrent::on(PeerLink& link, peer::PeerBitfield&) {
  if (downloading_) downloading_->on_pieces(link, now());
  end_if_useless(link);
}

void Torrent::on(PeerLink& link, peer::BlockRequested& event) {
  const auto* completion = content_.completion();
  if (completion == nullptr || !completion->have().test(event.block.piece))
    link.connection().reject(event.block, now());
  links_.mark_dirty(link);
}

void Torrent::on(PeerLink& link, peer::BlockCancelled& event) {
  if (uploading_) uploading_->on_cancelled(link, event.block);
}

void Torrent::on(PeerLink& link, peer::BlockReceived& event) {
  links_.mark_dirty(link);
  if (!downloading_) return;
  const std::uint32_t size = event.ref.length;
  const std::uint32_t accepted = downloading_->on_block(link, std::move(event), now());
  if (const auto guilty = downloading_->take_guilty(); !guilty.empty()) {
    totals_.on_corrupt(size);
    links_.ban(guilty);
  }
  if (accepted == 0) return;
  totals_.on_downloaded(accepted, now(), wall());
  environment_.host.on_payload(accepted, 0);
}

void Torrent::on(PeerLink& link, peer::RequestRejected& event) {
  if (downloading_) downloading_->on_rejected(link, event.block, now());
}

void Torrent::on(PeerLink& link, peer::RequestsDropped& event) {
  if (downloading_) downloading_->on_dropped(link, event.blocks, now());
}

void Torrent::on(PeerLink& link, peer::PortReceived& event) {
  if (is_public()) environment_.host.on_dht_node({link.remote().address, event.port});
}

void Torrent::on(PeerLink& link, peer::HashesRequested& event) {
  if (hash_serving_)
    hash_serving_->on_request(link, event.range, now());
  else
    link.connection().reject_hashes(event.range, now());
  links_.mark_dirty(link);
}

void Torrent::on(PeerLink& link, peer::HashesReceived& event) {
  if (layers_) return on_layer_hashes(link, event);
  if (!downloading_) return;
  downloading_->on_hashes(link, event);
  links_.ban(downloading_->take_guilty());
}

void Torrent::on(PeerLink& link, peer::HashesRejected& event) {
  if (layers_) {
    layers_->on_rejected(link.id, event.range, now());
    return fetch_layers();
  }
  if (downloading_) downloading_->on_hashes_rejected(link, event.range);
}

void Torrent::on(PeerLink& link, wire::UtPex& event) {
  if (!exchange_) return;
  if (holepunching_) holepunching_->on_pex(link, event);
  for (const auto& told : exchange_->on_message(link, event, now()))
    add_candidate(told.endpoint, swarm::Source::pex, told.flags);
}

void Torrent::on(PeerLink& link, wire::UtHolepunch& event) {
  if (!holepunching_) return;
  holepunching_->on_message(link, event, now());
  environment_.host.want_dials(id());
}

void Torrent::on(PeerLink& link, wire::LtDontHave& event) {
  if (downloading_) downloading_->on_dont_have(link, event.piece, now());
}

void Torrent::on(PeerLink& link, wire::UploadOnly&) { end_if_useless(link); }

void Torrent::on(PeerLink& link, wire::UtMetadata& event) {
  if (fetching_) {
    fetching_->on_message(link, std::move(event), now());
    return fetch_metadata();
  }
  if (const auto& metainfo = content_.metainfo())
    metadata_exchange_.on_message(link, event, *metainfo, now());
}

void Torrent::on(PeerLink& link, peer::Violation& event) {
  environment_.log.debug("link broke the protocol", {{"torrent", record_.name},
                                                     {"peer", link.remote()},
                                                     {"code", name_of(event.code)},
                                                     {"text", event.text}});
}

// --- content -------------------------------------------------------------------------------------

void Torrent::on_content(Result<LoadedContent> loaded) {
  if (!lifecycle_.expects_content()) return;
  lifecycle_.on_loaded();
  Result<void> opened = loaded ? content_.open(*std::move(loaded), environment_.settings,
                                               [this](Result<Bitfield> to_check, bool lost) {
                                                 on_resumed(std::move(to_check), lost);
                                               })
                               : Result<void>(std::unexpected(loaded.error()));
  if (opened) return arm();
  lifecycle_.rest();
  fail(opened.error());
}

void Torrent::on_resumed(Result<Bitfield> to_check, bool lost) {
  if (lifecycle_.phase() != Phase::resuming) return;
  if (!to_check) {
    drop_content();
    return fail(to_check.error());
  }
  const auto resumed = lifecycle_.on_resumed(lost, !to_check->none());
  if (resumed == Lifecycle::Resumed::lost) {
    const std::string where = data_root();
    drop_content();
    return fail({FaultCode::not_found, 0,
                 "files of this torrent that were complete are gone from " + where +
                     "; start it to download them again, or bring them back and verify"});
  }
  content_.enter();
  uploading_ = std::make_unique<Uploading>(*content_.store(), links_.table(), rng_.fork());
  uploading_->set_shut(links_.upload_shut());
  if (content_.metainfo()->has_v2())
    hash_serving_ = std::make_unique<HashServing>(content_.metainfo(), *content_.store(), links_);
  if (resumed == Lifecycle::Resumed::ready) return content_ready();
  if (resumed == Lifecycle::Resumed::check_all) to_check->fill(true);
  begin_check(*std::move(to_check));
}

void Torrent::begin_check(Bitfield pieces) {
  lifecycle_.begin_check();
  links_.end_all("the torrent is verified");
  if (downloading_) end_downloading();
  content_.store()->check(std::move(pieces), [this](Result<void> outcome) { on_checked(outcome); });
  // Those who only want to look at the content need not wait for the check.
  if (content_.completion() != nullptr) content_.answer_waiting({});
  settle();
}

void Torrent::on_checked(const Result<void>& outcome) {
  if (lifecycle_.phase() != Phase::checking) return;
  switch (lifecycle_.on_checked(outcome, content_.store()->all_checked())) {
    case Lifecycle::Checked::failed:
      content_.refresh();
      changed();
      return fail(outcome.error());
    case Lifecycle::Checked::left:
      // What it did not come to is looked at when the torrent next runs, not taken for missing.
      put_content_away();
      // Who waits for the check would have it begin again at once.
      if (!lifecycle_.check_wanted())
        content_.answer_waiting(seed::fail(FaultCode::cancelled, "the check was stopped"));
      return settle();
    case Lifecycle::Checked::leaving:
      return;
    case Lifecycle::Checked::done:
      environment_.log.info("verified", {{"torrent", record_.name},
                                         {"pieces", content_.store()->have().count()},
                                         {"of", record_.content.piece_count}});
      return content_ready();
  }
}

/// After an error the files may be others. But what moves, perhaps to a disk with room, goes on.
void Torrent::distrust_content() {
  if (content_.moving() && content_.store() != nullptr) content_.store()->clear_fault();
  put_content_away();
}

/// Saves what is known of it; it is opened anew when it is next needed.
void Torrent::put_content_away() {
  if (lifecycle_.has_content()) {
    content_.refresh();
    changed();
    save_content([](const Result<void>&) {});
  }
  drop_unless_moving();
}

/// A move that were cut off would be forgotten, or be made twice at once: settle() drops it then.
void Torrent::drop_unless_moving() {
  if (!content_.moving() || content_.store() == nullptr) return drop_content();
  if (downloading_) end_downloading();
  lifecycle_.outdate();
}

void Torrent::content_ready() {
  content_.refresh();
  if (stopped_by_strangers()) return;
  // What it has begun is its own also while it is stopped, unless another was first: then that
  // one's are the pieces that were found, and nothing is claimed of them.
  const bool begun = !done() && record_.progress.have_valid > 0;
  const bool refused = begun && !content_.claim_names();
  record_.in_doubt = record_.in_doubt && refused;
  lifecycle_.on_ready(now());
  changed();
  if (done() && record_.done == no_time) record_.done = wall();
  links_.candidates().set_seeding(done());
  want_content_saved();
  tell_early_links();
  content_.answer_waiting({});
  if (active() || done()) content_.make_empty_files();
  settle();
  if (done()) leave_incomplete_folder();
}

/// Those that were opened for the metadata, before anybody knew what is had.
void Torrent::tell_early_links() {
  if (links_.size() == 0) return;
  const auto& have = content_.completion()->have();
  for (std::uint32_t i = have.next_set(0); i < have.size(); i = have.next_set(i + 1))
    links_.have(PieceIndex{i}, now());
  if (done()) links_.set_upload_only(true, now());
}

void Torrent::drop_content() {
  if (lifecycle_.phase() == Phase::resting) return;
  links_.end_all("the torrent rests");
  reap(now());
  web_seeds_.reset();
  downloading_.reset();
  uploading_.reset();
  hash_serving_.reset();
  // First: what the store answers while it goes is for nobody any more.
  lifecycle_.rest();
  content_.drop();
  arm();
}

void Torrent::download_done() {
  record_.done = wall();
  environment_.log.info("download complete", {{"torrent", record_.name}});
  links_.candidates().set_seeding(true);
  if (downloading_) end_downloading();
  links_.set_upload_only(true, now());
  if (uploading_) uploading_->on_change();
  want_content_saved();
  settle();
  leave_incomplete_folder();
}

/// Who is told opens the files: they have their names and lie where they belong by then.
void Torrent::tell_completion() {
  if (!done() || lifecycle_.phase() != Phase::ready) return;
  if (lifecycle_.leaving() || !content_.in_place()) return;
  // What is complete under its last name is a stranger to others.
  content_.release_names();
  if (!record_.completion_owed) return;
  record_.completion_owed = false;
  want_content_saved();
  changed();
  environment_.host.on_torrent_completed(id());
}

void Torrent::leave_incomplete_folder() {
  if (content_.moving()) return;
  if (const auto target = content_.misplaced()) move_data(*target, [](const Result<void>&) {});
}

// --- faults --------------------------------------------------------------------------------------

void Torrent::fail(const Fault& fault) {
  // Those who wait hear of the error it stands in, which explains this one.
  if (!lifecycle_.on_fault(fault, now()))
    return content_.answer_waiting(std::unexpected(*lifecycle_.error()));
  environment_.log.error(
      "torrent stopped by a fault",
      {{"torrent", record_.name}, {"error", fault.text}, {"kind", name_of(fault.code)}});
  changed();
  environment_.host.on_torrent_failed(id(), fault);
  content_.answer_waiting(std::unexpected(fault));
  settle();
}

void Torrent::retry() {
  const auto error = lifecycle_.take_retry();
  if (!error) return;
  content_.look_for_room(*error == FaultCode::disk_full,
                         [host = &environment_.host, torrent = id()](bool mended) {
                           host->on_fault_checked(torrent, mended);
                         });
}

void Torrent::on_fault_checked(bool mended) {
  const bool was_full = lifecycle_.error() && lifecycle_.error()->code == FaultCode::disk_full;
  if (!lifecycle_.on_fault_checked(mended, now())) return arm();
  environment_.log.info("what stopped the torrent is mended", {{"torrent", record_.name}});
  changed();
  auto* store = content_.store();
  // A check may have been left half way.
  if (!was_full || (store != nullptr && !store->all_checked())) return look_anew();
  if (store != nullptr) store->clear_fault();
  settle();
}

void Torrent::on_root(const Result<void>& there) {
  if (!there) {
    if (lifecycle_.on_root_reason(there.error())) return changed();
    // What is open stays open: what was written before may still become durable.
    if (there.error().code == FaultCode::root_missing) fail(there.error());
    return;
  }
  if (!lifecycle_.on_root_back()) return;
  environment_.log.info("the folder is back", {{"torrent", record_.name}, {"folder", data_root()}});
  changed();
  environment_.host.on_torrent_state(id());
  look_anew();
}

/// What is as it was saved is not read again.
void Torrent::look_anew() {
  flush([this](const Result<void>&) {
    save_content([this](const Result<void>&) {
      drop_unless_moving();
      settle();
    });
  });
}

// --- trackers ------------------------------------------------------------------------------------

void Torrent::on_tracker_reply(tracker::TrackerId tracker,
                               const Result<tracker::AnnounceReply>& reply,
                               std::uint16_t listen_port) {
  announcing_.machine().on_announce_done(tracker, reply, now());
  drain_announcer();
  if (reply && reply->external_ip && listen_port != 0)
    learn_own({*reply->external_ip, listen_port});
  if (reply && reply->accepted() && active()) {
    for (const auto& peer : reply->peers) add_candidate(peer, swarm::Source::tracker);
    for (const auto& peer : reply->peers_v2)
      add_candidate(peer, swarm::Source::tracker, {.v2 = true});
  }
  environment_.host.want_save(id(), {});
  changed();
  arm();
}

void Torrent::learn_own(const Endpoint& own) {
  links_.set_own(own);
  if (holepunching_) holepunching_->set_own(links_.own_v4(), links_.own_v6());
}

void Torrent::tell_port(std::uint16_t port) { links_.tell_port(port, now()); }

void Torrent::on_tracker_scrape(tracker::TrackerId tracker,
                                const Result<tracker::ScrapeReply>& reply) {
  announcing_.machine().on_scrape_done(tracker, reply, record_.hashes.short_hash(), now());
  drain_announcer();
  changed();
  arm();
}

// --- pieces --------------------------------------------------------------------------------------

void Torrent::on_piece_verified(const storage::PieceOutcome& outcome) {
  const Instant at = now();
  const bool was_done = done();
  if (!content_.on_piece(outcome.piece, true)) return;
  if (downloading_) {
    downloading_->on_verified(outcome, at);
    links_.ban(downloading_->take_guilty());
  }
  links_.have(outcome.piece, at);
  resume_reading();
  pieces_changed();
  // Whatever of it is still wanted, or runs: it was downloaded.
  if (record_.progress.complete) {
    announcing_.completed(at);
    drain_announcer();
    arm();
  }
  if (!done() || was_done) return;
  // It may have lost its place, or been stopped, while this was hashed.
  if (downloading_ || (lifecycle_.phase() == Lifecycle::Phase::ready && !lifecycle_.leaving()))
    return download_done();
  settle();
}

void Torrent::on_piece_failed(const storage::PieceOutcome& outcome) {
  totals_.on_corrupt(content_.metainfo()->layout.piece_size(outcome.piece));
  environment_.log.warn("a piece did not pass its hash",
                        {{"torrent", record_.name}, {"piece", outcome.piece.value}});
  if (downloading_) {
    downloading_->on_failed(outcome);
    links_.ban(downloading_->take_guilty());
  }
  if (web_seeds_) web_seeds_->on_failed(outcome, now());
  resume_reading();
  links_.mark_all_dirty();
  changed();
}

void Torrent::on_pieces_lost(std::span<const PieceIndex> pieces) {
  if (content_.completion() == nullptr) return;
  for (const PieceIndex piece : pieces)
    if (content_.on_piece(piece, false)) links_.take_back(piece, now());
  if (downloading_) downloading_->on_lost(pieces);
  resume_reading();
  pieces_changed();
  links_.mark_all_dirty();
}

void Torrent::on_piece_checked(PieceIndex piece, bool good) {
  if (content_.on_piece(piece, good)) content_.note_progress();
}

void Torrent::on_file_completed(FileIndex) {
  changed();
  tell_completion();
}

void Torrent::on_blocks_read(storage::ReadToken, LinkId reader,
                             Result<std::vector<storage::ReadBlock>> blocks) {
  if (!uploading_) return;
  if (!blocks) return uploading_->on_read_failed(reader);
  uploading_->on_blocks_read(reader, *blocks, now());
  if (PeerLink* link = links_.table().find(reader)) links_.mark_dirty(*link);
}

}  // namespace seed::torrent
