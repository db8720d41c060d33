// Logger: a name and the sink that its lines go to. A value, cheap to copy; a default one is
// silent.
//
//   logger.info("announce failed", {{"host", host}, {"error", fault.text}, {"tries", 3}});
//
// The message is fixed text of ours; what comes from outside goes into fields, where it is escaped
// and cut (core/log/escape.h). The Log that made a logger outlives it. Safe from every thread.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "core/log/field.h"
#include "core/log/level.h"

namespace seed::log {

class Sink;

class Logger {
 public:
  Logger() = default;
  Logger(const Sink* sink, std::string name) : sink_(sink), name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  /// Whether a line of that level would be written; for what is costly to gather.
  bool enabled(Level level) const;
  /// A logger named "<this name>.<name>", or "<name>" when this one has none.
  Logger child(std::string_view name) const;

  /// The same logger, but its lines are written whatever the sink's level: for those that nobody
  /// may switch off by asking for less.
  Logger unfiltered() const;

  void write(Level level, std::string_view message, std::initializer_list<Field> fields = {}) const;
  void trace(std::string_view message, std::initializer_list<Field> fields = {}) const {
    write(Level::trace, message, fields);
  }
  void debug(std::string_view message, std::initializer_list<Field> fields = {}) const {
    write(Level::debug, message, fields);
  }
  void info(std::string_view message, std::initializer_list<Field> fields = {}) const {
    write(Level::info, message, fields);
  }
  void warn(std::string_view message, std::initializer_list<Field> fields = {}) const {
    write(Level::warn, message, fields);
  }
  void error(std::string_view message, std::initializer_list<Field> fields = {}) const {
    write(Level::error, message, fields);
  }

 private:
  const Sink* sink_ = nullptr;
  std::string name_;
  bool unfiltered_ = false;
};

}  // namespace seed::log
