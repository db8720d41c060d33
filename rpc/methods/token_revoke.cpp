// token_revoke: a token is refused from now on.
#include <array>
#include <utility>

#include "rpc/methods/all.h"
#include "rpc/methods/token_text.h"

namespace seed::rpc {

namespace {

constexpr Parameter name = required({"name", "", ValueType::text, "The token's name."});
constexpr std::array parameters{name};

struct TokenRevoke {
  struct Plan {
    std::string order;
  };
  using Reply = std::monostate;

  static std::expected<Plan, CallError> parse(const Params& params) {
    return Plan{params.text(name).value_or("")};
  }

  /// What cannot be saved is refused all the same, until the daemon ends; asked again it is tried
  /// again.
  static void run(LoopSide& loop, const std::string& of, Responder<Reply> responder) {
    if (loop.tokens->remove(of) == TokenBook::Removed::no)
      return responder.answer(std::unexpected(session::OrderError{
          session::OrderErrorCode::invalid_params, "name: there is no token of that name"}));
    keep_tokens(loop.session, loop.tokens, answer_to(std::move(responder)));
  }

  static Outcome encode(const Plan&, Reply, Dialect) { return nothing_to_say(); }
};

}  // namespace

const Method token_revoke =
    make_method<TokenRevoke>("token_revoke", "token-revoke", Scope::admin, Notified::run,
                             parameters, {}, "Revokes a token: it is refused from now on.");

}  // namespace seed::rpc
