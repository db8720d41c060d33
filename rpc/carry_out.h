// carry_out: one call of a method, if its caller may make it, with its line in the audit.
#pragma once

#include <functional>
#include <optional>

#include "rpc/audit.h"
#include "rpc/method.h"

namespace seed::rpc {

/// `call` is asked for the outcome if the caller may call the method, and else not at all.
Outcome carry_out(const Method& method, const Params& params, const std::function<Outcome()>& call,
                  const Audit& audit);

/// What is required and not there, as the error says it.
std::optional<CallError> missing_error(const Method& method, const Params& params);

/// Why the caller may not call the method, if so.
std::optional<CallError> scope_error(const Method& method, const Caller& caller);

}  // namespace seed::rpc
