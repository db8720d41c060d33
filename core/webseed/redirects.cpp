#include "core/webseed/redirects.h"

#include <algorithm>

namespace seed::webseed {

void Redirects::learn(FileIndex file, std::string_view asked, std::string_view final, Instant now) {
  if (final.empty() || final == asked || final.size() > url_bytes_max) return;
  forget(file);
  if (known_.size() == kept_max) known_.erase(known_.begin());
  known_.push_back({file, std::string(final), later(now, kept_for)});
}

std::string_view Redirects::find(FileIndex file, Instant now) const {
  const auto found = std::ranges::find(known_, file, &Known::file);
  return found == known_.end() || found->until <= now ? std::string_view() : found->url;
}

void Redirects::forget(FileIndex file) {
  std::erase_if(known_, [&](const Known& it) { return it.file == file; });
}

}  // namespace seed::webseed
