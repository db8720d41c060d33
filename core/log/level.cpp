#include "core/log/level.h"

namespace seed::log {

std::string_view name_of(Level level) {
  switch (level) {
    case Level::trace:
      return "trace";
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warn:
      return "warn";
    case Level::error:
      return "error";
    case Level::off:
      return "off";
  }
  return "off";
}

std::optional<Level> parse_level(std::string_view text) {
  for (const auto level :
       {Level::trace, Level::debug, Level::info, Level::warn, Level::error, Level::off})
    if (text == name_of(level)) return level;
  return std::nullopt;
}

}  // namespace seed::log
