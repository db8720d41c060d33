// The query of a request's target: "a=1&b=two%20words" (URL Standard, "application/x-www-form-
// urlencoded parsing").
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace seed::rpc {

/// The value of the first parameter of that name, decoded; "" when it has no =. Nothing when it is
/// absent. What is no valid escape stays as it is.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

}  // namespace seed::rpc
