// settings_get: the settings in force and who said each. seedd's own; session_get is the
// contract's.
#include <array>
#include <numeric>
#include <utility>
#include <variant>
#include <vector>

#include "config/settings_access.h"
#include "rpc/methods/all.h"
#include "rpc/methods/list_bounds.h"
#include "rpc/methods/setting_report.h"

namespace seed::rpc {

namespace {

constexpr Parameter names{"names", "", ValueType::texts,
                          "Names of settings; all of them when left out."};
constexpr std::array parameters{names};

struct SettingsGet {
  struct Plan {
    std::monostate order;
    std::vector<std::size_t> places;
    bool kept_to_labels = false;  ///< the caller is
  };
  using Reply = config::Loaded;

  static std::expected<Plan, CallError> parse(const Params& params) {
    Plan plan;
    plan.kept_to_labels = !params.caller().labels.empty();
    const auto asked = params.texts(names);
    if (!asked) {
      plan.places.resize(config::Table<config::Settings>::rows().size());
      std::iota(plan.places.begin(), plan.places.end(), std::size_t{0});
      return plan;
    }
    if (auto error = too_long(names, *asked)) return std::unexpected(*std::move(error));
    auto places = find_settings(*asked);
    if (!places) return std::unexpected(std::move(places).error());
    plan.places = *std::move(places);
    return plan;
  }

  static Wait waits_for(const Plan&) { return Wait::prompt; }
  static void run(LoopSide& loop, std::monostate, Responder<Reply> responder) {
    responder.answer(loop.in_force());
  }
  static Outcome encode(const Plan& plan, const Reply& reply, Dialect dialect) {
    return encode_settings(reply, plan.places, dialect, plan.kept_to_labels);
  }
};

}  // namespace

const Method settings_get =
    make_method<SettingsGet>("settings_get", "settings-get", Scope::read, Notified::ignored,
                             parameters, setting_results, "Settings, and who said each.");

}  // namespace seed::rpc
