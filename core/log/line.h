// Line: one log line as text or JSON, in two parts. What the caller knows is written on the
// caller's thread, where the views are still good; time and level are put in front by the writer.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "core/log/field.h"
#include "core/log/level.h"

namespace seed::log {

/// text: `2026-11-21T03:30:00.123Z info  tracker: announce failed host=tracker.example tries=3`
/// json: `{"time":"...","level":"info","name":"tracker","message":"announce failed","tries":3}`
enum class Format : std::uint8_t { text, json };

/// How lines look; fixed for the life of a Log.
struct LineStyle {
  Format format = Format::text;
  /// For systemd-journald: "<6>" in front (sd-daemon(3)), and in text no time and no level, which
  /// the journal keeps itself.
  bool journal = false;
};

/// All behind time and level, without the line's end.
std::string line_body(Format format, std::string_view name, std::string_view message,
                      std::initializer_list<Field> fields);
/// All in front of the body.
std::string line_head(LineStyle style, Level level, std::chrono::system_clock::time_point when);

}  // namespace seed::log
