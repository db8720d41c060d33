// AnswerAlone: a method that is answered from its arguments, without the loop.
#pragma once

#include "rpc/method.h"

namespace seed::rpc {

template <Outcome (*Answer)(const Params&)>
constexpr Method make_answer(std::string_view name, std::string_view legacy, Scope scope,
                             Notified notified, std::span<const Parameter> parameters,
                             std::span<const Parameter> results, std::string_view doc,
                             std::span<const session::OrderErrorCode> errors = {}) {
  return {name,
          legacy,
          scope,
          notified,
          parameters,
          results,
          doc,
          errors,
          [](const Params& params, CallContext) { return Answer(params); },
          [](const Params& params) -> std::optional<CallError> {
            auto outcome = Answer(params);
            if (outcome) return std::nullopt;
            return std::move(outcome).error();
          }};
}

}  // namespace seed::rpc
