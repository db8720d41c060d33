// port_test (rpc-contract, section 6.8). Asks no service that the settings do not name.
#include <array>
#include <optional>
#include <utility>

#include "rpc/json_writer.h"
#include "rpc/methods/all.h"

namespace seed::rpc {

namespace {

using session::IpProtocol;

constexpr Parameter ip_protocol{"ip_protocol", "", ValueType::text, "\"ipv4\" or \"ipv6\"."};
constexpr std::array parameters{ip_protocol};
constexpr Parameter port_is_open{"port_is_open", "port-is-open", ValueType::boolean,
                                 "Whether peers can reach the peer port."};
constexpr Parameter ip_protocol_result{"ip_protocol", "", ValueType::text, "As given."};
constexpr std::array results{port_is_open, ip_protocol_result};
constexpr std::array errors{session::OrderErrorCode::http_error};

void write_protocol(JsonWriter& out, const std::optional<IpProtocol>& protocol) {
  if (!protocol) return;
  out.key("ip_protocol");
  out.text(*protocol == IpProtocol::v4 ? "ipv4" : "ipv6");
}

std::string encode_protocol(const std::optional<IpProtocol>& protocol) {
  if (!protocol) return {};
  JsonWriter out;
  out.begin_object();
  write_protocol(out, protocol);
  out.end_object();
  return out.take();
}

struct PortTest {
  struct Plan {
    std::optional<IpProtocol> order;
    std::optional<IpProtocol> protocol;
  };
  using Reply = session::PortTestReply;

  static std::expected<Plan, CallError> parse(const Params& params) {
    const auto given = params.text(ip_protocol);
    if (!given) return Plan();
    if (*given == "ipv4") return Plan{IpProtocol::v4, IpProtocol::v4};
    if (*given == "ipv6") return Plan{IpProtocol::v6, IpProtocol::v6};
    return refuse(invalid_params, "invalid ip protocol string");
  }

  static Wait waits_for(const Plan&) { return Wait::web; }

  static void run(LoopSide& loop, std::optional<IpProtocol> protocol, Responder<Reply> responder) {
    loop.session.test_port(protocol, answer_to(std::move(responder)));
  }

  static Outcome encode(const Plan&, const Reply& reply, Dialect dialect) {
    if (!reply.error.empty())
      return std::unexpected(CallError{static_cast<int>(session::OrderErrorCode::http_error),
                                       reply.error, encode_protocol(reply.protocol), false});
    JsonWriter out;
    out.begin_object();
    out.key(spelt("port_is_open", "port-is-open", dialect));
    out.boolean(reply.open);
    write_protocol(out, reply.protocol);
    out.end_object();
    return out.take();
  }

  static CallError fail(const Plan& plan, CallError error, Dialect) {
    error.data = encode_protocol(plan.protocol);
    return error;
  }
};

}  // namespace

const Method port_test = make_method<PortTest>(
    "port_test", "port-test", Scope::read, Notified::ignored, parameters, results,
    "Whether peers can reach the peer port, as the checker of port_test_url sees it. Without a "
    "checker: an error.",
    errors);

}  // namespace seed::rpc
