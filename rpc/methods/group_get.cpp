// group_get (rpc-contract, section 6.8).
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rpc/fields/group.h"
#include "rpc/methods/all.h"

namespace seed::rpc {

namespace {

constexpr Parameter name{"name", "", ValueType::any,
                         "A group's name or a list of them; all when left out."};
constexpr std::array parameters{name};
constexpr Parameter group{"group", "", ValueType::objects, "The groups; unknown names give none."};
constexpr std::array results{group};

struct GroupGet {
  struct Order {
    std::vector<std::string> only_labels;  ///< not empty: groups of torrents with one of these
  };
  struct Plan {
    Order order;
    std::optional<std::vector<std::string>> names;
  };
  using Reply = std::vector<session::GroupSnapshot>;

  static std::expected<Plan, CallError> parse(const Params& params) {
    Plan plan;
    plan.order.only_labels = params.caller().labels;
    if (auto one = params.text(name))
      plan.names = {*std::move(one)};
    else
      plan.names = params.texts(name);
    return plan;
  }
  static Wait waits_for(const Plan&) { return Wait::prompt; }
  static void run(LoopSide& loop, const Order& order, Responder<Reply> responder) {
    responder.answer(loop.session.groups(order.only_labels));
  }
  static Outcome encode(const Plan& plan, const Reply& reply, Dialect dialect) {
    const auto columns = Columns<session::GroupSnapshot>::all(group_fields(), dialect);
    JsonWriter out;
    out.begin_object();
    out.key(group.name);
    out.begin_array();
    for (const auto& one : reply)
      if (!plan.names || std::ranges::count(*plan.names, one.name) > 0)
        columns.write_object(one, out);
    out.end_array();
    out.end_object();
    return out.take();
  }
};

}  // namespace

const Method group_get =
    make_method<GroupGet>("group_get", "group-get", Scope::read, Notified::ignored, parameters,
                          results, "Bandwidth groups, by their names.");

}  // namespace seed::rpc
