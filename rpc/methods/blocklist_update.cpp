// blocklist_update (rpc-contract, section 6.8).
#include <array>
#include <variant>

#include "rpc/json_writer.h"
#include "rpc/methods/all.h"

namespace seed::rpc {

namespace {

constexpr Parameter blocklist_size{"blocklist_size", "blocklist-size", ValueType::integer,
                                   "Rules of the blocklist now."};
constexpr std::array results{blocklist_size};
constexpr std::array errors{session::OrderErrorCode::system_error,
                            session::OrderErrorCode::http_error,
                            session::OrderErrorCode::no_blocklist_rules};

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
    out.key(spelt(blocklist_size.name, blocklist_size.legacy, dialect));
    out.integer(reply.rules);
    out.end_object();
    return out.take();
  }
};

}  // namespace

const Method blocklist_update = make_method<BlocklistUpdate>(
    "blocklist_update", "blocklist-update", Scope::admin, Notified::run, {}, results,
    "Fetches the blocklist from blocklist_url, and uses it when it has a rule.", errors);

}  // namespace seed::rpc
