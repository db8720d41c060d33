#include "core/metainfo/v2_hashes.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/metainfo/info_fields.h"
#include "core/metainfo/merkle.h"

namespace seed::metainfo {
namespace {

/// One entry of `piece layers`.
struct Given {
  std::string_view root;
  Bytes layer;
  std::optional<std::uint32_t> at;  ///< once it was taken
};

Result<std::vector<Given>> given_in(const bencode::Value& layers) {
  if (!layers.is_dict()) return malformed("its piece layers are not a dictionary");
  std::vector<Given> out;
  for (const auto& [root, layer] : layers.dict_entries()) {
    const auto digests = layer.as_string();
    if (root.size() != Sha256::size || !digests)
      return malformed("its piece layers have something that is not a layer");
    out.push_back({as_text(root), *digests, std::nullopt});
  }
  std::ranges::sort(out, {}, &Given::root);
  return out;
}

Result<void> check_layer(const V2Hashes::Place& place, FileIndex file, const Sha256& root,
                         Bytes layer) {
  if (layer.size() != std::size_t{place.layout.pieces_of(file).size()} * Sha256::size)
    return malformed("a piece layer does not have as many hashes as its file has pieces");
  const unsigned base = piece_height(place.layout.piece_length());
  if (root_of(layer, base, tree_height(place.layout.length(file))) != root)
    return malformed("a piece layer does not lead to the pieces root of its file");
  return {};
}

}  // namespace

V2Hashes::V2Hashes(const Place& place, std::vector<std::uint32_t> roots_at)
    : roots_at_(std::move(roots_at)) {
  for (std::uint32_t at = 0; at < roots_at_.size(); ++at)
    if (roots_at_[at] != 0 && place.layout.pieces_of({at}).size() > 1) layered_.push_back({{at}});
  layered_.shrink_to_fit();
  missing_ = static_cast<std::uint32_t>(layered_.size());
}

std::optional<Sha256> V2Hashes::root(const Place& place, FileIndex file) const {
  const std::uint32_t at = file.value < roots_at_.size() ? roots_at_[file.value] : 0;
  if (at == 0) return std::nullopt;
  return Sha256::from(place.info.subspan(at, Sha256::size));
}

Bytes V2Hashes::layer(const Place& place, FileIndex file) const {
  const auto found = std::ranges::lower_bound(layered_, file, {}, &LayeredFile::file);
  if (found == layered_.end() || found->file != file) {
    const std::uint32_t at = file.value < roots_at_.size() ? roots_at_[file.value] : 0;
    return at == 0 ? Bytes() : place.info.subspan(at, Sha256::size);
  }
  if (found->at == missing) return {};
  return Bytes(layers_).subspan(std::size_t{found->at} * Sha256::size,
                                std::size_t{place.layout.pieces_of(file).size()} * Sha256::size);
}

Result<void> V2Hashes::set_layer(const Place& place, FileIndex file, Bytes layer) {
  LayeredFile* const found = find(file);
  if (found == nullptr) return malformed("a file of one piece or none has no piece layer");
  SEED_TRY_VOID(check_layer(place, file, *root(place, file), layer));
  if (found->at != missing) return {};
  found->at = append(layer);
  --missing_;
  return {};
}

Result<void> V2Hashes::take_layers(const Place& place, const bencode::Value& layers) {
  SEED_TRY(auto given, given_in(layers));
  std::size_t octets = 0;
  for (const Given& one : given) octets += one.layer.size();
  layers_.reserve(octets);
  for (LayeredFile& layered : layered_) {
    const Sha256 digest = *root(place, layered.file);
    const std::string_view key = as_text(digest.bytes());
    const auto found = std::ranges::lower_bound(given, key, {}, &Given::root);
    if (found == given.end() || found->root != key) continue;
    // Checked once for all that share it, for a torrent can have very many; but as long as theirs
    // it must be.
    if (!found->at ||
        found->layer.size() / Sha256::size != place.layout.pieces_of(layered.file).size())
      SEED_TRY_VOID(check_layer(place, layered.file, digest, found->layer));
    if (!found->at) found->at = append(found->layer);
    layered.at = *found->at;
    --missing_;
  }
  // As libtorrent 2.1: what belongs to no file of more than one piece is a mistake.
  if (!std::ranges::all_of(given, [](const Given& one) { return one.at.has_value(); }))
    return malformed("it has a piece layer that belongs to none of its files");
  return {};
}

std::vector<FileIndex> V2Hashes::files_without_layer() const {
  std::vector<FileIndex> out;
  for (const LayeredFile& layered : layered_)
    if (layered.at == missing) out.push_back(layered.file);
  return out;
}

std::vector<FileIndex> V2Hashes::files_with(const Place& place, const Sha256& wanted) const {
  std::vector<FileIndex> out;
  for (std::uint32_t at = 0; at < roots_at_.size(); ++at)
    if (root(place, {at}) == wanted) out.push_back({at});
  return out;
}

V2Hashes::LayeredFile* V2Hashes::find(FileIndex file) {
  const auto found = std::ranges::lower_bound(layered_, file, {}, &LayeredFile::file);
  return found != layered_.end() && found->file == file ? &*found : nullptr;
}

std::uint32_t V2Hashes::append(Bytes layer) {
  const auto at = static_cast<std::uint32_t>(layers_.size() / Sha256::size);
  layers_.insert(layers_.end(), layer.begin(), layer.end());
  return at;
}

}  // namespace seed::metainfo
