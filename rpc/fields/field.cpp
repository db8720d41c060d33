#include "rpc/fields/field.h"

namespace seed::rpc {

std::string groups_text(std::uint8_t groups) {
  constexpr std::string_view names[] = {"texts",  "trackers",     "peers", "files",
                                        "pieces", "availability", "swarm"};
  std::string out;
  for (std::size_t bit = 0; bit < std::size(names); ++bit) {
    if ((groups >> bit & 1) == 0) continue;
    if (!out.empty()) out += ", ";
    out += names[bit];
  }
  return out.empty() ? "core" : out;
}

session::Groups to_groups(std::uint8_t groups) {
  return {.texts = (groups & Needs::texts) != 0,
          .swarm = (groups & Needs::swarm) != 0,
          .trackers = (groups & Needs::trackers) != 0,
          .peers = (groups & Needs::peers) != 0,
          .files = (groups & Needs::files) != 0,
          .pieces = (groups & Needs::pieces) != 0,
          .availability = (groups & Needs::availability) != 0};
}

}  // namespace seed::rpc
