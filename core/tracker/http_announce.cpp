#include "core/tracker/http_announce.h"

#include <fmt/format.h>

#include <iterator>

#include "core/base/url.h"
#include "core/bencode/document.h"
#include "core/tracker/http_reply.h"

namespace seed::tracker {
namespace {

void append_address(std::string& out, std::string_view name, const std::optional<IpAddress>& ip) {
  if (ip) fmt::format_to(std::back_inserter(out), "&{}={}", name, percent_encode(ip->to_string()));
}

/// BEP 3's dictionaries; a DNS name in one is left out, for nobody is to look up names for a
/// tracker.
void read_dictionaries(const bencode::Value& peers, std::vector<Endpoint>& out) {
  for (const bencode::Value peer : peers.list_items()) {
    if (out.size() >= limits::peers_per_answer_max) return;
    const auto address = IpAddress::parse(as_text(peer.string_or("ip")));
    const auto port = peer.integer_or("port", 0);
    if (address && port > 0 && port <= 0xffff)
      out.push_back({*address, static_cast<std::uint16_t>(port)});
  }
}

/// BEP 23: 6 octets a peer; BEP 7: 18. A tail shorter than a peer is ignored.
void read_compact(Bytes peers, std::size_t width, std::vector<Endpoint>& out) {
  for (; peers.size() >= width; peers = peers.subspan(width)) {
    if (out.size() >= limits::peers_per_answer_max) return;
    const auto peer = from_compact(peers.first(width));
    if (peer && peer->port != 0) out.push_back(*peer);
  }
}

/// True when the answer has peers of that name, even none of them. Some trackers write an empty
/// list as an empty dictionary.
Result<bool> read_peers(const bencode::Value& reply, std::string_view name, std::size_t width,
                        std::vector<Endpoint>& out) {
  const auto peers = reply.find(name);
  if (!peers) return false;
  const auto compact = peers->as_string();
  const bool is_empty_dict = peers->is_dict() && peers->dict_entries().empty();
  if (!compact && !peers->is_list() && !is_empty_dict)
    return fail(FaultCode::malformed,
                fmt::format("the tracker's \"{}\" are neither addresses nor a list", name));
  if (compact) read_compact(*compact, width, out);
  read_dictionaries(*peers, out);
  return true;
}

std::optional<std::uint32_t> count_in(const bencode::Value& reply, std::string_view key) {
  const auto count = reply.find_integer(key);
  return count ? sane_count(*count) : std::nullopt;
}

}  // namespace

std::string announce_request_url(std::string_view announce_url, const AnnounceRequest& request) {
  std::string out(announce_url.substr(0, announce_url.find('#')));
  if (out.find('?') == std::string::npos)
    out += '?';
  else if (out.back() != '?' && out.back() != '&')
    out += '&';
  auto to = std::back_inserter(out);
  fmt::format_to(to, "info_hash={}&peer_id={}&port={}&uploaded={}&downloaded={}&left={}",
                 percent_encode(request.info_hash.bytes()), percent_encode(request.peer_id.bytes()),
                 request.port, request.uploaded, request.downloaded, request.left);
  if (request.corrupt) fmt::format_to(to, "&corrupt={}", *request.corrupt);
  fmt::format_to(to, "&key={:08X}&compact=1", request.key);
  if (request.no_peer_id) out += "&no_peer_id=1";
  if (request.numwant) fmt::format_to(to, "&numwant={}", *request.numwant);
  // BEP 21: a partial seed says so in every announce but the last. UDP has no number for it.
  if (request.partial_seed && request.event != AnnounceEvent::stopped)
    out += "&event=paused";
  else if (request.event != AnnounceEvent::none)
    fmt::format_to(to, "&event={}", name_of(request.event));
  if (request.support_crypto) out += "&supportcrypto=1";
  if (request.require_crypto) out += "&requirecrypto=1";
  if (!request.tracker_id.empty())
    fmt::format_to(to, "&trackerid={}", percent_encode(request.tracker_id));
  append_address(out, "ip", request.ip);
  append_address(out, "ipv6", request.ipv6);
  return out;
}

Result<AnnounceReply> parse_announce_reply(Bytes body, int http_status) {
  SEED_TRY(const auto document, parse_reply(body, http_status));
  const bencode::Value root = document.root();
  AnnounceReply reply;
  reply.warning = sane_text(root.string_or("warning message"));
  reply.refusal = refusal_in(root);
  if (reply.refusal) return reply;
  SEED_TRY_VOID(check_status(http_status));

  SEED_TRY(const bool has_v4, read_peers(root, "peers", 6, reply.peers));
  SEED_TRY(const bool has_v6, read_peers(root, "peers6", 18, reply.peers));
  const auto interval = root.find_integer("interval");
  if (!has_v4 && !has_v6 && !interval)
    return fail(FaultCode::malformed, "the tracker's answer has neither peers nor an interval");
  if (interval) reply.interval = sane_interval(*interval);
  if (const auto least = root.find_integer("min interval"); least && *least > 0)
    reply.min_interval = sane_interval(*least);
  const Bytes id = root.string_or("tracker id");
  if (id.size() <= tracker_id_bytes_max) reply.tracker_id = to_string(id);
  reply.seeders = count_in(root, "complete");
  reply.leechers = count_in(root, "incomplete");
  reply.downloads = count_in(root, "downloaded");
  reply.external_ip = IpAddress::from_octets(root.string_or("external ip"));
  return reply;
}

}  // namespace seed::tracker
