#include "core/torrent/layer_fetching.h"

#include <algorithm>
#include <bit>
#include <set>
#include <vector>

#include "core/metainfo/merkle.h"

namespace seed::torrent {

namespace {

metainfo::HashRange shape_of(const wire::HashRange& range) {
  return {range.base_layer, range.index, range.length, range.proof_layers};
}

}  // namespace

LayerFetching::LayerFetching(metainfo::Metainfo metainfo, LinkTable& links)
    : metainfo_(std::move(metainfo)), links_(links) {
  const unsigned base = metainfo::piece_height(metainfo_.layout.piece_length());
  std::size_t hashes = 0;
  std::set<Sha256> roots;
  for (const FileIndex file : metainfo_.files_without_layer()) {
    const Sha256 root = *metainfo_.pieces_root(file);
    if (!roots.insert(root).second) continue;
    const std::uint32_t pieces = metainfo_.layout.pieces_of(file).size();
    hashes += pieces;
    const unsigned height = metainfo::tree_height(metainfo_.layout.length(file));
    for (std::uint32_t index = 0; index < pieces && !too_large_; index += run_length) {
      const auto length = std::max(2u, std::bit_ceil(std::min(run_length, pieces - index)));
      const auto range = metainfo::with_full_proof({base, index, length, 0}, height);
      waiting_.push_back({file, {root, base, index, length, range.proof_layers}});
      too_large_ = waiting_.size() > runs_max || hashes > hashes_max;
    }
    if (too_large_) return;
    layers_[file].resize(std::size_t{pieces} * Sha256::size);
  }
}

bool LayerFetching::ask(PeerLink& link, Instant now) {
  if (waiting_.empty() || !link.connection().open() || !link.connection().v2()) return false;
  if (const auto refused = refused_until_.find(link.id);
      refused != refused_until_.end() && refused->second > now)
    return false;
  bool asked = false;
  auto& open = open_[link.id];
  while (open < requests_max && !waiting_.empty()) {
    const Run run = waiting_.front();
    if (!link.connection().request_hashes(run.range, now)) break;
    waiting_.pop_front();
    asked_[run.range] = {run.file, link.id, now};
    ++open;
    asked = true;
  }
  return asked;
}

void LayerFetching::on_answered(LinkId link) {
  if (auto& open = open_[link]; open > 0) --open;
}

bool LayerFetching::on_hashes(PeerLink& link, const peer::HashesReceived& received, Instant now) {
  on_answered(link.id);
  std::optional<FileIndex> file;
  const auto asked = asked_.find(received.range);
  const auto late = asked != asked_.end()
                        ? waiting_.end()
                        : std::ranges::find(waiting_, received.range, &Run::range);
  if (asked != asked_.end()) file = asked->second.file;
  if (late != waiting_.end()) file = late->file;
  if (!file) return true;  // another was quicker
  const unsigned height = metainfo::tree_height(metainfo_.layout.length(*file));
  const auto& range = received.range;
  if (!metainfo::is_proven(shape_of(range), received.hashes, height, range.root)) {
    refused_until_[link.id] = now + pause;
    if (asked != asked_.end() && asked->second.link == link.id) give_back(range);
    link.end({FaultCode::malformed, 0, "sent hashes that are proven wrong"});
    return false;
  }
  Buffer& layer = layers_[*file];
  const std::size_t at = std::size_t{range.index} * Sha256::size;
  const std::size_t bytes = std::min(layer.size() - at, std::size_t{range.length} * Sha256::size);
  std::ranges::copy(Bytes(received.hashes).first(bytes),
                    layer.begin() + static_cast<std::ptrdiff_t>(at));
  if (asked != asked_.end()) asked_.erase(asked);
  if (late != waiting_.end()) waiting_.erase(late);
  return true;
}

void LayerFetching::give_back(const wire::HashRange& range) {
  const auto asked = asked_.find(range);
  waiting_.push_front({asked->second.file, range});
  asked_.erase(asked);
}

void LayerFetching::on_rejected(LinkId link, const wire::HashRange& range, Instant now) {
  on_answered(link);
  refused_until_[link] = now + pause;
  if (const auto asked = asked_.find(range); asked != asked_.end() && asked->second.link == link)
    give_back(range);
}

void LayerFetching::on_gone(LinkId link) {
  open_.erase(link);
  refused_until_.erase(link);
  std::vector<wire::HashRange> left;
  for (const auto& [range, asked] : asked_)
    if (asked.link == link) left.push_back(range);
  for (const auto& range : left) give_back(range);
}

/// Who is silent is left alone for a while; an answer that comes late is still welcome.
void LayerFetching::on_deadline(Instant now) {
  std::erase_if(refused_until_, [now](const auto& refused) { return refused.second <= now; });
  std::vector<wire::HashRange> left;
  for (const auto& [range, asked] : asked_) {
    if (asked.at + answer_timeout > now) continue;
    refused_until_[asked.link] = now + pause;
    left.push_back(range);
  }
  for (const auto& range : left) give_back(range);
}

Instant LayerFetching::deadline() const {
  Instant when = never;
  for (const auto& [range, asked] : asked_) when = std::min(when, asked.at + answer_timeout);
  if (waiting_.empty()) return when;
  for (const auto& [link, until] : refused_until_) when = std::min(when, until);
  return when;
}

}  // namespace seed::torrent
