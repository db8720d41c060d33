// token_list: the bearer tokens, without their texts, which nobody has.
#include <array>
#include <utility>
#include <vector>

#include "rpc/methods/all.h"
#include "rpc/methods/token_text.h"

namespace seed::rpc {

namespace {

constexpr Parameter last_used{"last_used_date", "", ValueType::integer,
                              "When it was last used, in Unix seconds; 0 for never."};
constexpr std::array members{token_members[0], token_members[1], token_members[2],
                             token_members[3], token_members[4], last_used};
constexpr Parameter tokens{"tokens", "", ValueType::objects, "The tokens.", {}, {}, members};
constexpr std::array results{tokens};

struct TokenList {
  struct Plan {
    std::monostate order;
  };
  using Reply = std::vector<Token>;

  static std::expected<Plan, CallError> parse(const Params&) { return Plan{}; }
  static Wait waits_for(const Plan&) { return Wait::prompt; }
  static void run(LoopSide& loop, std::monostate, Responder<Reply> responder) {
    Reply reply = loop.tokens->all();
    std::erase_if(reply, [](const Token& token) { return !token.counts; });
    responder.answer(std::move(reply));
  }

  static Outcome encode(const Plan&, const Reply& reply, Dialect) {
    JsonWriter out;
    out.begin_object();
    out.key("tokens");
    out.begin_array();
    for (const Token& token : reply) {
      out.begin_object();
      write_token(out, token);
      out.key("last_used_date");
      out.integer(unix_seconds(token.last_used));
      out.end_object();
    }
    out.end_array();
    out.end_object();
    return out.take();
  }
};

}  // namespace

const Method token_list =
    make_method<TokenList>("token_list", "token-list", Scope::admin, Notified::ignored, {}, results,
                           "The tokens, without their texts, which nobody has.");

}  // namespace seed::rpc
