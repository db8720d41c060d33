// Sink: where the lines of one Log go: a bounded queue and one thread that writes to a descriptor.
//
// The queue holds 8192 lines; a writer that cannot keep up loses the oldest, never the caller's
// time. Safe to use from every thread. Each line is one write(2), so nothing waits in a buffer.
#pragma once

#include <atomic>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string_view>

#include "core/log/field.h"
#include "core/log/level.h"
#include "core/log/line.h"

namespace seed::log {

class Sink {
 public:
  /// Starts the thread. `fd` stays the caller's and must outlive the sink.
  Sink(LineStyle style, Level level, int fd);
  /// Writes what is queued and stops the thread.
  ~Sink();
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  bool enabled(Level level) const {
    return level != Level::off && level >= level_.load(std::memory_order_relaxed);
  }
  void set_level(Level level) { level_.store(level, std::memory_order_relaxed); }
  /// Queues one line, whatever its level.
  void write(Level level, std::string_view name, std::string_view message,
             std::initializer_list<Field> fields) const;
  /// Lines lost to a full queue so far.
  std::size_t lost() const;

 private:
  struct Writer;
  const LineStyle style_;
  std::atomic<Level> level_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace seed::log
