// What the statuses of HTTP are called (RFC 9110, section 15; RFC 6585).
#pragma once

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace seed {

/// "" for one that nobody here answers with or is likely to be answered with.
inline std::string_view reason_of(int status) {
  static constexpr std::array<std::pair<int, std::string_view>, 22> reasons{
      {{200, "OK"},
       {204, "No Content"},
       {301, "Moved Permanently"},
       {304, "Not Modified"},
       {400, "Bad Request"},
       {401, "Unauthorized"},
       {403, "Forbidden"},
       {404, "Not Found"},
       {405, "Method Not Allowed"},
       {409, "Conflict"},
       {410, "Gone"},
       {413, "Payload Too Large"},
       {414, "URI Too Long"},
       {416, "Range Not Satisfiable"},
       {421, "Misdirected Request"},
       {429, "Too Many Requests"},
       {431, "Request Header Fields Too Large"},
       {500, "Internal Server Error"},
       {501, "Not Implemented"},
       {502, "Bad Gateway"},
       {503, "Service Unavailable"},
       {504, "Gateway Timeout"}}};
  const auto* found = std::ranges::find(reasons, status, &std::pair<int, std::string_view>::first);
  return found == reasons.end() ? "" : found->second;
}

}  // namespace seed
