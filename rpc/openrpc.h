// OpenRPC: the schema as tools for JSON-RPC read it: an OpenRPC 1.2.6 document.
//
// Made from what schema() tells of the tables, so that a new method, field or setting is in it at
// once. Names are those of the modern dialect; `x-legacy` has the older ones, `x-scope` says who
// may call, `x-unit` the unit.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace seed::rpc {

/// `schema`: what schema() makes.
nlohmann::json openrpc(const nlohmann::json& schema);

}  // namespace seed::rpc
