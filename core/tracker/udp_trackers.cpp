#include "core/tracker/udp_trackers.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/base/stand_in.h"
#include "core/tracker/udp_packets.h"

namespace seed::tracker {
namespace {

/// BEP 15, "UDP connections": "until one minute after it has received it".
constexpr Duration connection_age_max = 60s;
/// BEP 15, "Time outs": 15 * 2^n seconds, n at most 8.
constexpr Duration first_wait = 15s;
constexpr int doublings_max = 8;

Duration wait_after(int sent) { return first_wait * (1 << std::clamp(sent - 1, 0, doublings_max)); }

/// Whether an error packet is about the connection id. Trackers have words of their own for it
/// ("Connection ID missmatch.", "invalid connection id"), and all have this one.
bool is_about_connection(std::string_view text) {
  constexpr std::string_view word = "connection";
  const auto same = [](char a, char b) { return (a | 0x20) == b; };
  return !std::ranges::search(text, word, same).empty();
}

}  // namespace

UdpTrackers::UdpTrackers(Rng rng, Options options) : rng_(rng), options_(options) {}

bool UdpTrackers::owns_datagram(Bytes datagram) {
  // BEP 15: an action of 0 to 3 in four octets. A uTP packet has version 1 in its first octet, a
  // DHT packet begins with 'd'.
  return datagram.size() >= 8 && datagram[0] == 0 && datagram[1] == 0 && datagram[2] == 0 &&
         datagram[3] <= static_cast<std::uint8_t>(udp::Action::error);
}

void UdpTrackers::announce(RequestId id, const Endpoint& to, const AnnounceRequest& request,
                           std::string url_data, Instant now) {
  Request made;
  made.to = to;
  made.what = request;
  made.url_data = std::move(url_data);
  add(id, std::move(made), now);
}

void UdpTrackers::scrape(RequestId id, const Endpoint& to, std::vector<Sha1> info_hashes,
                         Instant now) {
  Request made;
  made.to = to;
  info_hashes.resize(std::min(info_hashes.size(), scrape_torrents_max));
  made.what = std::move(info_hashes);
  add(id, std::move(made), now);
}

void UdpTrackers::cancel(RequestId id) { requests_.erase(id); }

void UdpTrackers::add(RequestId id, Request request, Instant now) {
  drop_expired(now);
  request.made = now;
  request.give_up = now + options_.give_up_after;
  request.transaction = new_transaction();
  const auto [at, added] = requests_.insert_or_assign(id, std::move(request));
  SEED_DCHECK(added);
  ask_or_connect(at->second, now);
}

void UdpTrackers::ask_or_connect(Request& request, Instant now) {
  Tracker& tracker = trackers_[request.to];
  if (usable(tracker, now)) return ask(request, now);
  request.asking = false;
  if (tracker.transaction) return;
  tracker.connection.reset();
  tracker.transaction = new_transaction();
  // The waits go on doubling over a change of packet (BEP 15, "Announce times out").
  tracker.retry.sent = request.retry.sent;
  connect(tracker, request.to, now);
}

void UdpTrackers::connect(Tracker& tracker, const Endpoint& to, Instant now) {
  events_.push_back(Send{to, udp::encode_connect(*tracker.transaction)});
  tracker.retry.at = now + wait_after(++tracker.retry.sent);
}

void UdpTrackers::ask(Request& request, Instant now) {
  const std::uint64_t connection = trackers_[request.to].connection.value_or(0);
  Buffer packet;
  if (const auto* announce = std::get_if<AnnounceRequest>(&request.what))
    packet = udp::encode_announce(connection, request.transaction, *announce, request.url_data,
                                  request.to.address.is_v6());
  else
    packet = udp::encode_scrape(connection, request.transaction,
                                std::get<std::vector<Sha1>>(request.what));
  events_.push_back(Send{request.to, std::move(packet)});
  request.asking = true;
  request.retry.at = now + wait_after(++request.retry.sent);
}

void UdpTrackers::forget_connections() {
  SEED_DCHECK(requests_.empty());
  trackers_.clear();
}

void UdpTrackers::on_datagram(Bytes datagram, const Endpoint& from, Instant now) {
  const auto header = udp::parse_header(datagram);
  if (!header) return;
  const auto at = asked(from, header->transaction);
  if (at == trackers_.end()) return;
  const Endpoint to = at->first;
  Tracker& tracker = at->second;
  if (tracker.transaction == header->transaction) {
    if (header->action == udp::Action::connect) on_connected(tracker, to, datagram, now);
    if (header->action == udp::Action::error) on_connect_refused(tracker, to, datagram);
    return;
  }
  const auto found = std::ranges::find_if(requests_, [&](const auto& entry) {
    return entry.second.asking && entry.second.transaction == header->transaction &&
           entry.second.to == to;
  });
  if (found != requests_.end()) on_reply(found, datagram, from, now);
}

/// Whose answer that may be.
std::map<Endpoint, UdpTrackers::Tracker>::iterator UdpTrackers::asked(const Endpoint& from,
                                                                      std::uint32_t transaction) {
  if (const auto known = trackers_.find(from); known != trackers_.end()) return known;
  return std::ranges::find_if(trackers_, [&](const auto& entry) {
    const auto& [to, tracker] = entry;
    if (!stands_for_name(to.address) || to.port != from.port) return false;
    return tracker.transaction == transaction ||
           std::ranges::any_of(requests_, [&](const auto& request) {
             return request.second.asking && request.second.transaction == transaction &&
                    request.second.to == to;
           });
  });
}

void UdpTrackers::on_connected(Tracker& tracker, const Endpoint& to, Bytes datagram, Instant now) {
  const auto connection = udp::parse_connect(datagram);
  if (!connection) return;
  tracker.connection = connection;
  tracker.connected = now;
  tracker.transaction.reset();
  tracker.retry = {};
  for (auto& [id, request] : requests_) {
    if (request.to != to || request.asking) continue;
    request.retry = {};
    ask(request, now);
  }
}

void UdpTrackers::on_connect_refused(Tracker& tracker, const Endpoint& to, Bytes datagram) {
  const Refusal refusal = udp::parse_error(datagram);
  tracker.transaction.reset();
  tracker.retry = {};
  for (auto at = requests_.begin(); at != requests_.end();) {
    const auto next = std::next(at);
    if (at->second.to == to && !at->second.asking) finish(at, refusal);
    at = next;
  }
}

void UdpTrackers::on_reply(Requests::iterator found, Bytes datagram, const Endpoint& from,
                           Instant now) {
  Request& request = found->second;
  const auto action = udp::parse_header(datagram)->action;
  if (action == udp::Action::error) {
    if (!was_stale(request, datagram, now)) finish(found, udp::parse_error(datagram));
    return;
  }
  const RequestId id = found->first;
  if (action == udp::Action::announce && std::holds_alternative<AnnounceRequest>(request.what)) {
    events_.push_back(AnnounceDone{id, udp::parse_announce(datagram, from.address.is_v6())});
    requests_.erase(found);
  } else if (const auto* hashes = std::get_if<std::vector<Sha1>>(&request.what);
             hashes != nullptr && action == udp::Action::scrape) {
    events_.push_back(ScrapeDone{id, udp::parse_scrape(datagram, *hashes)});
    requests_.erase(found);
  }
}

/// An error about an id from before the request: the tracker has forgotten it (a restart), so the
/// request goes out once more with a new one.
bool UdpTrackers::was_stale(Request& request, Bytes datagram, Instant now) {
  Tracker& tracker = trackers_[request.to];
  if (request.stale_retry || !is_about_connection(udp::parse_error(datagram).text)) return false;
  request.stale_retry = true;
  request.transaction = new_transaction();
  request.retry = {};
  if (tracker.connected <= request.made) forget_connection(tracker);
  ask_or_connect(request, now);
  return true;
}

void UdpTrackers::on_deadline(Instant now) {
  give_up(now);
  for (auto& [endpoint, tracker] : trackers_) {
    if (!tracker.transaction || tracker.retry.at > now) continue;
    if (waited_for(endpoint)) {
      connect(tracker, endpoint, now);
    } else {
      tracker.transaction.reset();
      tracker.retry = {};
    }
  }
  for (auto& [id, request] : requests_) {
    if (!request.asking || request.retry.at > now) continue;
    Tracker& tracker = trackers_[request.to];
    const bool from_earlier = tracker.connected < request.made;
    if (from_earlier) forget_connection(tracker);
    ask_or_connect(request, now);
  }
  drop_expired(now);
}

void UdpTrackers::give_up(Instant now) {
  for (auto at = requests_.begin(); at != requests_.end();) {
    const auto next = std::next(at);
    if (at->second.give_up <= now)
      finish(at, Fault{FaultCode::timed_out, 0, "the tracker did not answer"});
    at = next;
  }
}

void UdpTrackers::finish(Requests::iterator found, const Fault& fault) {
  if (std::holds_alternative<AnnounceRequest>(found->second.what))
    events_.push_back(AnnounceDone{found->first, std::unexpected(fault)});
  else
    events_.push_back(ScrapeDone{found->first, std::unexpected(fault)});
  requests_.erase(found);
}

void UdpTrackers::finish(Requests::iterator found, const Refusal& refusal) {
  if (std::holds_alternative<AnnounceRequest>(found->second.what)) {
    AnnounceReply reply;
    reply.refusal = refusal;
    events_.push_back(AnnounceDone{found->first, std::move(reply)});
  } else {
    ScrapeReply reply;
    reply.refusal = refusal;
    events_.push_back(ScrapeDone{found->first, std::move(reply)});
  }
  requests_.erase(found);
}

void UdpTrackers::forget_connection(Tracker& tracker) { tracker.connection.reset(); }

bool UdpTrackers::usable(const Tracker& tracker, Instant now) const {
  return tracker.connection && now < tracker.connected + connection_age_max;
}

bool UdpTrackers::waited_for(const Endpoint& to) const {
  return std::ranges::any_of(
      requests_, [&](const auto& entry) { return entry.second.to == to && !entry.second.asking; });
}

void UdpTrackers::drop_expired(Instant now) {
  std::erase_if(trackers_, [&](const auto& entry) {
    const auto& [endpoint, tracker] = entry;
    if (tracker.transaction || usable(tracker, now)) return false;
    return std::ranges::none_of(requests_,
                                [&](const auto& request) { return request.second.to == endpoint; });
  });
}

std::uint32_t UdpTrackers::new_transaction() {
  for (;;) {
    const auto drawn = static_cast<std::uint32_t>(rng_.next());
    const bool taken =
        std::ranges::any_of(requests_,
                            [&](const auto& r) { return r.second.transaction == drawn; }) ||
        std::ranges::any_of(trackers_,
                            [&](const auto& t) { return t.second.transaction == drawn; });
    if (!taken) return drawn;
  }
}

std::optional<UdpTrackers::Event> UdpTrackers::next_event() {
  if (events_.empty()) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

std::optional<Instant> UdpTrackers::deadline() const {
  Instant first = never;
  for (const auto& [id, request] : requests_) {
    first = std::min(first, request.give_up);
    if (request.asking) first = std::min(first, request.retry.at);
  }
  for (const auto& [endpoint, tracker] : trackers_)
    if (tracker.transaction) first = std::min(first, tracker.retry.at);
  if (first == never) return std::nullopt;
  return first;
}

}  // namespace seed::tracker
