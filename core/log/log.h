// Log: owns the sink and hands out loggers. main() makes one and passes loggers down; there is no
// global one. Outlives every logger that it gave.
#pragma once

#include <cstddef>
#include <string_view>

#include "core/log/line.h"
#include "core/log/logger.h"
#include "core/log/sink.h"

namespace seed::log {

struct LogOptions {
  Level level = Level::info;
  Format format = Format::text;
  bool journal = false;  ///< see LineStyle; is_journal() tells
  int fd = 2;            ///< stays the caller's
};

class Log {
 public:
  explicit Log(LogOptions options = {});

  Logger logger(std::string_view name) const;
  /// For all its loggers, from now on.
  void set_level(Level level) { sink_.set_level(level); }
  /// Lines lost because the writer could not keep up: a metric.
  std::size_t lost() const { return sink_.lost(); }

 private:
  Sink sink_;
};

/// Whether `fd` is the stream to the journal that systemd names in $JOURNAL_STREAM
/// ("<device>:<inode>", systemd.exec(5)); stderr may have been redirected since.
bool is_journal(int fd, std::string_view journal_stream);

}  // namespace seed::log
