#include "rpc/call_route.h"

#include <utility>

#include "rpc/http/pages.h"
#include "rpc/json_text.h"

namespace seed::rpc {

namespace {

constexpr std::string_view json_type = "application/json; charset=UTF-8";

}  // namespace

HttpAnswer serve_call(HttpExchange& exchange, const Caller& caller, const Answering& answering) {
  const auto body = exchange.read_body();
  if (!body) return refuse_body(body.error());
  if (!exchange.make_room_for_tree(json_tree_bytes(*body))) return refuse_body(BodyFault::no_room);
  RpcAnswer said = answering(*body, caller);
  HttpAnswer out;
  out.status = said.status;
  if (said.body.empty()) return out;
  out.content_type = json_type;
  out.body = std::move(said.body);
  pack(out, exchange);
  return out;
}

}  // namespace seed::rpc
