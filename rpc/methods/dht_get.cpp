// dht_get: an item that the DHT keeps for anybody (BEP 44). seedd's own.
#include <array>
#include <utility>

#include "core/base/bytes.h"
#include "rpc/methods/all.h"
#include "rpc/methods/dht_values.h"

namespace seed::rpc {

namespace {

constexpr Parameter target{"target", "", ValueType::text,
                           "Where it is, 40 hexadecimal digits: of an immutable item the SHA-1 of "
                           "its value. This or the key."};
constexpr Parameter key{"key", "", ValueType::text,
                        "The public key of a mutable item, 64 hexadecimal digits: its newest."};
constexpr std::array parameters{target, key, salt_parameter};
constexpr Parameter value_result{"value", "", ValueType::text,
                                 "The value, when it is a string of UTF-8."};
constexpr Parameter value_base64_result{"value_base64", "", ValueType::text,
                                        "The value, bencoded, as base64."};
constexpr std::array results{target_result, value_result, value_base64_result,
                             key_result,    seq_result,   signature_result};
constexpr std::array errors{session::OrderErrorCode::dht_failed,
                            session::OrderErrorCode::not_in_dht};

struct DhtGet {
  struct Plan {
    session::DhtGetOrder order;
  };
  using Reply = session::DhtItem;

  static std::expected<Plan, CallError> parse(const Params& params) {
    auto at = hex_or_refuse<Sha1>(params, target);
    if (!at) return std::unexpected(std::move(at).error());
    auto of = hex_or_refuse<Ed25519Key>(params, key);
    if (!of) return std::unexpected(std::move(of).error());
    auto salt = text_or_refuse(params, salt_parameter);
    if (!salt) return std::unexpected(std::move(salt).error());
    if (at->has_value() == of->has_value())
      return refuse(invalid_params, "either target or key has to be given");
    session::DhtGetOrder order;
    if (*at)
      order.what = **at;
    else
      order.what = **of;
    order.salt = salt->value_or("");
    return Plan{std::move(order)};
  }

  static Wait waits_for(const Plan&) { return Wait::web; }

  static void run(LoopSide& loop, const session::DhtGetOrder& order, Responder<Reply> responder) {
    loop.session.dht_get(order, answer_to(std::move(responder)));
  }

  static Outcome encode(const Plan&, const Reply& reply, Dialect) {
    JsonWriter out;
    out.begin_object();
    write_place(out, reply.target, reply.by);
    if (reply.text) {
      out.key(value_result.name);
      out.text(*reply.text);
    }
    out.key(value_base64_result.name);
    out.text(to_base64(reply.value));
    out.end_object();
    return out.take();
  }
};

}  // namespace

const Method dht_get = make_method<DhtGet>(
    "dht_get", "dht-get", Scope::read, Notified::ignored, parameters, results,
    "Looks for an item in the DHT: by its target, or the newest of a key. A stranger has made it.",
    errors);

}  // namespace seed::rpc
