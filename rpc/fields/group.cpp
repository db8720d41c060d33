#include "rpc/fields/group.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "config/group_options.h"
#include "rpc/fields/option_field.h"

namespace seed::rpc {

namespace {

using session::GroupSnapshot;
using Row = Field<GroupSnapshot>;
using enum ValueType;

#define GET(...) [](const GroupSnapshot& g, JsonWriter& out, Dialect) { __VA_ARGS__; }

// clang-format off
/// Besides the name what transmission-remote looks for in its list of groups, which nobody else has
/// (rpc-contract, section 9).
constexpr std::array fact_table{
    Row{"name", "", text, "", Needs::core, "The group's name.", GET(out.text(g.name))},
    Row{"download_limit", "", integer, "kB/s", Needs::core, "Same as speed_limit_down.", GET(out.integer(g.options.speed_limit_down))},
    Row{"download_limited", "", boolean, "", Needs::core, "Same as speed_limit_down_enabled.", GET(out.boolean(g.options.speed_limit_down_enabled))},
    Row{"upload_limit", "", integer, "kB/s", Needs::core, "Same as speed_limit_up.", GET(out.integer(g.options.speed_limit_up))},
    Row{"upload_limited", "", boolean, "", Needs::core, "Same as speed_limit_up_enabled.", GET(out.boolean(g.options.speed_limit_up_enabled))},
};
// clang-format on

#undef GET

constexpr auto table = std::apply(
    [](const auto&... row) {
      std::array<Row, fact_table.size() + sizeof...(row)> out{};
      std::copy(fact_table.begin(), fact_table.end(), out.begin());
      std::size_t at = fact_table.size();
      ((out[at++] = option_field<&GroupSnapshot::options>(row, Needs::core)), ...);
      return out;
    },
    config::group_option_rows);

}  // namespace

std::span<const Row> group_fields() { return table; }

}  // namespace seed::rpc
