#include "core/tracker/udp_packets.h"

#include <algorithm>

namespace seed::tracker::udp {
namespace {

/// Octets of transaction and action in front of a reply's own fields.
constexpr std::size_t header_bytes = 8;

/// BEP 41: option 2 is a length octet and that many octets; a longer text is several of them.
void put_url_data(ByteWriter& out, std::string_view url_data) {
  constexpr std::uint8_t end_of_options = 0;
  constexpr std::uint8_t url_option = 2;
  if (url_data.empty() || url_data.size() > url_data_bytes_max) return;
  while (!url_data.empty()) {
    const auto part = url_data.substr(0, 255);
    out.u8(url_option).u8(static_cast<std::uint8_t>(part.size())).put(part);
    url_data.remove_prefix(part.size());
  }
  out.u8(end_of_options);
}

std::uint32_t address_of(const AnnounceRequest& request, bool over_v6) {
  if (over_v6 || !request.ip || !request.ip->is_v4()) return 0;
  return ByteReader(request.ip->octets()).u32();
}

}  // namespace

Buffer encode_connect(std::uint32_t transaction) {
  ByteWriter out;
  out.u64(protocol_id).u32(static_cast<std::uint32_t>(Action::connect)).u32(transaction);
  return out.take();
}

Buffer encode_announce(std::uint64_t connection, std::uint32_t transaction,
                       const AnnounceRequest& request, std::string_view url_data, bool over_v6) {
  ByteWriter out;
  out.u64(connection).u32(static_cast<std::uint32_t>(Action::announce)).u32(transaction);
  out.put(request.info_hash.bytes()).put(request.peer_id.bytes());
  out.u64(request.downloaded).u64(request.left).u64(request.uploaded);
  out.u32(static_cast<std::uint32_t>(request.event));
  out.u32(address_of(request, over_v6));
  out.u32(request.key);
  out.u32(request.numwant.value_or(0xffffffff));  // -1: as many as the tracker likes
  out.u16(request.port);
  put_url_data(out, url_data);
  return out.take();
}

Buffer encode_scrape(std::uint64_t connection, std::uint32_t transaction,
                     std::span<const Sha1> info_hashes) {
  ByteWriter out;
  out.u64(connection).u32(static_cast<std::uint32_t>(Action::scrape)).u32(transaction);
  for (const Sha1& hash : info_hashes.first(std::min(info_hashes.size(), scrape_torrents_max)))
    out.put(hash.bytes());
  return out.take();
}

std::optional<Header> parse_header(Bytes packet) {
  ByteReader in(packet);
  const std::uint32_t action = in.u32();
  const std::uint32_t transaction = in.u32();
  if (!in.ok() || action > static_cast<std::uint32_t>(Action::error)) return std::nullopt;
  return Header{static_cast<Action>(action), transaction};
}

std::optional<std::uint64_t> parse_connect(Bytes packet) {
  ByteReader in(packet);
  in.take(header_bytes);
  const std::uint64_t connection = in.u64();
  if (!in.ok()) return std::nullopt;
  return connection;
}

Result<AnnounceReply> parse_announce(Bytes packet, bool over_v6) {
  ByteReader in(packet);
  in.take(header_bytes);
  const auto interval = static_cast<std::int32_t>(in.u32());
  const auto leechers = static_cast<std::int32_t>(in.u32());
  const auto seeders = static_cast<std::int32_t>(in.u32());
  if (!in.ok()) return fail(FaultCode::malformed, "the tracker's announce reply is too short");
  AnnounceReply reply;
  reply.interval = sane_interval(interval);
  reply.leechers = sane_count(leechers);
  reply.seeders = sane_count(seeders);
  const std::size_t width = over_v6 ? 18 : 6;
  while (in.remaining() >= width && reply.peers.size() < limits::peers_per_answer_max) {
    const auto peer = from_compact(in.take(width));
    if (peer && peer->port != 0) reply.peers.push_back(*peer);
  }
  return reply;
}

Result<ScrapeReply> parse_scrape(Bytes packet, std::span<const Sha1> info_hashes) {
  constexpr std::size_t entry_bytes = 12;
  ByteReader in(packet);
  in.take(header_bytes);
  ScrapeReply reply;
  for (const Sha1& hash : info_hashes) {
    if (in.remaining() < entry_bytes) break;
    ScrapeCounts counts;
    counts.seeders = sane_count(static_cast<std::int32_t>(in.u32()));
    counts.downloads = sane_count(static_cast<std::int32_t>(in.u32()));
    counts.leechers = sane_count(static_cast<std::int32_t>(in.u32()));
    reply.entries.push_back({hash, counts});
  }
  if (reply.entries.empty() && !info_hashes.empty())
    return fail(FaultCode::malformed, "the tracker's scrape reply is too short");
  return reply;
}

Refusal parse_error(Bytes packet) {
  ByteReader in(packet);
  in.take(header_bytes);
  Refusal refusal;
  refusal.text = sane_text(in.rest());
  if (refusal.text.empty()) refusal.text = "the tracker gave no reason";
  return refusal;
}

}  // namespace seed::tracker::udp
