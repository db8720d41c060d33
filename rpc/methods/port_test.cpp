// port_test (rpc-contract, section 6.8). seedd asks no service that it was not told of.
#include <array>

#include "rpc/methods/all.h"
#include "rpc/methods/answer_alone.h"

namespace seed::rpc {

namespace {

constexpr Parameter ip_protocol{"ip_protocol", "", ValueType::text, "\"ipv4\" or \"ipv6\"."};
constexpr std::array parameters{ip_protocol};

Outcome answer(const Params& params) {
  const auto given = params.text(ip_protocol);
  if (given && *given != "ipv4" && *given != "ipv6")
    return refuse(invalid_params, "invalid ip protocol string");
  CallError error{static_cast<int>(session::OrderErrorCode::http_error),
                  "Couldn't test port: No Response (0)",
                  {},
                  false};
  if (given) error.data = R"({"ip_protocol":")" + *given + R"("})";
  return std::unexpected(std::move(error));
}

}  // namespace

const Method port_test =
    make_answer<answer>("port_test", "port-test", Scope::read, Notified::ignored, parameters,
                        "Whether peers can reach the peer port: `port_is_open`. Not in effect yet: "
                        "an error.");

}  // namespace seed::rpc
