#include "core/torrent/metadata_exchange.h"

#include <algorithm>

namespace seed::torrent {

void MetadataExchange::on_message(PeerLink& link, const wire::UtMetadata& message,
                                  const metainfo::Metainfo& metainfo, Instant now) {
  if (message.kind != wire::UtMetadata::Kind::request) return;
  const Bytes info = metainfo.info;
  const std::size_t begin = std::size_t{message.piece} * wire::metadata_piece_bytes;
  if (begin >= info.size() || link.backlog() >= backlog_max || !budget_.spend(link.id, 1, now)) {
    link.connection().reject_metadata(message.piece, now);
    return;
  }
  const std::size_t length = std::min<std::size_t>(wire::metadata_piece_bytes, info.size() - begin);
  link.connection().send_metadata_piece(message.piece, static_cast<std::uint32_t>(info.size()),
                                        info.subspan(begin, length), now);
}

}  // namespace seed::torrent
