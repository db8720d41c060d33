// CallError: why a call failed, as both dialects tell it (rpc-contract, sections 2.3 and 3).
#pragma once

#include <array>
#include <expected>
#include <string>
#include <string_view>

#include "core/session/session.h"

namespace seed::rpc {

/// JSON-RPC's own numbers; those of the orders are session::OrderErrorCode.
inline constexpr int parse_error = -32700;
inline constexpr int invalid_request = -32600;
inline constexpr int method_not_found = -32601;
inline constexpr int invalid_params = -32602;
inline constexpr int internal_error = -32603;
/// seedd's own are above those of the contract.
inline constexpr int not_allowed = static_cast<int>(session::OrderErrorCode::not_allowed);

/// What any method may be answered with; its own errors are a column of the table of methods.
inline constexpr std::array common_errors{session::OrderErrorCode::invalid_params,
                                          session::OrderErrorCode::internal,
                                          session::OrderErrorCode::system_error};

struct CallError {
  int code = internal_error;
  std::string text;   ///< says why, for the user; may be empty
  std::string data;   ///< a JSON object for the contract's data.result; may be empty
  bool busy = false;  ///< nothing of it was begun: too much else is to be done
};

/// The text of a JSON object, or why there is none.
using Outcome = std::expected<std::string, CallError>;

/// The contract's message for a code.
std::string_view message_of(int code);

CallError from_order(session::OrderError error);

inline std::unexpected<CallError> refuse(int code, std::string text) {
  return std::unexpected(CallError{code, std::move(text), {}, false});
}
inline std::unexpected<CallError> refuse(session::OrderErrorCode code, std::string text) {
  return refuse(static_cast<int>(code), std::move(text));
}

}  // namespace seed::rpc
