// The route that carries RPC calls: the request's body to the calls, and what they say to an
// answer.
#pragma once

#include <functional>
#include <string_view>

#include "rpc/caller.h"
#include "rpc/http/exchange.h"
#include "rpc/json_rpc.h"

namespace seed::rpc {

/// On an HTTP thread: answers the body of a request.
using Answering = std::function<RpcAnswer(std::string_view body, const Caller& caller)>;

HttpAnswer serve_call(HttpExchange& exchange, const Caller& caller, const Answering& answering);

}  // namespace seed::rpc
