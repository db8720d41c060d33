#include "core/torrent/long_requests.h"

#include <algorithm>
#include <utility>

namespace seed::torrent {

std::vector<BlockRef> LongRequests::parts_of(BlockRef request) {
  std::vector<BlockRef> parts;
  for (std::uint32_t at = 0; at < request.length; at += block_size)
    parts.push_back(
        {request.piece, request.offset + at, std::min(block_size, request.length - at)});
  return parts;
}

std::vector<BlockRef> LongRequests::missing_of(BlockRef request) {
  auto missing = parts_of(request);
  const auto [entry, is_new] = open_.try_emplace(request);
  auto& gathered = entry->second;
  if (is_new) {
    gathered.missing = missing.size();
    gathered.parts.resize(missing.size());
  }
  std::erase_if(missing, [&](const BlockRef& part) {
    return static_cast<bool>(gathered.parts[(part.offset - request.offset) / block_size]);
  });
  return missing;
}

bool LongRequests::drop(BlockRef request) {
  const auto found = open_.find(request);
  if (found == open_.end()) return false;
  for (const auto& part : found->second.parts) bytes_ -= part.size();
  open_.erase(found);
  return true;
}

void LongRequests::clear() {
  open_.clear();
  bytes_ = 0;
}

std::optional<LongRequests::Whole> LongRequests::add(BlockRef part, Block& block) {
  for (auto& [request, gathered] : open_) {
    if (request.piece != part.piece || part.offset < request.offset) continue;
    const std::uint32_t offset = part.offset - request.offset;
    if (offset % block_size != 0 || offset >= request.length) continue;
    Block& place = gathered.parts[offset / block_size];
    if (place || part.length != std::min(block_size, request.length - offset)) continue;
    place = std::move(block);
    bytes_ += part.length;
    if (--gathered.missing > 0) return std::nullopt;
    Whole whole{request, std::move(gathered.parts)};
    bytes_ -= request.length;
    open_.erase(whole.request);
    return whole;
  }
  return std::nullopt;
}

}  // namespace seed::torrent
