#include "core/dht/krpc_reader.h"

#include <algorithm>
#include <utility>

#include "core/bencode/document.h"
#include "core/bencode/writer.h"

namespace seed::dht::krpc {
namespace {

using bencode::Value;

/// An item's value (BEP 44) may be nested, and may be 1000 octets of the smallest values there are.
constexpr bencode::ParseLimits bounds{.depth_max = 32, .tokens_max = datagram_bytes_max};

What refused(ErrorCode code, std::string_view why) { return Refused{make_error(code, why)}; }
What refused(std::string_view why) { return refused(ErrorCode::protocol, why); }

template <typename Fixed>
std::optional<Fixed> find_fixed(const Value& dict, std::string_view key) {
  return Fixed::from(dict.string_or(key));
}

bool find_flag(const Value& dict, std::string_view key) { return dict.integer_or(key, 0) != 0; }

Buffer find_token(const Value& dict) {
  const Bytes token = dict.string_or("token");
  return token.size() <= token_bytes_max ? to_buffer(token) : Buffer{};
}

Want find_want(const Value& arguments) {
  Want out;
  const auto list = arguments.find_list("want");
  if (!list) return out;
  for (const Value item : list->list_items()) {
    const auto word = as_text(item.as_string().value_or(Bytes{}));
    if (word == "n4") out.nodes = true;
    if (word == "n6") out.nodes6 = true;
  }
  return out;
}

/// What is at the end of the way to `target`, or of that to `info_hash`.
std::optional<NodeId> find_target(const Value& arguments) {
  if (const auto target = find_fixed<NodeId>(arguments, "target")) return target;
  return find_fixed<NodeId>(arguments, "info_hash");
}

What parse_find_node(const Value& arguments) {
  const auto target = find_fixed<NodeId>(arguments, "target");
  if (!target) return refused("no target");
  return FindNode{*target, find_want(arguments)};
}

What parse_get_peers(const Value& arguments) {
  const auto info_hash = find_fixed<Sha1>(arguments, "info_hash");
  if (!info_hash) return refused("no info_hash");
  return GetPeers{*info_hash, find_want(arguments), find_flag(arguments, "noseed"),
                  find_flag(arguments, "scrape")};
}

What parse_announce_peer(const Value& arguments) {
  const auto info_hash = find_fixed<Sha1>(arguments, "info_hash");
  if (!info_hash) return refused("no info_hash");
  AnnouncePeer out;
  out.info_hash = *info_hash;
  out.implied_port = find_flag(arguments, "implied_port");
  const auto port = arguments.integer_or("port", 0);
  if (port > 0 && port <= 0xffff) out.port = static_cast<std::uint16_t>(port);
  if (out.port == 0 && !out.implied_port) return refused("no port");
  out.seed = arguments.integer_or("seed", 0) == 1;
  out.token = find_token(arguments);
  return out;
}

What parse_get(const Value& arguments) {
  const auto target = find_fixed<Sha1>(arguments, "target");
  if (!target) return refused("no target");
  return Get{*target, arguments.find_integer("seq"), find_want(arguments)};
}

What parse_put(const Value& arguments) {
  const auto value = arguments.find("v");
  if (!value) return refused("no value");
  // BEP 44: with "invalid bencoding (e.g. a dictionary with unsorted keys), the storing node MUST
  // reject the request".
  if (!equal(bencode::canonical(*value), value->source())) return refused("value not canonical");
  Put out;
  out.item.value = to_buffer(value->source());
  out.token = find_token(arguments);
  if (!arguments.find("k")) return out;
  const auto key = find_fixed<ItemKey>(arguments, "k");
  const auto signature = find_fixed<ItemSignature>(arguments, "sig");
  const auto seq = arguments.find_integer("seq");
  if (!key || !signature || !seq || *seq < 0) return refused("bad key, seq or signature");
  out.item.changing = MutablePart{*key, to_buffer(arguments.string_or("salt")), *seq, *signature};
  out.cas = arguments.find_integer("cas");
  return out;
}

What parse_sample_infohashes(const Value& arguments) {
  const auto target = find_fixed<NodeId>(arguments, "target");
  if (!target) return refused("no target");
  return SampleInfohashes{*target, find_want(arguments)};
}

What parse_ping(const Value&) { return Ping{}; }

constexpr std::pair<std::string_view, What (*)(const Value&)> methods[] = {
    {"ping", parse_ping},
    {"find_node", parse_find_node},
    {"get_peers", parse_get_peers},
    {"announce_peer", parse_announce_peer},
    {"get", parse_get},
    {"put", parse_put},
    {"sample_infohashes", parse_sample_infohashes},
};

What parse_what(std::string_view method, const Value& arguments) {
  for (const auto& [name, parse_arguments] : methods)
    if (name == method) return parse_arguments(arguments);
  if (const auto target = find_target(arguments)) return FindNode{*target, find_want(arguments)};
  return refused(ErrorCode::method_unknown, "method unknown");
}

Query parse_query(const Value& root) {
  Query out;
  out.read_only = root.integer_or("ro", 0) == 1;
  const auto method = root.find_string("q");
  const auto arguments = root.find_dict("a");
  const auto id = arguments ? find_fixed<NodeId>(*arguments, "id") : std::nullopt;
  if (!method || !id) {
    out.what = refused(method ? "no id" : "no method");
    return out;
  }
  out.id = *id;
  out.what = parse_what(as_text(*method), *arguments);
  return out;
}

std::vector<Endpoint> parse_values(const Value& response) {
  std::vector<Endpoint> out;
  const auto list = response.find_list("values");
  if (!list) return out;
  for (const Value item : list->list_items()) {
    const auto endpoint = from_compact(item.as_string().value_or(Bytes{}));
    if (endpoint && can_be_sent_to(*endpoint)) out.push_back(*endpoint);
  }
  return out;
}

std::optional<BloomFilter> find_filter(const Value& response, std::string_view key) {
  return BloomFilter::from(response.string_or(key));
}

std::optional<Samples> parse_samples(const Value& response) {
  const auto list = response.find_string("samples");
  if (!list) return std::nullopt;
  Samples out;
  for (Bytes rest = *list; rest.size() >= Sha1::size; rest = rest.subspan(Sha1::size))
    out.hashes.push_back(*Sha1::from(rest.first(Sha1::size)));
  out.total = std::max<std::int64_t>(response.integer_or("num", 0), 0);
  out.interval = std::chrono::seconds(
      std::clamp<std::int64_t>(response.integer_or("interval", 0), 0, sample_interval_max));
  return out;
}

Result<Response> parse_response(const Value& root) {
  const auto response = root.find_dict("r");
  const auto id = response ? find_fixed<NodeId>(*response, "id") : std::nullopt;
  if (!id) return fail(FaultCode::malformed, "krpc: an answer without an id");
  Response out;
  out.id = *id;
  if (const auto list = response->find_string("nodes"))
    out.nodes = parse_contacts(*list, Family::v4, contacts_max);
  if (const auto list = response->find_string("nodes6"))
    out.nodes6 = parse_contacts(*list, Family::v6, contacts_max);
  out.values = parse_values(*response);
  out.token = find_token(*response);
  out.seeds = find_filter(*response, "BFsd");
  out.peers = find_filter(*response, "BFpe");
  if (const auto value = response->find("v")) out.value = to_buffer(value->source());
  out.key = find_fixed<ItemKey>(*response, "k");
  out.signature = find_fixed<ItemSignature>(*response, "sig");
  out.seq = response->find_integer("seq");
  out.samples = parse_samples(*response);
  return out;
}

Error parse_error(const Value& root) {
  Error out;
  const auto list = root.find_list("e");
  if (!list) return out;
  for (const Value item : list->list_items()) {
    if (const auto code = item.as_integer()) out.code = *code;
    if (const auto text = item.as_string())
      out.text = to_string(text->first(std::min(text->size(), error_text_bytes_max)));
  }
  return out;
}

/// Early drafts of BEP 42 had the address alone.
std::optional<Endpoint> find_ip(const Value& root) {
  const Bytes octets = root.string_or("ip");
  if (const auto endpoint = from_compact(octets)) return endpoint;
  const auto address = IpAddress::from_octets(octets);
  return address ? std::optional(Endpoint{*address, 0}) : std::nullopt;
}

}  // namespace

bool owns_datagram(Bytes datagram) { return !datagram.empty() && datagram.front() == 'd'; }

Result<Message> parse(Bytes datagram) {
  if (datagram.size() > datagram_bytes_max)
    return fail(FaultCode::malformed, "krpc: the datagram is too long");
  SEED_TRY(const auto document, bencode::Document::parse_prefix(datagram, bounds));
  const Value root = document.root();
  const auto transaction = root.find_string("t");
  if (!transaction || transaction->size() > transaction_bytes_max)
    return fail(FaultCode::malformed, "krpc: no transaction id");
  Message out;
  out.transaction = to_buffer(*transaction);
  out.ip = find_ip(root);
  const Bytes version = root.string_or("v");
  out.version = to_buffer(version.first(std::min(version.size(), version_bytes_max)));
  const auto kind = as_text(root.string_or("y"));
  if (kind == "q") {
    out.body = parse_query(root);
  } else if (kind == "r") {
    SEED_TRY(out.body, parse_response(root));
  } else if (kind == "e") {
    out.body = parse_error(root);
  } else {
    return fail(FaultCode::malformed, "krpc: neither query, answer nor error");
  }
  return out;
}

}  // namespace seed::dht::krpc
