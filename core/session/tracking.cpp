#include "core/session/tracking.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/base/limits.h"
#include "core/base/url.h"
#include "core/tracker/http_announce.h"
#include "core/tracker/http_scrape.h"

namespace seed::session {

using tracker::AnnounceEvent;
using tracker::RequestKey;

namespace {

/// For the counts; a URL that cannot be read is refused before anything is asked.
std::string host_of(const std::string& url) {
  const auto parsed = Url::parse(url);
  return parsed ? parsed->host_and_port() : std::string();
}

}  // namespace

Tracking::Tracking(io::World world, Rng rng, TrackingOwner& owner, std::string user_agent,
                   log::Logger log)
    : world_(world),
      owner_(&owner),
      user_agent_(std::move(user_agent)),
      log_(std::move(log)),
      schedule_(rng.fork()),
      udp_(rng.fork()) {}

Tracking::~Tracking() {
  for (auto& [key, exchange] : exchanges_) {
    if (exchange.call) world_.http.cancel(*exchange.call);
    if (exchange.lookup) world_.resolver.cancel(*exchange.lookup);
  }
}

void Tracking::set_sockets(io::UdpSocket* v4, io::UdpSocket* v6, std::optional<Fault> without) {
  socket_v4_ = v4;
  socket_v6_ = v6;
  without_ = std::move(without);
  if (!without_ || v4 != nullptr || v6 != nullptr) return;
  for (const auto& [id, key] : std::exchange(udp_requests_, {})) {
    udp_.cancel(id);
    fail(key, *without_);
  }
}

void Tracking::want(TorrentId torrent, const tracker::Announcer::Due& due) {
  const Instant now = world_.clock.now();
  schedule_.want({torrent, due.tracker, due.scrape}, due.carrier, due.host, due.urgency, now);
}

void Tracking::withdraw(TorrentId torrent, const tracker::Announcer::Withdraw& withdraw) {
  call_off({torrent, withdraw.tracker, withdraw.scrape});
}

void Tracking::call_off(const RequestKey& key) {
  schedule_.withdraw(key);
  const auto found = exchanges_.find(key);
  if (found == exchanges_.end()) return;
  if (found->second.call) world_.http.cancel(*found->second.call);
  if (found->second.lookup) world_.resolver.cancel(*found->second.lookup);
  if (found->second.udp) {
    udp_.cancel(*found->second.udp);
    udp_requests_.erase(*found->second.udp);
  }
  exchanges_.erase(found);
}

bool Tracking::on_datagram(Bytes datagram, const Endpoint& from) {
  if (!tracker::UdpTrackers::owns_datagram(datagram)) return false;
  const Instant now = world_.clock.now();
  udp_.on_datagram(datagram, from, now);
  drain_udp();
  give_turns(now);
  return true;
}

void Tracking::cut(const std::string& why) {
  std::vector<RequestKey> under_way;
  for (const auto& [key, exchange] : exchanges_) under_way.push_back(key);
  for (const RequestKey& key : under_way) {
    count(key, true);
    call_off(key);
    const Fault fault{FaultCode::cut_off, 0, why};
    if (key.scrape)
      owner_->on_scrape_done(key.torrent, key.tracker, std::unexpected(fault));
    else
      owner_->on_announce_done(key.torrent, key.tracker, std::unexpected(fault));
  }
  schedule_.forgive();
  udp_.forget_connections();
  names_.clear();
}

void Tracking::set_paused(bool paused) {
  if (std::exchange(paused_, paused) == paused || paused) return;
  give_turns(world_.clock.now());
}

void Tracking::hurry() {
  paused_ = false;
  tracker::HostSchedule::Options options;
  options.per_host = 64;
  options.http_total = limits::http_exchanges_max;
  options.udp_total = 512;
  options.host_gap = Duration(0);
  options.gap = Duration(0);
  schedule_.set_options(options);
  // `stopped` waits for what is under way to the same tracker: that is called off. A
  // `stopped` itself has no second try, and limits::stop_announces_max bounds it.
  std::vector<std::pair<RequestKey, FaultCode>> under_way;
  under_way.reserve(exchanges_.size());
  for (const auto& [key, exchange] : exchanges_)
    if (exchange.event != AnnounceEvent::stopped && exchange.event != AnnounceEvent::completed)
      under_way.emplace_back(key, exchange.lookup ? FaultCode::unreachable : FaultCode::cancelled);
  for (const auto& [key, why] : under_way) {
    call_off(key);
    if (!key.scrape)
      owner_->on_announce_done(key.torrent, key.tracker, seed::fail(why, "the session ends"));
  }
  give_turns(world_.clock.now());
}

void Tracking::on_deadline(Instant now) {
  udp_.on_deadline(now);
  drain_udp();
  give_turns(now);
}

Instant Tracking::deadline() const {
  const Instant turn = paused_ ? never : schedule_.deadline().value_or(never);
  return std::min(turn, udp_.deadline().value_or(never));
}

void Tracking::give_turns(Instant now) {
  if (paused_) return;
  while (const auto turn = schedule_.next_ready(now)) {
    if (turn->host_is_down) {
      const Fault down{FaultCode::unreachable, 0, "the tracker's host does not answer"};
      if (turn->key.scrape)
        owner_->on_scrape_done(turn->key.torrent, turn->key.tracker, std::unexpected(down));
      else
        owner_->on_announce_done(turn->key.torrent, turn->key.tracker, std::unexpected(down));
      continue;
    }
    begin(turn->key);
  }
}

void Tracking::begin(const RequestKey& key) {
  exchanges_[key].key = key;
  if (key.scrape)
    begin_scrape(key);
  else
    begin_announce(key);
}

void Tracking::begin_announce(const RequestKey& key) {
  const auto ready = owner_->begin_announce(key.torrent, key.tracker);
  if (!ready) return call_off(key);
  Exchange& exchange = exchanges_[key];
  exchange.event = ready->request.event;
  exchange.host = host_of(ready->url);
  exchange.url = ready->url;
  exchange.request = ready->request;
  send_announce(key);
}

void Tracking::send_announce(const RequestKey& key) {
  const std::string url = exchanges_[key].url;
  const auto request = exchanges_[key].request;
  if (url.starts_with("udp:"))
    begin_udp(key, url, request);
  else
    begin_http(key, tracker::announce_request_url(url, request));
}

void Tracking::begin_scrape(const RequestKey& key) {
  const auto scrape = owner_->begin_scrape(key.torrent, key.tracker);
  const auto hash = owner_->hash_of(key.torrent);
  if (!scrape || !hash) return call_off(key);
  exchanges_[key].host = host_of(scrape->url);
  if (scrape->url.starts_with("udp:"))
    begin_udp(key, scrape->url, std::nullopt);
  else
    begin_http(key, tracker::scrape_request_url(scrape->url, std::span(&*hash, 1)));
}

void Tracking::begin_http(const RequestKey& key, const std::string& url) {
  io::HttpRequest request;
  request.url = url;
  request.user_agent = user_agent_;
  request.body_bytes_max = limits::tracker_answer_bytes_max;
  request.timeout = limits::announce_timeout;
  request.sources = sources_;
  request.decode = true;
  // Trackers of one's own network are the user's wish, or his torrents'.
  request.private_addresses_allowed = true;
  exchanges_[key].call =
      world_.http.get(std::move(request),
                      [this, key](Result<io::HttpReply> reply) { on_http(key, std::move(reply)); });
}

void Tracking::on_http(const RequestKey& key, Result<io::HttpReply> reply) {
  const Instant now = world_.clock.now();
  if (!reply) {
    fail(key, reply.error());
  } else if (key.scrape) {
    finish_scrape(key, tracker::parse_scrape_reply(reply->body, reply->status), true);
  } else {
    finish_announce(key, tracker::parse_announce_reply(reply->body, reply->status), true);
  }
  give_turns(now);
}

void Tracking::begin_udp(const RequestKey& key, const std::string& url,
                         std::optional<tracker::AnnounceRequest> request) {
  auto parsed = Url::parse(url);
  if (!parsed) return fail(key, parsed.error());
  if (parsed->port == 0)
    return fail(key, {FaultCode::malformed, 0, "the tracker's URL has no port"});
  const Instant now = world_.clock.now();
  const auto known = names_.find(parsed->host);
  if (known != names_.end() && known->second.expires > now)
    return send_udp(key, *parsed, known->second.addresses, request);
  exchanges_[key].lookup = world_.resolver.resolve(
      parsed->host, [this, key, url = *parsed,
                     request = std::move(request)](Result<std::vector<IpAddress>> addresses) {
        const auto found = exchanges_.find(key);
        if (found == exchanges_.end()) return;
        found->second.lookup.reset();
        const Instant then = world_.clock.now();
        if (!addresses) {
          fail(key, addresses.error());
        } else {
          if (names_.size() >= names_max) names_.clear();
          std::ranges::stable_partition(*addresses, [](const auto& it) { return it.is_v4(); });
          names_[url.host] = {*addresses, then + name_age_max};
          send_udp(key, url, *addresses, request);
        }
        give_turns(then);
      });
}

std::optional<Endpoint> Tracking::choose(const std::vector<IpAddress>& addresses,
                                         std::uint16_t port) const {
  for (const auto& address : addresses)
    if ((address.is_v4() ? socket_v4_ : socket_v6_) != nullptr) return Endpoint{address, port};
  return std::nullopt;
}

/// The host may have others that answer. Several that were asked at the same address say so once.
void Tracking::try_others_first(const std::string& host, const IpAddress& silent) {
  const auto known = names_.find(host);
  if (known == names_.end()) return;
  auto& addresses = known->second.addresses;
  const auto found = std::ranges::find(addresses, silent);
  if (found != addresses.end()) std::rotate(found, found + 1, addresses.end());
}

void Tracking::send_udp(const RequestKey& key, const Url& url,
                        const std::vector<IpAddress>& addresses,
                        const std::optional<tracker::AnnounceRequest>& request) {
  const auto to = choose(addresses, url.port);
  if (socket_v4_ == nullptr && socket_v6_ == nullptr)
    return fail(key, without_ ? *without_
                              : Fault{FaultCode::unreachable, 0,
                                      "no UDP port can be had to ask " + url.host});
  if (!to)
    return fail(key, {FaultCode::unreachable, 0, "no address of " + url.host + " can be reached"});
  // Its torrent has gone meanwhile.
  const auto hash = owner_->hash_of(key.torrent);
  if (!request && !hash) return call_off(key);
  const Instant now = world_.clock.now();
  const tracker::RequestId id{next_request_++};
  exchanges_[key].udp = id;
  exchanges_[key].udp_host = url.host;
  exchanges_[key].udp_address = to->address;
  udp_requests_[id] = key;
  if (request) {
    std::string data = url.path;
    if (url.has_query) data += "?" + url.query;
    udp_.announce(id, *to, *request, data == "/" ? "" : data, now);
  } else {
    udp_.scrape(id, *to, {*hash}, now);
  }
  drain_udp();
}

void Tracking::drain_udp() {
  while (auto event = udp_.next_event()) {
    if (const auto* send = std::get_if<tracker::UdpTrackers::Send>(&*event)) {
      io::UdpSocket* socket = send->to.address.is_v4() ? socket_v4_ : socket_v6_;
      // A datagram that cannot go out counts as lost: the machine sends it again.
      if (socket != nullptr) static_cast<void>(socket->send(send->datagram, send->to));
      continue;
    }
    const auto take = [this](tracker::RequestId id) {
      const auto found = udp_requests_.find(id);
      if (found == udp_requests_.end()) return std::optional<RequestKey>();
      const RequestKey key = found->second;
      udp_requests_.erase(found);
      return std::optional(key);
    };
    if (const auto* done = std::get_if<tracker::UdpTrackers::AnnounceDone>(&*event)) {
      if (const auto key = take(done->id))
        finish_announce(*key, done->reply, done->reply.has_value());
    } else if (const auto* scraped = std::get_if<tracker::UdpTrackers::ScrapeDone>(&*event)) {
      if (const auto key = take(scraped->id))
        finish_scrape(*key, scraped->reply, scraped->reply.has_value());
    }
  }
}

void Tracking::finish_announce(const RequestKey& key, Result<tracker::AnnounceReply> reply,
                               bool answered) {
  count(key, !reply || !reply->accepted());
  const auto found = exchanges_.find(key);
  if (found != exchanges_.end() && answered) {
    // In the same turn: no tracker is asked more often for a hybrid than for another torrent.
    if (const auto other = std::exchange(found->second.request.info_hash_v2, std::nullopt)) {
      found->second.first = std::move(reply);
      found->second.request.info_hash = *other;
      return send_announce(key);
    }
  }
  if (found != exchanges_.end() && found->second.first) {
    reply = tracker::joined(*std::move(found->second.first), std::move(reply));
    answered = true;
  }
  close(key, answered);
  owner_->on_announce_done(key.torrent, key.tracker, reply);
}

void Tracking::finish_scrape(const RequestKey& key, const Result<tracker::ScrapeReply>& reply,
                             bool answered) {
  count(key, !reply || !reply->accepted());
  close(key, answered);
  owner_->on_scrape_done(key.torrent, key.tracker, reply);
}

void Tracking::fail(const RequestKey& key, const Fault& fault) {
  if (key.scrape)
    finish_scrape(key, std::unexpected(fault), false);
  else
    finish_announce(key, std::unexpected(fault), false);
}

void Tracking::count(const RequestKey& key, bool failed) {
  const auto found = exchanges_.find(key);
  if (found == exchanges_.end() || found->second.host.empty()) return;
  if (key.scrape)
    counts_.on_scrape(found->second.host, failed);
  else
    counts_.on_announce(found->second.host, failed);
}

void Tracking::close(const RequestKey& key, bool answered) {
  if (const auto found = exchanges_.find(key); found != exchanges_.end()) {
    const Exchange& exchange = found->second;
    if (!answered && exchange.udp) try_others_first(exchange.udp_host, exchange.udp_address);
    exchanges_.erase(found);
  }
  schedule_.done(key, answered, world_.clock.now());
}

}  // namespace seed::session
