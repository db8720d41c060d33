// Torrent: a magnet's way from its hash to its metadata: who is asked for it, and what is done with
// it.
#include <algorithm>
#include <array>
#include <utility>

#include "core/torrent/shapes.h"
#include "core/torrent/torrent.h"

namespace seed::torrent {

namespace {

/// BEP 27: found by other means than its trackers, or its user. Of those of an earlier run nobody
/// knows how; trackers tell theirs again.
bool is_stranger(swarm::Source source) {
  return source == swarm::Source::dht || source == swarm::Source::pex ||
         source == swarm::Source::lsd || source == swarm::Source::resume;
}

}  // namespace

peer::TorrentSide Torrent::torrent_side() const {
  peer::TorrentSide side;
  if (content_.metainfo()) {
    side = content_.torrent_side(peer_id(), done());
  } else {
    side.info_hash = record_.hashes.short_hash();
    side.info_hash_v2 = record_.hashes.short_v2();
    side.peer_id = peer_id();
  }
  side.pex = exchange_ != nullptr;
  side.dht = is_public();
  return side;
}

/// Links that are open know of no change: who has been told that we take ut_pex is not heard then.
void Torrent::settle_exchange() {
  const bool wanted = is_public() && environment_.settings.pex_enabled;
  if (wanted && !exchange_) exchange_ = std::make_unique<PeerExchange>(links_.table(), rng_.fork());
  if (wanted && !holepunching_) {
    holepunching_ = std::make_unique<Holepunching>(links_, rng_.fork());
    holepunching_->set_own(links_.own_v4(), links_.own_v6());
  }
  if (!wanted) {
    exchange_.reset();
    holepunching_.reset();
  }
}

void Torrent::add_early_wishes(std::vector<EarlyWish> wishes) {
  record_.early_wishes.insert(record_.early_wishes.end(), wishes.begin(), wishes.end());
  record_.edited = wall();
  environment_.host.want_save(id(), {});
  changed();
}

void Torrent::when_taking_links(Answer<void> then) {
  if (without_metadata()) return then({});
  with_content(std::move(then));
}

/// After each input of fetching_.
void Torrent::fetch_metadata() {
  fetching_->ask(now(), [this](PeerLink& link) { links_.mark_dirty(link); });
  if (auto whole = fetching_->take_whole())
    environment_.host.check_metadata(id(), *std::move(whole));
  self_.stirred = true;
  arm();
}

void Torrent::on_wrong_metadata() {
  if (!fetching_) return;
  environment_.log.warn("metadata from peers did not pass its hash", {{"torrent", record_.name}});
  links_.ban(fetching_->on_checked(false, now()));
  fetch_metadata();
}

/// It is what the magnet says, so others have no better.
void Torrent::on_bad_metadata(const Fault& fault) {
  if (!fetching_) return;
  fail_metadata({fault.code, 0, "its metadata cannot be used: " + fault.text});
}

void Torrent::on_metadata(LearnedMetadata learned) {
  if (!fetching_ || lifecycle_.leaving()) return;
  links_.ban(fetching_->on_checked(true, now()));
  // Of a hybrid all pieces can be verified by v1.
  if (learned.metainfo->has_v1() || learned.metainfo->layers_complete())
    return begin_with(std::move(learned));
  if (layers_) return;  // another source of the same
  if (learned.metainfo->is_private) {
    record_.content.is_private = true;
    drop_strangers_of_private();
  }
  layers_ = std::make_unique<LayerFetching>(*learned.metainfo, links_.table());
  if (layers_->too_large())
    return fail_metadata(
        {FaultCode::too_large, 0, "its hashes are more than can be fetched from peers"});
  environment_.log.info("metadata received, its hashes are asked for",
                        {{"torrent", learned.metainfo->name}});
  fetch_layers();
}

/// It can be asked for anew when the user starts it again.
void Torrent::fail_metadata(const Fault& fault) {
  layers_.reset();
  fetching_ = std::make_unique<MetadataFetching>(links_.table(), rng_.fork());
  fail(fault);
}

/// After each input of layers_.
void Torrent::fetch_layers() {
  layers_->ask(now(), [this](PeerLink& link) { links_.mark_dirty(link); });
  self_.stirred = true;
  arm();
  if (!layers_->done()) return;
  auto [metainfo, layers] = layers_->take();
  layers_.reset();
  environment_.host.complete_metadata(id(), std::move(metainfo), std::move(layers));
}

void Torrent::on_layer_hashes(PeerLink& link, const peer::HashesReceived& received) {
  const IpAddress sender = link.remote().address;
  if (!layers_->on_hashes(link, received, now())) links_.ban(std::array{sender});
  fetch_layers();
}

/// The metadata is whole and right.
void Torrent::begin_with(LearnedMetadata learned) {
  if (learned.metainfo->hashes != record_.hashes) {
    // BEP 52: a magnet may name one of a hybrid's two.
    if (const auto known = environment_.host.learn_hashes(id(), learned.metainfo->hashes); !known)
      return fail_metadata(known.error());
    record_.hashes = learned.metainfo->hashes;
  }
  layers_.reset();
  fetching_.reset();
  record_.has_metadata = true;
  record_.name = learned.metainfo->name;
  record_.content = std::move(learned.content);
  record_.progress = learned.progress;
  record_.wishes = std::move(learned.wishes);
  record_.unwanted_priorities = std::move(learned.unwanted_priorities);
  record_.early_wishes.clear();
  record_.metadata_sources.clear();
  auto& from = record_.options.sequential_download_from_piece;
  if (from >= record_.content.piece_count) from = 0;
  environment_.log.info("metadata received", {{"torrent", record_.name},
                                              {"size", record_.content.total_size},
                                              {"files", record_.content.file_count}});
  if (record_.content.is_private) drop_strangers_of_private();
  const auto shape = link_shape(learned.metainfo);
  const auto size = static_cast<std::uint32_t>(learned.metainfo->info.size());
  links_.table().each([&](PeerLink& link) {
    link.connection().set_torrent(shape, size, now());
    link.drain();
    links_.mark_dirty(link);
  });
  environment_.host.on_metadata_complete(id(), learned.metainfo);
  unsaved_metainfo_ = std::move(learned.torrent);
  keep_metadata();
  changed();
  settle();
  // Whoever was told that it is there looks at its files.
  with_content([](const Result<void>&) {});
}

/// Until it is durable each save of the record brings it along.
void Torrent::keep_metadata() {
  saving_metainfo_ = true;
  save_content([this](const Result<void>& saved) {
    saving_metainfo_ = false;
    if (saved) unsaved_metainfo_ = {};
  });
}

/// BEP 27: only now it is known that they were not to be met.
void Torrent::drop_strangers_of_private() {
  links_.table().each([](PeerLink& link) {
    if (is_stranger(link.config().source))
      link.end({FaultCode::cancelled, 0, "the torrent is private"});
  });
  // Else they would be dialled again.
  reap(now());
  links_.candidates().forget_those(is_stranger);
  settle_exchange();
  on_default_trackers();
}

}  // namespace seed::torrent
