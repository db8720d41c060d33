// session_get (rpc-contract, section 6.6). Never waits for a disk: the free space is what was last
// measured, and each call has it measured anew.
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "rpc/fields/session.h"
#include "rpc/methods/all.h"
#include "rpc/methods/free_space_memory.h"
#include "rpc/methods/list_bounds.h"
#include "rpc/methods/setting_report.h"

namespace seed::rpc {

namespace {

constexpr Parameter fields{"fields", "", ValueType::texts,
                           "Names of the keys; all of them when left out."};
constexpr std::array parameters{fields};
constexpr Parameter session{"", "", ValueType::object, "The keys asked for.", {}, "session"};
constexpr std::array results{session};

struct SessionGet {
  /// Whether the caller is kept to labels, and told nothing of what may hold keys or belongs to
  /// the owner.
  struct Order {
    bool kept_short = false;
  };
  struct Plan {
    Order order;
    std::vector<std::string> names;
  };
  using Reply = SessionSnapshot;

  static std::expected<Plan, CallError> parse(const Params& params) {
    Plan plan;
    plan.order.kept_short = !params.caller().labels.empty();
    plan.names = params.texts(fields).value_or(std::vector<std::string>());
    if (auto error = too_long(fields, plan.names)) return std::unexpected(*std::move(error));
    return plan;
  }

  static Wait waits_for(const Plan&) { return Wait::prompt; }
  static void run(LoopSide& loop, const Order& order, Responder<Reply> responder) {
    remember_free_space(loop);
    // The keys stay, for clients that cannot do without one.
    config::Settings settings = loop.session.settings();
    if (order.kept_short) settings = without_owners(std::move(settings));
    responder.answer(SessionSnapshot{
        settings, loop.session.facts(), loop.version, loop.seedd_version, loop.session_id,
        loop.free_space->dir == settings.download_dir ? loop.free_space->bytes : -1});
  }

  static Outcome encode(const Plan& plan, const Reply& reply, Dialect dialect) {
    return encode_session(reply, plan.names, dialect);
  }
};

}  // namespace

const Method session_get =
    make_method<SessionGet>("session_get", "session-get", Scope::read, Notified::ignored,
                            parameters, results, "Settings of the daemon and facts about it.");

}  // namespace seed::rpc
