// blocklist_update (rpc-contract, section 6.8).
#include <variant>

#include "rpc/json_writer.h"
#include "rpc/methods/all.h"

namespace seed::rpc {

namespace {

struct BlocklistUpdate {
  struct Plan {
    std::monostate order;
  };
  using Reply = session::BlocklistReply;

  static std::expected<Plan, CallError> parse(const Params&) { return Plan(); }

  static Wait waits_for(const Plan&) { return Wait::web; }

  static void run(LoopSide& loop, std::monostate, Responder<Reply> responder) {
    loop.session.update_blocklist(answer_to(std::move(responder)));
  }

  static Outcome encode(const Plan&, const Reply& reply, Dialect dialect) {
    JsonWriter out;
    out.begin_object();
    out.key(spelt("blocklist_size", "blocklist-size", dialect));
    out.integer(reply.rules);
    out.end_object();
    return out.take();
  }
};

}  // namespace

const Method blocklist_update = make_method<BlocklistUpdate>(
    "blocklist_update", "blocklist-update", Scope::admin, Notified::run, {},
    "Fetches the blocklist from blocklist_url, and uses it when it has a rule: `blocklist_size`.");

}  // namespace seed::rpc
