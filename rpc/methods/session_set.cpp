// session_set (rpc-contract, section 6.6). Durable when answered.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "config/settings_access.h"
#include "rpc/methods/all.h"
#include "rpc/setting_arguments.h"

namespace seed::rpc {

namespace {

using config::RowInfo;
using Settings = config::Table<config::Settings>;

/// Names and meanings are those of the settings; the schema lists them.
constexpr Parameter any_setting{
    "", "", ValueType::object, "Settings with their new values.", {}, "session_settings"};
constexpr std::array parameters{any_setting};
constexpr std::array errors{session::OrderErrorCode::path_not_absolute};

std::optional<std::size_t> find_setting(std::string_view key, Dialect dialect) {
  if (dialect == Dialect::legacy)
    if (const auto place = Settings::find_legacy(key)) return place;
  return Settings::find_rpc(key);
}

/// Folders that must be named: "" would be the daemon's own.
bool needs_path(const RowInfo& row) {
  return row.name == "download_dir" || row.name == "incomplete_dir";
}

CallError refused(const RowInfo& row, const std::string& why) {
  const auto rule = row.range.rule;
  if (rule == config::Rule::absolute_path || rule == config::Rule::path_or_empty)
    return {static_cast<int>(session::OrderErrorCode::path_not_absolute),
            why.empty() ? fmt::format("{} is not an absolute path", row.rpc)
                        : fmt::format("{}: {}", row.rpc, why),
            {},
            false};
  if (row.name == "encryption")
    return {invalid_params, R"(must be one of "preferred", "required" or "allowed")", {}, false};
  return {invalid_params, fmt::format("{}: {}", row.rpc, why), {}, false};
}

struct SessionSet {
  struct Order {
    std::vector<std::pair<std::size_t, config::SettingValue>> values;
  };
  struct Plan {
    Order order;
    std::optional<CallError> error;  ///< where it stopped; what came before holds
  };
  using Reply = std::monostate;

  static std::expected<Plan, CallError> parse(const Params& params) {
    Plan plan;
    params.each([&](const std::string& key, const Json& json) {
      if (plan.error) return;
      const auto place = find_setting(key, params.dialect());
      if (!place || !config::is_writable(Settings::rows()[*place])) return;
      const RowInfo& row = Settings::rows()[*place];
      const auto value = to_setting(row, json, params.dialect());
      if (!value) return;
      auto good = config::checked(row, *value);
      if (!good)
        plan.error = refused(row, good.error());
      else if (needs_path(row) && std::get<std::string>(*good).empty())
        plan.error = refused(row, {});
      else
        plan.order.values.emplace_back(*place, *std::move(good));
    });
    if (plan.error && plan.order.values.empty()) return std::unexpected(*std::move(plan.error));
    return plan;
  }

  static void run(LoopSide& loop, const Order& order, Responder<Reply> responder) {
    const config::Settings before = loop.session.settings();
    const config::Settings after = with(before, order);
    config::SavedSettings values = to_save(loop, order, before, after);
    if (values.empty()) return responder.answer(std::monostate());
    std::vector<std::pair<std::string, std::optional<std::string>>> changes(values.begin(),
                                                                            values.end());
    // What cannot be saved does not hold either. Another order may have been carried out meanwhile.
    loop.session.save_settings(std::move(changes), [&loop, order, values = std::move(values),
                                                    answer = answer_to(std::move(responder))](
                                                       session::OrderResult<void> saved) mutable {
      if (saved) {
        const config::Settings now = with(loop.session.settings(), order);
        const bool port = std::ranges::any_of(
            order.values, [](const auto& value) { return is_choice(value.first); });
        loop.session.reconfigure(now, port ? std::optional(true) : std::nullopt);
        loop.settings_changed(values, now);
      }
      answer(std::move(saved));
    });
  }

  /// Here to ask for the initial value is not the same as not to ask: then any free port of a few
  /// will do.
  static bool is_choice(std::size_t place) { return Settings::rows()[place].name == "peer_port"; }

  /// What session_get had *** in comes back as it was: nothing of it was meant to change.
  static bool is_as_shown(std::size_t place, const config::SettingValue& value,
                          const config::Settings& now) {
    const RowInfo& row = Settings::rows()[place];
    if (!config::is_secret(row)) return false;
    const auto before = Settings::get(now, place);
    return std::get<std::string>(value) == config::shown_text(row, std::get<std::string>(before));
  }

  /// What changes, and what is as it should be only until the command line says nothing.
  static config::SavedSettings to_save(const LoopSide& loop, const Order& order,
                                       const config::Settings& before,
                                       const config::Settings& after) {
    std::set<std::size_t> places;
    for (const auto place : Settings::changed(before, after)) places.insert(place);
    for (const auto& [place, value] : order.values)
      if (is_choice(place) || loop.overruled(Settings::rows()[place].name)) places.insert(place);
    config::SavedSettings out;
    for (const auto place : places)
      out.emplace_back(std::string(Settings::rows()[place].name),
                       config::to_text(Settings::get(after, place)));
    return out;
  }

  static config::Settings with(config::Settings settings, const Order& order) {
    for (const auto& [place, value] : order.values) {
      if (is_as_shown(place, value, settings)) continue;
      const auto set = Settings::set(settings, place, value);
      static_cast<void>(set);  // checked in parse()
    }
    return settings;
  }

  static Outcome encode(const Plan& plan, Reply, Dialect) {
    if (plan.error) return std::unexpected(*plan.error);
    return nothing_to_say();
  }
};

}  // namespace

const Method session_set = make_method<SessionSet>(
    "session_set", "session-set", Scope::admin, Notified::run, parameters, {},
    "Changes settings: any that session_get shows and that are not read-only.", errors);

}  // namespace seed::rpc
