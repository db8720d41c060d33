#include "core/metainfo/torrent_encoder.h"

#include <map>

#include "core/bencode/writer.h"

namespace seed::metainfo {
namespace {

using bencode::DictWriter;
using bencode::Writer;

void add_trackers(DictWriter& torrent, const AnnounceTiers& tiers) {
  std::size_t count = 0;
  Writer list;
  list.begin_list();
  for (const auto& tier : tiers) {
    if (tier.empty()) continue;
    if (count == 0) torrent.string("announce", tier.front());
    list.begin_list();
    for (const std::string& url : tier) list.string(url);
    list.end();
    count += tier.size();
  }
  list.end();
  if (count > 1) torrent.raw("announce-list", list.take());
}

void add_web_seeds(DictWriter& torrent, const std::vector<std::string>& urls) {
  if (urls.empty()) return;
  Writer list;
  list.begin_list();
  for (const std::string& url : urls) list.string(url);
  list.end();
  torrent.raw("url-list", list.take());
}

void add_nodes(DictWriter& torrent, const std::vector<HostPort>& nodes) {
  if (nodes.empty()) return;
  Writer list;
  list.begin_list();
  for (const HostPort& node : nodes) list.begin_list().string(node.host).integer(node.port).end();
  list.end();
  torrent.raw("nodes", list.take());
}

}  // namespace

TorrentParts parts_of(const Metainfo& metainfo) {
  return {.info = metainfo.info,
          .announce_tiers = metainfo.announce_tiers,
          .web_seeds = metainfo.web_seeds,
          .comment = metainfo.comment,
          .created_by = metainfo.created_by,
          .created = metainfo.created,
          .nodes = metainfo.nodes,
          .piece_layers = encode_piece_layers(metainfo)};
}

Buffer encode_piece_layers(const Metainfo& metainfo) {
  if (!metainfo.has_v2()) return {};
  std::map<Sha256, Bytes> layers;  // in the order of the keys, each once
  for (std::uint32_t at = 0; at < metainfo.layout.file_count(); ++at) {
    if (metainfo.layout.pieces_of({at}).size() < 2) continue;
    const Bytes layer = metainfo.piece_layer({at});
    if (!layer.empty()) layers.emplace(*metainfo.pieces_root({at}), layer);
  }
  if (layers.empty() && !metainfo.layers_complete()) return {};
  Writer out;
  out.begin_dict();
  for (const auto& [root, layer] : layers) out.key(as_text(root.bytes())).string(layer);
  out.end();
  return out.take();
}

Buffer encode_torrent(const TorrentParts& parts) {
  DictWriter torrent;
  add_trackers(torrent, parts.announce_tiers);
  add_web_seeds(torrent, parts.web_seeds);
  add_nodes(torrent, parts.nodes);
  if (!parts.comment.empty()) torrent.string("comment", parts.comment);
  if (!parts.created_by.empty()) torrent.string("created by", parts.created_by);
  if (parts.created != no_time) torrent.integer("creation date", unix_seconds(parts.created));
  torrent.raw("info", to_buffer(parts.info));
  if (!parts.piece_layers.empty()) torrent.raw("piece layers", parts.piece_layers);
  return torrent.take();
}

}  // namespace seed::metainfo
