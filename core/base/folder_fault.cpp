#include "core/base/folder_fault.h"

#include "core/base/safe_path.h"

namespace seed {

std::optional<std::string> folder_fault(std::string_view folder) {
  if (!folder.starts_with('/')) return "is not absolute";
  const auto root = SafePath::root(folder);
  if (root) return std::nullopt;
  return "cannot be used: " + root.error().text;
}

}  // namespace seed
