#include "core/dht/krpc_writer.h"

#include <algorithm>
#include <variant>

#include "core/base/check.h"
#include "core/bencode/writer.h"

namespace seed::dht::krpc {
namespace {

using bencode::Writer;

/// One of `values`: "6:" or "18:" and the endpoint.
std::size_t value_bytes(const Endpoint& endpoint) {
  return endpoint.address.is_v4() ? 2 + 6 : 3 + 18;
}

void write_want(Writer& out, const Want& want) {
  if (!want.nodes && !want.nodes6) return;
  out.key("want").begin_list();
  if (want.nodes) out.string("n4");
  if (want.nodes6) out.string("n6");
  out.end();
}

void write_flag(Writer& out, std::string_view key, bool set) {
  if (set) out.key(key).integer(1);
}

// The arguments of each query, sorted by their keys, with `id` in its place.

void write_arguments(Writer& out, const NodeId& id, const Ping&) {
  out.key("id").string(id.bytes());
}

void write_arguments(Writer& out, const NodeId& id, const FindNode& query) {
  out.key("id").string(id.bytes()).key("target").string(query.target.bytes());
  write_want(out, query.want);
}

void write_arguments(Writer& out, const NodeId& id, const GetPeers& query) {
  out.key("id").string(id.bytes()).key("info_hash").string(query.info_hash.bytes());
  write_flag(out, "noseed", query.noseed);
  write_flag(out, "scrape", query.scrape);
  write_want(out, query.want);
}

void write_arguments(Writer& out, const NodeId& id, const AnnouncePeer& query) {
  out.key("id").string(id.bytes());
  write_flag(out, "implied_port", query.implied_port);
  out.key("info_hash").string(query.info_hash.bytes()).key("port").integer(query.port);
  write_flag(out, "seed", query.seed);
  out.key("token").string(query.token);
}

void write_arguments(Writer& out, const NodeId& id, const Get& query) {
  out.key("id").string(id.bytes());
  if (query.seq) out.key("seq").integer(*query.seq);
  out.key("target").string(query.target.bytes());
  write_want(out, query.want);
}

void write_arguments(Writer& out, const NodeId& id, const Put& query) {
  const auto& changing = query.item.changing;
  if (changing && query.cas) out.key("cas").integer(*query.cas);
  out.key("id").string(id.bytes());
  if (changing) {
    out.key("k").string(changing->key.bytes());
    if (!changing->salt.empty()) out.key("salt").string(changing->salt);
    out.key("seq").integer(changing->seq).key("sig").string(changing->signature.bytes());
  }
  out.key("token").string(query.token).key("v").raw(query.item.value);
}

void write_arguments(Writer& out, const NodeId& id, const SampleInfohashes& query) {
  out.key("id").string(id.bytes()).key("target").string(query.target.bytes());
  write_want(out, query.want);
}

void write_arguments(Writer& out, const NodeId& id, const Refused&) {
  SEED_DCHECK(false);  // nobody asks for that
  write_arguments(out, id, Ping{});
}

/// In the order of What.
constexpr std::string_view method_names[] = {
    "ping", "find_node", "get_peers", "announce_peer", "get", "put", "sample_infohashes", "ping"};
static_assert(std::size(method_names) == std::variant_size_v<What>);

void write_response(Writer& out, const Response& response) {
  out.begin_dict();
  if (response.peers) out.key("BFpe").string(response.peers->bytes());
  if (response.seeds) out.key("BFsd").string(response.seeds->bytes());
  out.key("id").string(response.id.bytes());
  const auto& samples = response.samples;
  if (samples) out.key("interval").integer(samples->interval.count());
  if (response.key) out.key("k").string(response.key->bytes());
  if (response.nodes) out.key("nodes").string(encode_contacts(*response.nodes, Family::v4));
  if (response.nodes6) out.key("nodes6").string(encode_contacts(*response.nodes6, Family::v6));
  if (samples) {
    Buffer hashes;
    for (const Sha1& hash : samples->hashes)
      hashes.insert(hashes.end(), hash.octets.begin(), hash.octets.end());
    out.key("num").integer(samples->total).key("samples").string(hashes);
  }
  if (response.seq) out.key("seq").integer(*response.seq);
  if (response.signature) out.key("sig").string(response.signature->bytes());
  if (!response.token.empty()) out.key("token").string(response.token);
  if (!response.value.empty()) out.key("v").raw(response.value);
  if (!response.values.empty()) {
    out.key("values").begin_list();
    for (const Endpoint& endpoint : response.values) {
      Buffer compact;
      append_compact(compact, endpoint);
      out.string(compact);
    }
    out.end();
  }
  out.end();
}

Buffer write(const Message& message) {
  Writer out;
  out.begin_dict();
  const auto* query = std::get_if<Query>(&message.body);
  const auto* response = std::get_if<Response>(&message.body);
  const auto* error = std::get_if<Error>(&message.body);
  if (query != nullptr) {
    out.key("a").begin_dict();
    std::visit([&](const auto& what) { write_arguments(out, query->id, what); }, query->what);
    out.end();
  }
  if (error != nullptr) out.key("e").begin_list().integer(error->code).string(error->text).end();
  if (message.ip) {
    Buffer compact;
    append_compact(compact, *message.ip);
    out.key("ip").string(compact);
  }
  if (query != nullptr) out.key("q").string(method_names[query->what.index()]);
  if (response != nullptr) {
    out.key("r");
    write_response(out, *response);
  }
  if (query != nullptr) write_flag(out, "ro", query->read_only);
  out.key("t").string(message.transaction);
  if (!message.version.empty()) out.key("v").string(message.version);
  out.key("y").string(query != nullptr ? "q" : response != nullptr ? "r" : "e");
  return out.end().take();
}

/// Takes items of `bytes` octets off the end of `list` until `excess` octets are gone.
template <typename List>
void shorten(List& list, std::size_t bytes, std::size_t& excess) {
  while (excess > 0 && !list.empty()) {
    list.pop_back();
    excess -= std::min(excess, bytes);
  }
}

/// Leaves out of an answer what is worth least, until it is shorter by `excess` octets at least.
void cut(Response& response, std::size_t excess) {
  while (excess > 0 && !response.values.empty()) {
    excess -= std::min(excess, value_bytes(response.values.back()));
    response.values.pop_back();
  }
  if (response.samples) shorten(response.samples->hashes, Sha1::size, excess);
  std::vector<NodeContact> none;
  auto& v4 = response.nodes ? *response.nodes : none;
  auto& v6 = response.nodes6 ? *response.nodes6 : none;
  while (excess > 0 && (!v4.empty() || !v6.empty())) {
    const bool from_v6 = v6.size() >= v4.size();
    (from_v6 ? v6 : v4).pop_back();
    excess -= std::min(excess, contact_bytes(from_v6 ? Family::v6 : Family::v4));
  }
}

}  // namespace

Buffer encode(const Message& message, std::size_t bytes_max) {
  Buffer whole = write(message);
  if (whole.size() <= bytes_max || !std::holds_alternative<Response>(message.body)) return whole;
  Message less = message;
  cut(std::get<Response>(less.body), whole.size() - bytes_max);
  return write(less);
}

}  // namespace seed::dht::krpc
