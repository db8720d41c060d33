// Which marked branches (SEED_MARK) this process has reached, for tests that must hit every one.
// Empty unless built with SEED_MARKS.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/base/check.h"

namespace seed::test {

inline std::vector<std::string> marks_reached() {
  std::vector<std::string> out;
#ifdef SEED_MARKS
  for (std::size_t row = 0; const char* name = mark_name(row); ++row) out.emplace_back(name);
#endif
  return out;
}

}  // namespace seed::test
