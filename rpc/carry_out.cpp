#include "rpc/carry_out.h"

#include <fmt/format.h>

#include <utility>

namespace seed::rpc {

Outcome carry_out(const Method& method, const Params& params, const std::function<Outcome()>& call,
                  const Audit& audit) {
  auto error = scope_error(method, params.caller());
  if (!error) error = missing_error(method, params);
  Outcome outcome = error ? Outcome(std::unexpected(*std::move(error))) : call();
  audit.call(method, params, outcome);
  return outcome;
}

std::optional<CallError> missing_error(const Method& method, const Params& params) {
  for (const Parameter& row : method.parameters)
    if (row.need == Need::required && !params.has(row))
      return CallError{invalid_params, fmt::format("{}: missing", row.name), {}, false};
  return std::nullopt;
}

std::optional<CallError> scope_error(const Method& method, const Caller& caller) {
  if (caller.scopes.allow(method.scope)) return std::nullopt;
  return CallError{not_allowed,
                   fmt::format("{} needs the scope {}", method.name, name_of(method.scope)),
                   {},
                   false};
}

}  // namespace seed::rpc
