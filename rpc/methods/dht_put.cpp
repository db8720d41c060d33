// dht_put: has the DHT keep an item for anybody (BEP 44). seedd's own. `key_seed` is a secret, so
// no text says what was given for it.
#include <array>
#include <utility>

#include "core/base/bytes.h"
#include "rpc/methods/all.h"
#include "rpc/methods/dht_values.h"

namespace seed::rpc {

namespace {

constexpr Parameter value{"value", "", ValueType::text,
                          "A text, which becomes a bencoded string. This or value_base64."};
constexpr Parameter value_base64{"value_base64", "", ValueType::text,
                                 "Any value, bencoded, its keys sorted, as base64. Bencoded at "
                                 "most 1,000 octets."};
constexpr Parameter key_seed{"key_seed", "", ValueType::text,
                             "For a mutable item: the private key, the 32 octets of an Ed25519 "
                             "seed (RFC 8032) as hexadecimal digits. It is kept nowhere."};
constexpr Parameter seq{"seq", "", ValueType::integer,
                        "The sequence number; left out, one more than that of the newest item "
                        "there is, or 1."};
constexpr Parameter cas{"cas", "", ValueType::integer,
                        "Only when the newest item there is has this sequence number, or there is "
                        "none."};
constexpr std::array parameters{value, value_base64, key_seed, salt_parameter, seq, cas};
constexpr Parameter nodes_result{"nodes", "", ValueType::integer,
                                 "Nodes that have stored it. They forget it in about 2 hours."};
constexpr std::array results{target_result, key_result, seq_result, signature_result, nodes_result};
constexpr std::array errors{session::OrderErrorCode::dht_failed,
                            session::OrderErrorCode::newer_in_dht};

using Value = std::variant<std::string, Buffer>;

std::expected<Value, CallError> parse_value(const Params& params) {
  auto text = text_or_refuse(params, value);
  if (!text) return std::unexpected(std::move(text).error());
  auto encoded = text_or_refuse(params, value_base64);
  if (!encoded) return std::unexpected(std::move(encoded).error());
  if (text->has_value() == encoded->has_value())
    return refuse(invalid_params, "either value or value_base64 has to be given");
  if (*text) return **std::move(text);
  auto octets = from_base64(**encoded);
  if (!octets) return refuse(invalid_params, "value_base64: not base64");
  return *std::move(octets);
}

struct DhtPut {
  struct Plan {
    session::DhtPutOrder order;
  };
  using Reply = session::DhtPutReply;

  static std::expected<Plan, CallError> parse(const Params& params) {
    auto content = parse_value(params);
    if (!content) return std::unexpected(std::move(content).error());
    auto seed = hex_or_refuse<Ed25519Seed>(params, key_seed);
    if (!seed) return std::unexpected(std::move(seed).error());
    auto salt = text_or_refuse(params, salt_parameter);
    if (!salt) return std::unexpected(std::move(salt).error());
    auto number = integer_or_refuse(params, seq);
    if (!number) return std::unexpected(std::move(number).error());
    auto over = integer_or_refuse(params, cas);
    if (!over) return std::unexpected(std::move(over).error());
    return Plan{session::DhtPutOrder{.value = *std::move(content),
                                     .seed = *seed,
                                     .salt = salt->value_or(""),
                                     .seq = *number,
                                     .cas = *over}};
  }

  static Wait waits_for(const Plan&) { return Wait::web; }

  static void run(LoopSide& loop, session::DhtPutOrder order, Responder<Reply> responder) {
    loop.session.dht_put(std::move(order), answer_to(std::move(responder)));
  }

  static Outcome encode(const Plan&, const Reply& reply, Dialect) {
    JsonWriter out;
    out.begin_object();
    write_place(out, reply.target, reply.by);
    out.key(nodes_result.name);
    out.integer(reply.nodes);
    out.end_object();
    return out.take();
  }
};

}  // namespace

const Method dht_put = make_method<DhtPut>(
    "dht_put", "dht-put", Scope::control, Notified::run, parameters, results,
    "Stores an item in the DHT for anybody to get: an immutable one under the SHA-1 of its value, "
    "or with a key a mutable one.",
    errors);

}  // namespace seed::rpc
