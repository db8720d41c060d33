// settings_reset: drops what RPC has saved, so that file, environment and command line hold again.
// Durable when answered, and in force.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/settings_access.h"
#include "rpc/methods/all.h"
#include "rpc/methods/list_bounds.h"
#include "rpc/methods/setting_report.h"

namespace seed::rpc {

namespace {

using Table = config::Table<config::Settings>;

constexpr Parameter names =
    required({"names", "", ValueType::texts, "Names of settings, one at least."});
constexpr std::array parameters{names};

struct SettingsReset {
  struct Order {
    std::vector<std::string> names;  ///< with those that follow them
  };
  struct Plan {
    Order order;
    std::vector<std::size_t> places;
  };
  using Reply = config::Loaded;

  static std::expected<Plan, CallError> parse(const Params& params) {
    const auto asked = params.texts(names).value_or(std::vector<std::string>());
    if (asked.empty()) return refuse(invalid_params, "names: one at least");
    if (auto error = too_long(names, asked)) return std::unexpected(*std::move(error));
    auto places = find_settings(asked);
    if (!places) return std::unexpected(std::move(places).error());
    Plan plan{{}, *std::move(places)};
    for (const std::size_t place : plan.places)
      for (const std::string_view name : config::settings_together(Table::rows()[place].name))
        if (std::ranges::find(plan.order.names, name) == plan.order.names.end())
          plan.order.names.emplace_back(name);
    return plan;
  }

  static void run(LoopSide& loop, Order order, Responder<Reply> responder) {
    std::vector<std::pair<std::string, std::optional<std::string>>> changes;
    for (const std::string& name : order.names) changes.emplace_back(name, std::nullopt);
    loop.session.save_settings(
        std::move(changes), [&loop, order = std::move(order), responder = std::move(responder)](
                                session::OrderResult<void> saved) mutable {
          if (!saved) return responder.answer(std::unexpected(std::move(saved).error()));
          take_back(loop, order.names);
          responder.answer(loop.in_force());
        });
  }

  /// What else the session has been told, such as by the turtle's schedule, stays.
  static void take_back(LoopSide& loop, const std::vector<std::string>& reset) {
    const config::Loaded others = loop.forget(reset);
    config::Settings after = loop.session.settings();
    std::optional<bool> port_was_set;
    for (const std::string& name : reset) {
      const auto place = Table::find(name);
      if (!place) continue;
      const auto set = Table::set(after, *place, Table::get(others.settings, *place));
      static_cast<void>(set);  // load() has checked it
      if (name == "peer_port") port_was_set = others.origins[*place] != config::Origin::initial;
    }
    loop.session.reconfigure(after, port_was_set);
    loop.settings_changed({}, after);
  }

  static Outcome encode(const Plan& plan, const Reply& reply, Dialect dialect) {
    return encode_settings(reply, plan.places, dialect);
  }
};

}  // namespace

const Method settings_reset = make_method<SettingsReset>(
    "settings_reset", "settings-reset", Scope::admin, Notified::run, parameters, setting_results,
    "Drops what session_set has saved of these settings: what the command line, the environment or "
    "the file says holds at once. Answers as settings_get does.");

}  // namespace seed::rpc
