#include "core/torrent/metadata_fetching.h"

#include <algorithm>
#include <utility>

namespace seed::torrent {

namespace {

/// All of it is here, and may yet be false.
constexpr double almost = 0.99;

}  // namespace

void MetadataFetching::on_extended(PeerLink& link, std::uint32_t metadata_size, Instant now) {
  if (!link.connection().takes(wire::Extension::ut_metadata)) return;
  // rtorrent answers the first of several, and nothing any more.
  const bool one_by_one = link.connection().facts().client.starts_with("libTorrent ");
  assembly_.on_peer(link.id, link.remote().address, metadata_size, now,
                    one_by_one ? 1 : swarm::MetadataAssembly::outstanding_max);
}

void MetadataFetching::on_message(PeerLink& link, wire::UtMetadata&& message, Instant now) {
  using Kind = wire::UtMetadata::Kind;
  if (message.kind == Kind::request) {
    link.connection().reject_metadata(message.piece, now);
    return;
  }
  if (message.kind == Kind::reject) return assembly_.on_reject(link.id, message.piece, now);
  const auto taken =
      assembly_.on_piece(link.id, message.piece, message.total_size, std::move(message.data), now);
  if (taken == swarm::MetadataAssembly::Taken::contradiction)
    link.end({FaultCode::malformed, 0, "sent metadata that contradicts itself"});
}

std::optional<Buffer> MetadataFetching::take_whole() {
  const auto pieces = assembly_.take_whole();
  if (!pieces) return std::nullopt;
  Buffer whole;
  for (const Buffer& piece : *pieces) whole.insert(whole.end(), piece.begin(), piece.end());
  return whole;
}

std::vector<IpAddress> MetadataFetching::on_checked(bool right, Instant now) {
  std::vector<IpAddress> addresses;
  for (const auto& liar : assembly_.on_hashed(right, now)) addresses.push_back(liar.address);
  return addresses;
}

double MetadataFetching::progress() const {
  if (assembly_.done()) return almost;
  const auto progress = assembly_.progress();
  if (progress.of == 0) return 0;
  return std::min(almost, static_cast<double>(progress.pieces) / progress.of);
}

}  // namespace seed::torrent
