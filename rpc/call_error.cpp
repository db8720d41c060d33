#include "rpc/call_error.h"

#include <utility>

namespace seed::rpc {

std::string_view message_of(int code) {
  switch (code) {
    case parse_error:
      return "Parse error";
    case invalid_request:
      return "Invalid Request";
    case method_not_found:
      return "Method not found";
    case invalid_params:
      return "Invalid params";
    case 1:
      return "error setting announce list";
    case 2:
      return "Invalid tracker list";
    case 3:
      return "path is not absolute";
    case 4:
      return "unrecognized info";
    case 5:
      return "system error";
    case 6:
      return "file index out of range";
    case 7:
      return "piece index out of range";
    case 8:
      return "HTTP error from backend service";
    case 9:
      return "invalid or corrupt torrent file";
    case 10:
      return "couldn't parse any valid blocklist rules";
    case not_allowed:
      return "not allowed";
    case static_cast<int>(session::OrderErrorCode::dht_failed):
      return "the DHT does not answer";
    case static_cast<int>(session::OrderErrorCode::not_in_dht):
      return "not in the DHT";
    case static_cast<int>(session::OrderErrorCode::newer_in_dht):
      return "a newer item is in the DHT";
    default:
      return "Internal error";
  }
}

CallError from_order(session::OrderError error) {
  return {static_cast<int>(error.code), std::move(error.text), {}, false};
}

}  // namespace seed::rpc
