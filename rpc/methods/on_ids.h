// OnIds: a method that takes `ids` alone and has nothing to say; `Order` gives it to the session.
#pragma once

#include <array>
#include <utility>

#include "rpc/method.h"
#include "rpc/methods/selection.h"

namespace seed::rpc {

using IdsOrder = void (*)(session::Session&, const session::Selection&, session::OrderAnswer<void>);

inline constexpr std::array ids_alone{ids_parameter};

template <IdsOrder Order>
struct OnIds {
  struct Plan {
    session::Selection order;
  };
  using Reply = std::monostate;

  static std::expected<Plan, CallError> parse(const Params& params) {
    return Plan{parse_ids(params).selection};
  }
  static void run(LoopSide& loop, const session::Selection& which, Responder<Reply> responder) {
    Order(loop.session, which, answer_to(std::move(responder)));
  }
  static Outcome encode(const Plan&, Reply, Dialect) { return nothing_to_say(); }
};

}  // namespace seed::rpc
