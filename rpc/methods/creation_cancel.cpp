// creation_cancel: ends the making of a torrent. seedd's own.
#include <array>
#include <utility>
#include <variant>

#include "rpc/methods/all.h"

namespace seed::rpc {

namespace {

constexpr Parameter id{"id", "", ValueType::integer, "What torrent_create has called it.", {},
                       {},   {}, Need::own_words};
constexpr std::array parameters{id};

struct CreationCancel {
  struct Plan {
    session::CreationNumber order = 0;
  };
  using Reply = std::monostate;

  static std::expected<Plan, CallError> parse(const Params& params) {
    const auto number = params.integer(id);
    if (!number || *number < 0) return refuse(invalid_params, "id: not a number");
    return Plan{static_cast<session::CreationNumber>(*number)};
  }
  static Wait waits_for(const Plan&) { return Wait::prompt; }
  static void run(LoopSide& loop, session::CreationNumber number, Responder<Reply> responder) {
    answer_to(std::move(responder))(loop.session.cancel_creation(number));
  }
  static Outcome encode(const Plan&, Reply, Dialect) { return nothing_to_say(); }
};

}  // namespace

const Method creation_cancel = make_method<CreationCancel>(
    "creation_cancel", "creation-cancel", Scope::admin, Notified::run, parameters, {},
    "Ends the making of a torrent: it is cancelled when what is read for it has been. One that "
    "has ended stays as it is.");

}  // namespace seed::rpc
