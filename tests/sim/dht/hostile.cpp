#include "tests/sim/dht/hostile.h"

#include "core/dht/krpc_reader.h"
#include "core/dht/krpc_writer.h"

namespace seed::sim {

using namespace dht;

Hostile::Hostile(Kind kind, const Endpoint& at, Rng rng)
    : kind_(kind), at_(at), rng_(rng), id_(make_secure_id(at.address, rng_)) {}

std::vector<Hostile::Datagram> Hostile::on_datagram(Bytes datagram, const Endpoint& from,
                                                    const Victims& victims) {
  const auto message = krpc::parse(datagram);
  if (!message || !std::holds_alternative<krpc::Query>(message->body)) return {};
  const auto& what = std::get<krpc::Query>(message->body).what;
  NodeId target = id_;
  if (const auto* nodes = std::get_if<krpc::FindNode>(&what)) target = nodes->target;
  if (const auto* peers = std::get_if<krpc::GetPeers>(&what)) target = id_of(peers->info_hash);
  krpc::Message out;
  out.transaction = message->transaction;
  out.body = lie(target, victims);
  return {{at_, from, krpc::encode(out)}};
}

std::vector<Hostile::Datagram> Hostile::act(const Victims& victims) {
  std::vector<Datagram> out;
  const Endpoint& to = any_of(victims.nodes);
  const Sha1& hash = any_of(victims.hashes);
  switch (kind_) {
    case Kind::poisoner:
      break;
    case Kind::forger: {
      Buffer token(8);
      rng_.fill(token);
      out.push_back({at_, to, ask(krpc::AnnouncePeer{hash, forged_port, false, false, token})});
      break;
    }
    case Kind::gamer:
      // Ids around what it wants to own, from one address.
      id_ = random_id_sharing(id_of(hash), 30, rng_);
      for (std::uint16_t port = 1; port <= 4; ++port)
        out.push_back({{at_.address, port}, to, ask(krpc::Ping{})});
      break;
    case Kind::amplifier:
      for (int i = 0; i < 4; ++i)
        out.push_back({victims.flooded, any_of(victims.nodes), ask(long_question(hash))});
      break;
  }
  // To be in tables.
  out.push_back({at_, to, ask(krpc::FindNode{random_id(rng_), {}})});
  return out;
}

krpc::Response Hostile::lie(const NodeId& target, const Victims& victims) {
  krpc::Response out;
  if (kind_ == Kind::gamer) id_ = random_id_sharing(target, 24, rng_);
  out.id = id_;
  out.token = to_buffer("anything");
  std::vector<NodeContact> named;
  if (kind_ == Kind::poisoner || kind_ == Kind::gamer)
    for (int i = 0; i < 8; ++i) named.push_back(invented_near(target, victims));
  if (kind_ == Kind::poisoner)
    for (std::uint32_t i = 0; i < 8; ++i)
      out.values.push_back({any_of(victims.nodes).address, invented_port});
  if (kind_ == Kind::forger) {
    out.token.resize(krpc::token_bytes_max + 1);
    rng_.fill(out.token);
  }
  (at_.address.is_v4() ? out.nodes : out.nodes6) = std::move(named);
  return out;
}

NodeContact Hostile::invented_near(const NodeId& target, const Victims& victims) {
  const int bits = static_cast<int>(12 + rng_.below(30));
  Endpoint at = any_of(victims.nodes);
  // Half of them are somebody else, with another id; the others are nobody.
  if (rng_.below(2) == 0) at.port = 9;
  return {random_id_sharing(target, bits, rng_), at};
}

krpc::What Hostile::long_question(const Sha1& hash) {
  const krpc::Want both{true, true};
  switch (rng_.below(5)) {
    case 0:
      return krpc::FindNode{id_of(hash), both};
    case 1:
      return krpc::GetPeers{hash, both, false, true};
    case 2:
      return krpc::Get{hash, std::nullopt, both};
    case 3:
      return krpc::SampleInfohashes{id_of(hash), both};
    default:
      return krpc::Ping{};
  }
}

Buffer Hostile::ask(krpc::What what) {
  krpc::Message out;
  out.transaction = to_buffer("x");
  out.body = krpc::Query{id_, false, std::move(what)};
  return krpc::encode(out);
}

}  // namespace seed::sim
