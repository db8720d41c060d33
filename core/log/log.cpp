#include "core/log/log.h"

#include <fmt/format.h>
#include <sys/stat.h>

namespace seed::log {

Log::Log(LogOptions options)
    : sink_({options.format, options.journal}, options.level, options.fd) {}

Logger Log::logger(std::string_view name) const { return {&sink_, std::string(name)}; }

bool is_journal(int fd, std::string_view journal_stream) {
  struct stat there{};
  if (journal_stream.empty() || ::fstat(fd, &there) != 0) return false;
  return journal_stream == fmt::format("{}:{}", there.st_dev, there.st_ino);
}

}  // namespace seed::log
