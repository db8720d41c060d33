// The table of all methods of the RPC; each is a constant in a file of rpc/methods/.
#pragma once

#include <span>
#include <string_view>

#include "rpc/dialect.h"
#include "rpc/method.h"

namespace seed::rpc {

std::span<const Method* const> methods();

/// The method of this name; null when there is none. The legacy dialect takes either spelling.
const Method* find_method(std::string_view name, Dialect dialect);

}  // namespace seed::rpc
