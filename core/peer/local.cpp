#include "core/peer/local.h"

#include <cstddef>
#include <utility>

namespace seed::peer {

wire::Handshake handshake_of(const Local& local) {
  wire::Handshake out;
  out.reserved.set_fast(local.fast)
      .set_extended(local.extended)
      .set_dht(local.dht && local.torrent->dht)
      .set_v2(local.torrent->info_hash_v2.has_value());
  out.info_hash = local.torrent->info_hash;
  out.peer_id = local.torrent->peer_id;
  return out;
}

wire::ExtendedHandshake extended_handshake_of(const Local& local, bool takes_back) {
  wire::ExtendedHandshake out;
  for (std::size_t i = 0; i < out.ids.size(); ++i)
    out.ids[i] = wire::local_id(static_cast<wire::Extension>(i));
  // BEP 27: peers of a private torrent come from its tracker alone.
  if (!local.torrent->pex) out.ids[std::to_underlying(wire::Extension::ut_pex)].reset();
  if (!local.holepunch || !local.torrent->pex)
    out.ids[std::to_underlying(wire::Extension::ut_holepunch)].reset();
  out.client = local.client;
  out.reqq = local.reqq;
  if (local.listen_port != 0) out.port = local.listen_port;
  out.yourip = local.remote;
  if (local.torrent->metadata_size != 0) out.metadata_size = local.torrent->metadata_size;
  if (local.torrent->upload_only || takes_back) out.upload_only = local.torrent->upload_only;
  return out;
}

}  // namespace seed::peer
