#include "core/trackerd/http_answers.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "core/bencode/writer.h"
#include "core/trackerd/http_announce.h"

namespace seed::trackerd {
namespace {

/// Who asks, and when.
struct Asker {
  const IpAddress& source;
  Instant now;

  Family family() const { return family_of(source); }
};

HttpAnswer failure(std::string_view reason) {
  bencode::Writer out;
  out.begin_dict().key("failure reason").string(reason).end();
  return {.body = out.take()};
}

HttpAnswer malformed(Tracker& tracker, const Asker& asker, std::string_view reason) {
  tracker.count_trouble(Protocol::http, asker.family(), Trouble::malformed);
  return failure(reason);
}

std::int64_t whole_seconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

/// BEP 3: a list of dictionaries; `ids` is empty, or has 20 octets a peer.
void put_dictionaries(bencode::Writer& out, Bytes peers, Bytes ids, std::size_t width) {
  for (; peers.size() >= width; peers = peers.subspan(width)) {
    const auto endpoint = from_compact(peers.first(width));
    if (!endpoint) return;
    out.begin_dict();
    out.key("ip").string(endpoint->address.to_string());
    if (!ids.empty()) {
      out.key("peer id").string(ids.first(PeerId::size));
      ids = ids.subspan(PeerId::size);
    }
    out.key("port").integer(endpoint->port).end();
  }
}

void put_peers(bencode::Writer& out, const Told& told, bool compact) {
  if (!compact) {
    out.key("peers").begin_list();
    put_dictionaries(out, told.peers4, told.ids4, 6);
    put_dictionaries(out, told.peers6, told.ids6, 18);
    out.end();
    return;
  }
  out.key("peers").string(told.peers4);
  if (!told.peers6.empty()) out.key("peers6").string(told.peers6);
}

Buffer body_of(const Tracker::Answer& answer, bool compact, const IpAddress& source) {
  const Told& told = *answer.told;
  bencode::Writer out;
  out.begin_dict();
  out.key("complete").integer(told.counts.seeds);
  out.key("downloaded").integer(told.counts.downloads);
  out.key("external ip").string(source.octets());
  out.key("incomplete").integer(told.counts.leechers);
  out.key("interval").integer(whole_seconds(answer.interval));
  out.key("min interval").integer(whole_seconds(answer.min_interval));
  put_peers(out, told, compact);
  return out.end().take();
}

/// The addresses under which it is signed up, the one it asks for last.
std::vector<IpAddress> addresses_of(const HttpAnnounce& request, const IpAddress& source) {
  const auto& own = source.is_v4() ? request.ipv4 : request.ipv6;
  const auto& other = source.is_v4() ? request.ipv6 : request.ipv4;
  std::vector<IpAddress> out;
  const IpAddress address = request.ip ? *request.ip : own.value_or(source);
  if (other && *other != address) out.push_back(*other);
  out.push_back(address);
  return out;
}

HttpAnswer answer_announce(Tracker& tracker, std::string_view query, const Asker& asker) {
  auto request = parse_http_announce(query, asker.source);
  if (!request) return malformed(tracker, asker, request.error());
  std::vector<IpAddress> addresses{asker.source};
  if (tracker.options().private_name_addresses) addresses = addresses_of(*request, asker.source);
  Tracker::Ask ask;
  ask.announce = request->announce;
  ask.both_families = true;
  ask.ids = !request->compact && request->peer_ids;
  for (const IpAddress& address : addresses) {
    const bool asked = &address == &addresses.back();
    ask.announce.peer.address = address;
    ask.peers = asked ? request->peers : 0;
    const auto answer = tracker.announce(ask, Protocol::http, asker.now);
    if (!answer) return failure(text_of(answer.error()));
    if (asked) return {.body = body_of(*answer, request->compact, asker.source)};
  }
  return {};
}

HttpAnswer answer_scrape(Tracker& tracker, std::string_view query, const Asker& asker) {
  auto hashes = parse_http_scrape(query);
  if (!hashes) return malformed(tracker, asker, hashes.error());
  ++tracker.counts(Protocol::http, asker.family()).scrapes;
  // BEP 3: keys are sorted, and stand once.
  std::ranges::sort(*hashes);
  const auto doublets = std::ranges::unique(*hashes);
  hashes->erase(doublets.begin(), doublets.end());
  bencode::Writer out;
  out.begin_dict().key("files").begin_dict();
  for (const Sha1& info_hash : *hashes) {
    const SwarmCounts counts = tracker.scrape(info_hash);
    out.key(as_text(info_hash.bytes())).begin_dict();
    out.key("complete").integer(counts.seeds);
    out.key("downloaded").integer(counts.downloads);
    out.key("incomplete").integer(counts.leechers).end();
  }
  return {.body = out.end().end().take()};
}

}  // namespace

HttpAnswer answer_request(Tracker& tracker, std::string_view path, std::string_view query,
                          const IpAddress& source, Instant now) {
  const Asker asker{source, now};
  if (path == "/announce") return answer_announce(tracker, query, asker);
  if (path == "/scrape") return answer_scrape(tracker, query, asker);
  tracker.count_trouble(Protocol::http, asker.family(), Trouble::not_found);
  return {.status = 404, .body = to_buffer("This tracker has /announce and /scrape.\n")};
}

}  // namespace seed::trackerd
