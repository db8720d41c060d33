// LINK: seed::settings
// Lines of name=text into the options of a torrent, as the store and the command line have them:
// refused, or set to a value that reads back the same.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/settings_access.h"

using namespace seed::config;

namespace {

void try_line(TorrentOptions& options, std::string_view name, std::string_view text) {
  const TorrentOptions before = options;
  const auto done = set_from_text(options, name, text);
  if (!done) {
    if (done.error().message.empty() || options != before) std::abort();
    return;
  }
  const auto value = get(options, name);
  TorrentOptions copy = options;
  if (!value || !set_from_text(copy, name, to_text(*value)) || copy != options) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  TorrentOptions options;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const auto equals = line.find('=');
    if (equals != line.npos) try_line(options, line.substr(0, equals), line.substr(equals + 1));
  }
  return 0;
}
