// The envelope of both dialects: the text of a request to calls, and their outcomes to the text of
// the answer (rpc-contract, sections 2 and 3; JSON-RPC 2.0). Knows no HTTP and no session.
//
// Bounds: nesting limits::json_depth_max, values limits::json_values_max, calls in a batch
// limits::batch_max; beyond: an error. Text of a batch's answers limits::batch_answer_bytes_max;
// beyond: each call that is left is answered with an error, and nothing of it was done.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "rpc/call_error.h"
#include "rpc/caller.h"
#include "rpc/method.h"
#include "rpc/params.h"

namespace seed::rpc {

struct RpcAnswer {
  int status = 200;  ///< 200, of errors too (contract, section 1.6); 204 when nothing is to be said
  std::string body;  ///< JSON; empty with 204
};

/// Carries out one call; Params knows whose.
using Calling = std::function<Outcome(const Method&, const Params&)>;

RpcAnswer answer_request(std::string_view body, const Caller& caller, const Calling& call);

}  // namespace seed::rpc
