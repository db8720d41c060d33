// group_set (rpc-contract, section 6.8). Durable when answered.
#include <fmt/format.h>

#include <utility>
#include <vector>

#include "config/settings_access.h"
#include "core/base/limits.h"
#include "rpc/fields/option_field.h"
#include "rpc/methods/all.h"
#include "rpc/setting_arguments.h"

namespace seed::rpc {

namespace {

using Options = config::Table<config::GroupOptions>;

constexpr Parameter name = required(
    {"name", "", ValueType::text, "The group's name; it is made if it is new."}, Need::own_words);

const std::vector<Parameter>& parameters() {
  static const auto rows = [] {
    std::vector<Parameter> out{name};
    for (const auto& row : Options::rows())
      out.push_back({row.rpc, row.legacy == row.rpc ? std::string_view() : row.legacy,
                     type_of(row.kind), row.doc});
    return out;
  }();
  return rows;
}

struct GroupSet {
  struct Plan {
    session::GroupOrder order;
  };
  using Reply = std::monostate;

  static std::expected<Plan, CallError> parse(const Params& params) {
    Plan plan;
    plan.order.name = params.text(name).value_or("");
    if (plan.order.name.find_first_not_of(" \t\r\n") == std::string::npos)
      return refuse(invalid_params, "No group name given");
    std::vector<std::pair<std::size_t, config::SettingValue>> values;
    for (std::size_t place = 0; place < Options::rows().size(); ++place) {
      const auto& row = Options::rows()[place];
      const Json* json = params.find(row.rpc, row.legacy);
      if (json == nullptr) continue;
      const auto value = to_setting(row, *json, params.dialect());
      if (!value) continue;
      auto good = config::checked(row, *value);
      if (!good) return refuse(invalid_params, fmt::format("{}: {}", row.rpc, good.error()));
      values.emplace_back(place, *std::move(good));
    }
    plan.order.adjust = [values = std::move(values)](config::GroupOptions& options) {
      for (const auto& [place, value] : values) {
        const auto set = Options::set(options, place, value);
        static_cast<void>(set);  // checked in parse()
      }
    };
    return plan;
  }
  static void run(LoopSide& loop, session::GroupOrder order, Responder<Reply> responder) {
    loop.session.set_group(std::move(order), answer_to(std::move(responder)));
  }
  static Outcome encode(const Plan&, Reply, Dialect) { return nothing_to_say(); }
};

}  // namespace

const Method group_set =
    make_method<GroupSet>("group_set", "group-set", Scope::admin, Notified::run, parameters(), {},
                          "Makes a bandwidth group or changes it: its limits hold for its torrents "
                          "together. A torrent is "
                          "put into one by its option `group`. Groups cannot be deleted.");

}  // namespace seed::rpc
