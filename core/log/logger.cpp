#include "core/log/logger.h"

#include "core/log/sink.h"

namespace seed::log {

bool Logger::enabled(Level level) const {
  return sink_ != nullptr && (unfiltered_ || sink_->enabled(level));
}

Logger Logger::unfiltered() const {
  Logger out = *this;
  out.unfiltered_ = true;
  return out;
}

Logger Logger::child(std::string_view name) const {
  std::string full = name_;
  if (!full.empty()) full += '.';
  full += name;
  Logger out(sink_, std::move(full));
  out.unfiltered_ = unfiltered_;
  return out;
}

void Logger::write(Level level, std::string_view message,
                   std::initializer_list<Field> fields) const {
  if (enabled(level)) sink_->write(level, name_, message, fields);
}

}  // namespace seed::log
