#include "tests/sim/engine/sim_tracker.h"

#include <algorithm>
#include <utility>

#include "core/base/url.h"
#include "core/bencode/writer.h"
#include "core/tracker/udp_packets.h"

namespace seed::sim {

namespace {

std::map<std::string, std::string> parameters(const std::string& query) {
  std::map<std::string, std::string> out;
  for (std::size_t at = 0; at < query.size();) {
    const std::size_t end = std::min(query.find('&', at), query.size());
    const std::string pair = query.substr(at, end - at);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string value = equals < pair.size() ? pair.substr(equals + 1) : "";
    out[pair.substr(0, equals)] = percent_decode(value).value_or("");
    at = end + 1;
  }
  return out;
}

std::uint64_t number(const std::map<std::string, std::string>& from, const std::string& key,
                     std::uint64_t otherwise) {
  const auto found = from.find(key);
  if (found == from.end() || found->second.empty()) return otherwise;
  std::uint64_t out = 0;
  for (const char digit : found->second) {
    if (digit < '0' || digit > '9') return otherwise;
    out = out * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return out;
}

}  // namespace

SimTracker::SimTracker(SimNet& net, Web& web, std::string name, Temper temper, Rng rng)
    : net_(net), name_(std::move(name)), temper_(temper), rng_(rng) {
  if (temper != Temper::refused)
    web.servers[name_ + ":80"] = [this](const io::HttpRequest& request, const IpAddress& from) {
      return on_request(request, from);
    };
  web.names[name_] = {net_.host().address()};
  auto socket = net_.open_udp({net_.host().address(), 6969}, *this);
  if (socket) socket_ = *std::move(socket);
}

Temper SimTracker::temper_now() {
  if (temper_ != Temper::fickle) return temper_;
  constexpr Temper moods[] = {Temper::good, Temper::dead, Temper::slow, Temper::rubbish,
                              Temper::refusing};
  return moods[rng_.below(std::size(moods))];
}

std::uint32_t SimTracker::seeds_of(const Sha1& hash) const {
  const auto swarm = swarms_.find(hash);
  if (swarm == swarms_.end()) return 0;
  return static_cast<std::uint32_t>(
      std::ranges::count_if(swarm->second, [](const auto& peer) { return peer.second; }));
}

std::vector<Endpoint> SimTracker::take(const Announce& announce) {
  ++counts_.announces;
  const std::pair who{announce.peer, announce.hash};
  if (announce.event == 1) ++counts_.completed[who];
  if (announce.event == 2) ++counts_.started[who];
  if (announce.event == 3) ++counts_.stopped[who];
  auto& swarm = swarms_[announce.hash];
  std::vector<Endpoint> others;
  if (announce.event == 3) {
    swarm.erase(announce.peer);
    return others;
  }
  swarm[announce.peer] = announce.left == 0;
  for (const auto& [peer, seed] : swarm)
    if (peer != announce.peer && !(seed && announce.left == 0)) others.push_back(peer);
  rng_.shuffle(others);
  if (others.size() > announce.numwant) others.resize(announce.numwant);
  return others;
}

// --- HTTP ----------------------------------------------------------------------------------------

std::optional<HttpAnswer> SimTracker::on_request(const io::HttpRequest& request,
                                                 const IpAddress& from) {
  const Temper temper = temper_now();
  if (temper == Temper::dead) return std::nullopt;
  io::HttpReply reply;
  reply.status = 200;
  reply.final_url = request.url;
  reply.remote = net_.host().address();
  HttpAnswer out;
  out.after = net_.line().delay * 4 + rng_.between(1ms, 20ms);
  if (temper == Temper::slow) out.after += rng_.between(1s, 40s);
  const auto url = Url::parse(request.url);
  if (temper == Temper::rubbish) {
    if (rng_.below(4) == 0) reply.status = 502;
    reply.body = rubbish();
  } else if (temper == Temper::refusing) {
    bencode::DictWriter refusal;
    refusal.string("failure reason", "not today");
    reply.body = refusal.take();
  } else if (url->path.ends_with("/scrape")) {
    reply.body = scrape(url->query);
  } else if (const auto announce = parse_announce(url->query, from)) {
    reply.body = encode(*announce, take(*announce));
  } else {
    reply.status = 400;
  }
  out.reply = std::move(reply);
  return out;
}

std::optional<SimTracker::Announce> SimTracker::parse_announce(const std::string& query,
                                                               const IpAddress& from) const {
  const auto given = parameters(query);
  const auto hash = given.find("info_hash");
  if (hash == given.end()) return std::nullopt;
  const auto digest = Sha1::from(as_bytes(hash->second));
  if (!digest) return std::nullopt;
  Announce out;
  out.hash = *digest;
  out.peer = {from, static_cast<std::uint16_t>(number(given, "port", 0))};
  out.left = number(given, "left", 1);
  out.numwant =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(number(given, "numwant", 50), 50));
  const auto event = given.find("event");
  if (event != given.end())
    out.event = event->second == "completed" ? 1
                : event->second == "started" ? 2
                : event->second == "stopped" ? 3
                                             : 0;
  return out;
}

Buffer SimTracker::encode(const Announce& announce, const std::vector<Endpoint>& peers) const {
  Buffer compact;
  for (const auto& peer : peers) append_compact(compact, peer);
  const auto seeds = seeds_of(announce.hash);
  const auto all = swarms_.at(announce.hash).size();
  bencode::DictWriter out;
  out.integer("interval", std::chrono::duration_cast<std::chrono::seconds>(interval_).count());
  out.integer("min interval", 1);
  out.integer("complete", seeds);
  out.integer("incomplete", static_cast<std::int64_t>(all - std::min<std::size_t>(seeds, all)));
  out.string("peers", Bytes(compact));
  return out.take();
}

Buffer SimTracker::scrape(const std::string& query) {
  ++counts_.scrapes;
  const auto given = parameters(query);
  bencode::DictWriter files;
  if (const auto hash = given.find("info_hash"); hash != given.end()) {
    bencode::DictWriter counts;
    const auto digest = Sha1::from(as_bytes(hash->second)).value_or(Sha1{});
    counts.integer("complete", seeds_of(digest));
    counts.integer("downloaded", 0);
    counts.integer("incomplete", 0);
    files.raw(hash->second, counts.take());
  }
  bencode::DictWriter out;
  out.raw("files", files.take());
  return out.take();
}

Buffer SimTracker::rubbish() {
  switch (rng_.below(4)) {
    case 0:
      return to_buffer("<html><body>It works!</body></html>");
    case 1:
      return to_buffer("d8:intervali60e5:peers");
    case 2:
      return to_buffer("d8:completei3ee");
    default: {
      Buffer noise(rng_.below(600));
      rng_.fill(noise);
      return noise;
    }
  }
}

// --- UDP -----------------------------------------------------------------------------------------

void SimTracker::on_datagram(MutableBytes datagram, const Endpoint& from) {
  const Temper temper = temper_now();
  if (temper == Temper::dead || temper == Temper::refused) return;
  std::optional<Buffer> answer = udp_answer(datagram, from);
  if (temper == Temper::rubbish) {
    answer = rubbish();
    // Some of it begins like an answer to what was asked. It is too short for one: noise of the
    // right form and size would be an answer, which nobody could tell from a true one (BEP 15).
    if (rng_.below(2) == 0 && datagram.size() >= 16 && answer->size() >= 8) {
      answer->resize(std::min<std::size_t>(answer->size(), 15));
      ByteWriter head;
      head.u32(static_cast<std::uint32_t>(rng_.below(5))).put(Bytes(datagram).subspan(12, 4));
      std::ranges::copy(head.bytes(), answer->begin());
    }
  }
  if (!answer) return;
  const Duration after = temper == Temper::slow ? rng_.between(1s, 40s) : 1ms;
  net_.host().post_after(after, [this, answer = *std::move(answer), from] {
    static_cast<void>(socket_->send(answer, from));
  });
}

std::optional<Buffer> SimTracker::udp_answer(Bytes datagram, const Endpoint& from) {
  namespace udp = tracker::udp;
  ByteReader in(datagram);
  const std::uint64_t connection = in.u64();
  const std::uint32_t action = in.u32();
  const std::uint32_t transaction = in.u32();
  if (!in.ok()) return std::nullopt;
  constexpr std::uint64_t our_connection = 0x0123456789abcdef;
  ByteWriter out;
  if (action == static_cast<std::uint32_t>(udp::Action::connect)) {
    if (connection != udp::protocol_id) return std::nullopt;
    return out.u32(0).u32(transaction).u64(our_connection).take();
  }
  if (connection != our_connection || temper_ == Temper::refusing)
    return out.u32(3).u32(transaction).put("not today").take();
  const auto hash = Sha1::from(in.take(Sha1::size));
  if (!hash) return std::nullopt;
  if (action == static_cast<std::uint32_t>(udp::Action::scrape)) {
    ++counts_.scrapes;
    return out.u32(2).u32(transaction).u32(seeds_of(*hash)).u32(0).u32(0).take();
  }
  in.take(PeerId::size);
  Announce announce;
  announce.hash = *hash;
  in.u64();
  announce.left = in.u64();
  in.u64();
  announce.event = in.u32();
  in.u32();
  in.u32();
  announce.numwant = std::min<std::uint32_t>(in.u32(), 50);
  announce.peer = {from.address, in.u16()};
  if (!in.ok()) return std::nullopt;
  Buffer compact;
  for (const auto& peer : take(announce)) append_compact(compact, peer);
  out.u32(1).u32(transaction);
  out.u32(static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(interval_).count()));
  out.u32(0).u32(seeds_of(*hash));
  return out.put(compact).take();
}

}  // namespace seed::sim
