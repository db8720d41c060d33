#include "core/metainfo/torrent_encoder.h"

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
          .nodes = metainfo.nodes};
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
  return torrent.take();
}

}  // namespace seed::metainfo
