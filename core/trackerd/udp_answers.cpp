#include "core/trackerd/udp_answers.h"

#include <algorithm>
#include <chrono>
#include <string_view>

namespace seed::trackerd {
namespace {

/// BEP 15, "connect request": stands where a connection id will.
constexpr std::uint64_t protocol_id = 0x41727101980;
/// Octets before an announce's peers.
constexpr std::size_t announce_head_bytes = 20;

enum Action : std::uint32_t { connect = 0, announce = 1, scrape = 2, error = 3 };

/// What begins every request.
struct Head {
  std::uint64_t connection = 0;
  std::uint32_t action = 0;
  std::uint32_t transaction = 0;
};

/// One request and who it is from.
struct Request {
  Head head;
  Bytes body;  ///< behind the head
  const Endpoint& from;
  Instant now;

  Family family() const { return family_of(from.address); }
};

ByteWriter begin(const Request& request, Action action, std::size_t bytes) {
  ByteWriter out;
  out.reserve(bytes);
  out.u32(action).u32(request.head.transaction);
  return out;
}

std::nullopt_t nothing(Tracker& tracker, const Request& request, Trouble why) {
  tracker.count_trouble(Protocol::udp, request.family(), why);
  return std::nullopt;
}

Buffer error_of(const Request& request, std::string_view text) {
  return begin(request, Action::error, 8 + text.size()).put(text).take();
}

Buffer malformed(Tracker& tracker, const Request& request, std::string_view text) {
  tracker.count_trouble(Protocol::udp, request.family(), Trouble::malformed);
  return error_of(request, text);
}

Buffer answer_connect(Tracker& tracker, const Request& request) {
  ++tracker.counts(Protocol::udp, request.family()).connects;
  const std::uint64_t id = tracker.connection_ids().make(request.from.address, request.now);
  return begin(request, Action::connect, 16).u64(id).take();
}

Event event_of(std::uint32_t number) {
  // A number that is none may be some later extension's, and says nothing to us.
  return number <= static_cast<std::uint32_t>(Event::stopped) ? static_cast<Event>(number)
                                                              : Event::none;
}

std::uint32_t seconds_of_interval(Duration interval) {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(interval).count());
}

Buffer answer_announce(Tracker& tracker, const Request& request) {
  ByteReader in(request.body);
  Tracker::Ask ask;
  Announce& announce = ask.announce;
  std::ranges::copy(in.take(Sha1::size), announce.info_hash.octets.begin());
  std::ranges::copy(in.take(PeerId::size), announce.peer_id.octets.begin());
  in.u64();  // downloaded
  announce.seed = in.u64() == 0;
  in.u64();  // uploaded
  announce.event = event_of(in.u32());
  in.u32();  // IP address
  in.u32();  // key
  // BEP 15: -1 for as many as we like.
  if (const auto wanted = static_cast<std::int32_t>(in.u32()); wanted >= 0)
    ask.peers = static_cast<std::size_t>(wanted);
  announce.peer = {request.from.address, in.u16()};
  if (announce.peer.port == 0) return malformed(tracker, request, "port: 0 is none");

  const std::size_t width = request.family() == Family::v4 ? 6 : 18;
  ask.room = (udp_answer_bytes_max - announce_head_bytes) / width;
  const auto answer = tracker.announce(ask, Protocol::udp, request.now);
  if (!answer) return error_of(request, text_of(answer.error()));
  const Told& told = *answer->told;
  const Buffer& peers = request.family() == Family::v4 ? told.peers4 : told.peers6;
  ByteWriter out = begin(request, Action::announce, announce_head_bytes + peers.size());
  out.u32(seconds_of_interval(answer->interval)).u32(told.counts.leechers).u32(told.counts.seeds);
  return out.put(peers).take();
}

Buffer answer_scrape(Tracker& tracker, const Request& request) {
  const std::size_t count = std::min(request.body.size() / Sha1::size, scrape_hashes_max);
  if (count == 0) return malformed(tracker, request, "info_hash: there is none");
  ++tracker.counts(Protocol::udp, request.family()).scrapes;
  ByteReader in(request.body);
  ByteWriter out = begin(request, Action::scrape, 8 + 12 * count);
  for (std::size_t i = 0; i < count; ++i) {
    const SwarmCounts counts = tracker.scrape(*Sha1::from(in.take(Sha1::size)));
    out.u32(counts.seeds).u32(counts.downloads).u32(counts.leechers);
  }
  return out.take();
}

}  // namespace

std::optional<Buffer> answer_datagram(Tracker& tracker, Bytes datagram, const Endpoint& from,
                                      Instant now) {
  /// BEP 15's 98 octets without the head.
  constexpr std::size_t announce_body_bytes = 82;
  ByteReader in(datagram);
  const Head head{in.u64(), in.u32(), in.u32()};
  const Request request{head, in.rest(), from, now};
  const bool is_nobody =
      from.port == 0 || from.address.is_unspecified() || from.address.is_multicast();
  if (!in.ok() || is_nobody) return nothing(tracker, request, Trouble::malformed);
  if (head.action == Action::connect && head.connection == protocol_id)
    return answer_connect(tracker, request);
  if (!tracker.connection_ids().valid(head.connection, from.address, now))
    return nothing(tracker, request, Trouble::bad_connection);
  switch (head.action) {
    case Action::announce:
      if (request.body.size() < announce_body_bytes)
        return malformed(tracker, request, "the announce is too short");
      return answer_announce(tracker, request);
    case Action::scrape:
      return answer_scrape(tracker, request);
    default:
      return malformed(tracker, request, "action: connect, announce and scrape are known");
  }
}

}  // namespace seed::trackerd
