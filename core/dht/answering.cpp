#include "core/dht/answering.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/dht/item_signature.h"
#include "core/dht/krpc_writer.h"

namespace seed::dht {
namespace {

krpc::Error refusal_of(PutRefusal why) {
  const auto code = static_cast<krpc::ErrorCode>(why);
  switch (why) {
    case PutRefusal::too_many:
      return krpc::make_error(code, "too many items");
    case PutRefusal::value_too_big:
      return krpc::make_error(code, "message (v field) too big");
    case PutRefusal::salt_too_big:
      return krpc::make_error(code, "salt (salt field) too big");
    case PutRefusal::cas_mismatch:
      return krpc::make_error(code, "the CAS hash mismatched, re-read value and try again");
    case PutRefusal::seq_too_low:
      return krpc::make_error(code, "sequence number less than current");
  }
  return krpc::make_error(krpc::ErrorCode::generic, "");
}

/// What an item's answer has besides its value: id, key, signature, token, ip and the rest.
constexpr std::size_t around_value_bytes = 300;

}  // namespace

Answering::Answering(Family family, const Tokens::Secret& secret,
                     const SourceLimits::Options& limits, Rng rng, Instant now)
    : family_(family), tokens_(secret, now), limits_(rng.fork(), limits), peers_(rng.fork()) {}

std::optional<Buffer> Answering::answer(const krpc::Message& question, std::size_t question_bytes,
                                        const Endpoint& from, const Tables& tables, Instant now) {
  const auto* query = std::get_if<krpc::Query>(&question.body);
  if (query == nullptr || !limits_.admit(from, now)) return std::nullopt;
  expire(now);
  Asker asker{.from = from, .tables = tables, .bytes_max = krpc::answer_bytes_max, .now = now};
  asker.known = tables.own.knows({query->id, from});
  if (!asker.known) asker.bytes_max = std::min(asker.bytes_max, stranger_factor * question_bytes);
  Answer found = std::visit([&](const auto& what) { return on(what, asker); }, query->what);
  krpc::Message out;
  out.transaction = question.transaction;
  out.ip = from;
  out.version.assign(krpc::own_version.begin(), krpc::own_version.end());
  if (auto* response = std::get_if<krpc::Response>(&found)) {
    response->id = tables.own.own();
    out.body = std::move(*response);
  } else {
    out.body = std::move(std::get<krpc::Error>(found));
  }
  Buffer datagram = krpc::encode(out, asker.bytes_max);
  limits_.spend(from, datagram.size(), now);
  return datagram;
}

void Answering::expire(Instant now) {
  if (peers_.deadline() <= now) peers_.expire(now);
  if (items_.deadline() <= now) items_.expire(now);
}

Answering::Answer Answering::on(const krpc::Ping&, Asker&) { return krpc::Response{}; }

Answering::Answer Answering::on(const krpc::FindNode& query, Asker& asker) {
  krpc::Response out;
  add_contacts(out, query.target, query.want, asker);
  return out;
}

Answering::Answer Answering::on(const krpc::GetPeers& query, Asker& asker) {
  krpc::Response out;
  add_contacts(out, id_of(query.info_hash), query.want, asker);
  out.token = token_for(asker);
  if (!peers_.knows(query.info_hash)) return out;
  out.values = peers_.peers(query.info_hash, peers_told, query.noseed);
  if (query.scrape) {
    const auto filters = peers_.filters(query.info_hash);
    out.seeds = filters.seeds;
    out.peers = filters.peers;
  }
  return out;
}

Answering::Answer Answering::on(const krpc::AnnouncePeer& query, Asker& asker) {
  if (!tokens_.valid(query.token, asker.from.address, asker.now))
    return krpc::make_error(krpc::ErrorCode::protocol, "bad token");
  const Endpoint peer{asker.from.address, query.implied_port ? asker.from.port : query.port};
  if (!peers_.announce(query.info_hash, peer, query.seed, asker.now))
    return krpc::make_error(krpc::ErrorCode::server, "too many announces");
  return krpc::Response{};
}

Answering::Answer Answering::on(const krpc::Get& query, Asker& asker) {
  krpc::Response out;
  add_contacts(out, id_of(query.target), query.want, asker);
  out.token = token_for(asker);
  const Item* item = items_.find(query.target, asker.now);
  if (item == nullptr) return out;
  const auto& changing = item->changing;
  if (changing) out.seq = changing->seq;
  if (changing && query.seq && changing->seq <= *query.seq) return out;
  if (!may_have_value(asker, item->value.size())) return out;
  out.value = item->value;
  if (changing) {
    out.key = changing->key;
    out.signature = changing->signature;
  }
  return out;
}

Answering::Answer Answering::on(const krpc::Put& query, Asker& asker) {
  if (!tokens_.valid(query.token, asker.from.address, asker.now))
    return krpc::make_error(krpc::ErrorCode::protocol, "bad token");
  // First what costs nothing: a signature is 120 us.
  auto refusal = items_.refusal(query.item, query.cas, asker.from);
  if (!refusal && !signature_valid(query.item))
    return krpc::make_error(krpc::ErrorCode::bad_signature, "invalid signature");
  if (!refusal) refusal = items_.put(query.item, query.cas, asker.from, asker.now);
  if (refusal) return refusal_of(*refusal);
  return krpc::Response{};
}

Answering::Answer Answering::on(const krpc::SampleInfohashes& query, Asker& asker) {
  krpc::Response out;
  add_contacts(out, query.target, query.want, asker);
  krpc::Samples samples;
  samples.hashes = sample(asker.now);
  samples.total = static_cast<std::int64_t>(peers_.hashes());
  samples.interval = std::chrono::duration_cast<std::chrono::seconds>(sample_interval);
  out.samples = std::move(samples);
  return out;
}

Answering::Answer Answering::on(const krpc::Refused& query, Asker&) { return query.error; }

void Answering::add_contacts(krpc::Response& out, const NodeId& target, const krpc::Want& want,
                             const Asker& asker) const {
  const auto wanted = [&](Family family) {
    if (!want.nodes && !want.nodes6) return family == family_;
    return family == Family::v4 ? want.nodes : want.nodes6;
  };
  for (const Family family : {Family::v4, Family::v6}) {
    if (!wanted(family)) continue;
    const RoutingTable* table = family == family_ ? &asker.tables.own : asker.tables.other;
    auto& list = family == Family::v4 ? out.nodes : out.nodes6;
    list.emplace();
    if (table != nullptr) *list = table->closest(target, contacts_told, asker.now);
  }
}

Buffer Answering::token_for(const Asker& asker) const {
  const auto token = tokens_.make(asker.from.address, asker.now);
  return {token.begin(), token.end()};
}

/// Lifts the bound on the answer for a value of so many octets, if it may.
bool Answering::may_have_value(Asker& asker, std::size_t value_bytes) {
  const std::size_t needed = value_bytes + around_value_bytes;
  if (!asker.known && needed > asker.bytes_max) {
    if (!stranger_values_.ready(asker.now)) return false;
    stranger_values_.spend(krpc::value_answer_bytes_max, asker.now);
  }
  asker.bytes_max = std::max(asker.bytes_max, needed);
  if (asker.known) asker.bytes_max = krpc::value_answer_bytes_max;
  return true;
}

const std::vector<Sha1>& Answering::sample(Instant now) {
  // A sample that is not full is of a store that still grows.
  const bool full = sample_.size() >= std::min(samples_told, peers_.hashes());
  if (!full || !sampled_ || now - *sampled_ >= sample_interval) {
    sample_ = peers_.sample(samples_told);
    sampled_ = now;
  }
  return sample_;
}

}  // namespace seed::dht
