// Dialect: which of the two languages of the RPC a call speaks (rpc-contract, section 2).
#pragma once

#include <cstdint>
#include <string_view>

namespace seed::rpc {

enum class Dialect : std::uint8_t {
  modern,  ///< JSON-RPC 2.0, snake_case
  legacy,  ///< Transmission's older one, kebab-case and camelCase
};

/// The spelling of a name in a dialect; "" as `legacy` means that both are the same.
constexpr std::string_view spelt(std::string_view name, std::string_view legacy, Dialect dialect) {
  return dialect == Dialect::legacy && !legacy.empty() ? legacy : name;
}

}  // namespace seed::rpc
