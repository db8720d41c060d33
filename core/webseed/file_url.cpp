#include "core/webseed/file_url.h"

#include <utility>

#include "core/base/url.h"

namespace seed::webseed {

std::string file_url(std::string_view seed, const metainfo::Metainfo& metainfo,
                     const metainfo::OriginalPaths& paths, FileIndex file) {
  std::string out(seed);
  if (!metainfo.is_multi_file && !out.ends_with('/')) return out;
  if (!out.ends_with('/')) out += '/';
  bool first = true;
  for (const std::string& component : paths.components(file)) {
    if (!std::exchange(first, false)) out += '/';
    out += percent_encode(component);
  }
  return out;
}

}  // namespace seed::webseed
