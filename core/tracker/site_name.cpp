#include "core/tracker/site_name.h"

#include <algorithm>
#include <array>

#include "core/base/endpoint.h"

namespace seed::tracker {
namespace {

/// Labels that stand in front of a country's and mean nothing by themselves: "co.uk", "com.br".
bool is_second_level(std::string_view label) {
  static constexpr std::array<std::string_view, 10> known = {"ac",  "co",  "com", "edu", "gov",
                                                             "net", "org", "or",  "ne",  "gob"};
  return std::ranges::find(known, label) != known.end();
}

/// Takes the last label off `rest`.
std::string_view take_label(std::string_view& rest) {
  const auto dot = rest.rfind('.');
  const auto label = dot == std::string_view::npos ? rest : rest.substr(dot + 1);
  rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(0, dot);
  return label;
}

}  // namespace

std::string site_name(std::string_view host) {
  if (IpAddress::parse(host)) return std::string(host);
  while (host.ends_with('.')) host.remove_suffix(1);
  std::string_view rest = host;
  const auto top = take_label(rest);
  if (rest.empty()) return std::string(top);
  const auto second = take_label(rest);
  if (rest.empty() || top.size() != 2 || !is_second_level(second)) return std::string(second);
  return std::string(take_label(rest));
}

}  // namespace seed::tracker
