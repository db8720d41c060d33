#include "core/torrent/layer_fetching.h"

#include <algorithm>
#include <bit>

namespace seed::torrent {

namespace {

metainfo::HashRange shape_of(const wire::HashRange& range) {
  return {range.base_layer, range.index, range.length, range.proof_layers};
}

}  // namespace

LayerFetching::LayerFetching(const metainfo::Metainfo& metainfo, LinkTable& links)
    : metainfo_(metainfo), links_(links) {
  const unsigned base = metainfo::piece_height(metainfo_.layout.piece_length());
  std::uint64_t bytes = 0;
  for (const FileIndex file : metainfo_.files_without_layer()) {
    const std::uint32_t pieces = metainfo_.layout.pieces_of(file).size();
    bytes += std::uint64_t{pieces} * Sha256::size;
    if (bytes > layers_bytes_max) {
      too_large_ = true;
      runs_.clear();
      return;
    }
    layers_[file].resize(std::size_t{pieces} * Sha256::size);
    const unsigned height = metainfo::tree_height(metainfo_.layout.length(file));
    for (std::uint32_t index = 0; index < pieces; index += run_length) {
      const auto length = std::max(2u, std::bit_ceil(std::min(run_length, pieces - index)));
      const auto range = metainfo::with_full_proof({base, index, length, 0}, height);
      runs_.push_back(
          {file, {*metainfo_.pieces_root(file), base, index, length, range.proof_layers}, {}, {}});
      ++lacking_[file];
    }
  }
}

bool LayerFetching::ask(PeerLink& link, Instant now) {
  if (!link.connection().open() || !link.connection().v2()) return false;
  if (const auto refused = refused_until_.find(link.id);
      refused != refused_until_.end() && refused->second > now)
    return false;
  bool asked = false;
  for (Run& run : runs_) {
    auto& open = asked_[link.id];
    if (open >= requests_max) break;
    if (run.asked_of || !link.connection().request_hashes(run.range, now)) continue;
    run.asked_of = link.id;
    run.asked_at = now;
    ++open;
    asked = true;
  }
  return asked;
}

std::vector<LayerFetching::Run>::iterator LayerFetching::find(const wire::HashRange& range) {
  return std::ranges::find(runs_, range, &Run::range);
}

bool LayerFetching::on_hashes(PeerLink& link, const peer::HashesReceived& received, Instant now) {
  if (auto& open = asked_[link.id]; open > 0) --open;
  const auto run = find(received.range);
  if (run == runs_.end()) return true;  // another was quicker
  const unsigned height = metainfo::tree_height(metainfo_.layout.length(run->file));
  if (!metainfo::is_proven(shape_of(run->range), received.hashes, height, run->range.root) ||
      !keep(*run, received.hashes)) {
    on_rejected(link.id, received.range, now);
    link.end({FaultCode::malformed, 0, "sent hashes that are proven wrong"});
    return false;
  }
  runs_.erase(run);
  return true;
}

/// False when its file's root is not that of its layer, which nothing proven can come to.
bool LayerFetching::keep(const Run& run, Bytes hashes) {
  Buffer& layer = layers_[run.file];
  const std::size_t at = std::size_t{run.range.index} * Sha256::size;
  const std::size_t bytes =
      std::min(layer.size() - at, std::size_t{run.range.length} * Sha256::size);
  std::ranges::copy(hashes.first(bytes), layer.begin() + static_cast<std::ptrdiff_t>(at));
  if (--lacking_[run.file] > 0) return true;
  const bool right = metainfo_.set_layer(run.file, layer).has_value();
  layers_.erase(run.file);
  return right;
}

void LayerFetching::on_rejected(LinkId link, const wire::HashRange& range, Instant now) {
  refused_until_[link] = now + pause;
  if (auto& open = asked_[link]; open > 0) --open;
  if (const auto run = find(range); run != runs_.end() && run->asked_of == link)
    run->asked_of.reset();
}

void LayerFetching::on_gone(LinkId link) {
  asked_.erase(link);
  refused_until_.erase(link);
  for (Run& run : runs_)
    if (run.asked_of == link) run.asked_of.reset();
}

/// Who is silent is left alone for a while; an answer that comes late is still welcome.
void LayerFetching::on_deadline(Instant now) {
  std::erase_if(refused_until_, [now](const auto& refused) { return refused.second <= now; });
  for (Run& run : runs_)
    if (run.asked_of && run.asked_at + answer_timeout <= now) {
      refused_until_[*run.asked_of] = now + pause;
      asked_.erase(*run.asked_of);
      run.asked_of.reset();
    }
}

Instant LayerFetching::deadline() const {
  Instant when = never;
  bool waiting = false;
  for (const Run& run : runs_) {
    if (run.asked_of)
      when = std::min(when, run.asked_at + answer_timeout);
    else
      waiting = true;
  }
  if (!waiting) return when;
  for (const auto& [link, until] : refused_until_) when = std::min(when, until);
  return when;
}

}  // namespace seed::torrent
