// session_close (rpc-contract, section 6.8): answers, then the daemon ends.
#include <utility>

#include "rpc/methods/all.h"

namespace seed::rpc {

namespace {

struct SessionClose {
  struct Plan {
    std::monostate order;
  };
  using Reply = std::monostate;

  static std::expected<Plan, CallError> parse(const Params&) { return Plan{}; }
  static Wait waits_for(const Plan&) { return Wait::prompt; }
  static void run(LoopSide& loop, std::monostate, Responder<Reply> responder) {
    responder.answer(std::monostate());
    if (loop.close_daemon) loop.close_daemon();
  }
  static Outcome encode(const Plan&, Reply, Dialect) { return nothing_to_say(); }
};

}  // namespace

const Method session_close = make_method<SessionClose>(
    "session_close", "session-close", Scope::admin, Notified::run, {}, {}, "Ends the daemon.");

}  // namespace seed::rpc
