// LINK: seed::settings seed::config
// Any text as a config file: refused with an error that has a place, or read to settings that print
// and read back the same.
#include <cstdint>
#include <cstdlib>

#include "config/file.h"
#include "config/print.h"
#include "config/settings_access.h"

using namespace seed::config;

namespace {

Settings settings_of(const std::vector<Assignment>& assignments) {
  Settings out;
  out.download_dir = "/downloads";
  for (const auto& assignment : assignments)
    if (!Table<Settings>::set(out, assignment.place, assignment.value)) std::abort();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = parse_file({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!parsed) {
    for (const auto& error : parsed.error())
      if (!error.path.starts_with("fuzz") || error.message.empty()) std::abort();
    return 0;
  }
  Loaded loaded;
  loaded.settings = settings_of(*parsed);
  loaded.origins.fill(Origin::file);
  const auto again = parse_file(print_config(loaded), "fuzz");
  if (!again || settings_of(*again) != loaded.settings) std::abort();
  return 0;
}
