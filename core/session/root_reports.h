// Root reports: what is told of the folders that torrents have their data in, which may be as many
// as there are torrents. Bounds: limits::roots_told_max by name, limits::troubles_told_max in
// words.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/limits.h"
#include "core/base/result.h"
#include "core/session/snapshot.h"

namespace seed::session {

/// Why each cannot be used, if so.
using FoundRoots = std::map<std::string, std::optional<Fault>>;

/// The first by name; beyond the bound one for all others, which are there when all of them are.
inline std::vector<RootFacts> root_facts(const FoundRoots& found) {
  std::vector<RootFacts> out;
  for (const auto& [path, fault] : found) {
    if (out.size() <= limits::roots_told_max)
      out.push_back({out.size() < limits::roots_told_max ? path : "other", "", {}});
    if (fault) out.back().fault = fault->text;
  }
  return out;
}

/// Of those that cannot be used.
inline void add_missing_roots(const FoundRoots& found, std::vector<Trouble>& out) {
  std::size_t more = 0;
  for (const auto& [path, fault] : found) {
    if (!fault) continue;
    if (out.size() < limits::troubles_told_max)
      out.push_back({"root_missing", fault->text});
    else
      ++more;
  }
  if (more > 0) out.push_back({"root_missing", fmt::format("and {} more folders", more)});
}

}  // namespace seed::session
