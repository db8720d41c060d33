#include "core/log/sink.h"

#include <poll.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/sink.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>

namespace seed::log {
namespace {

/// Lines; at some 400 octets each this is the memory one Log takes.
constexpr std::size_t queue_max = 8192;
/// How long a descriptor that takes no more may hold up the writer, per line.
constexpr int full_wait_ms = 100;

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::trace:
      return spdlog::level::trace;
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warn:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
    case Level::off:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

Level from_spdlog(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
      return Level::trace;
    case spdlog::level::debug:
      return Level::debug;
    case spdlog::level::info:
      return Level::info;
    case spdlog::level::warn:
      return Level::warn;
    default:
      return Level::error;
  }
}

/// The end of the queue. Used by the writer thread alone, so it needs no lock.
class DescriptorSink final : public spdlog::sinks::sink {
 public:
  DescriptorSink(LineStyle style, int fd) : style_(style), fd_(fd) {}

  void log(const spdlog::details::log_msg& message) override {
    std::string line = line_head(style_, from_spdlog(message.level), message.time);
    line.append(message.payload.data(), message.payload.size());
    line += '\n';
    write_all(line);
  }
  void flush() override {}
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

 private:
  /// Writes all of `text`, or gives up: a log that cannot be written has nowhere to say so. A
  /// descriptor that was full is not waited for again until it has taken something.
  void write_all(std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = ::write(fd_, text.data(), text.size());
      if (count >= 0) {
        stuck_ = false;
        text.remove_prefix(static_cast<std::size_t>(count));
      } else if (errno == EAGAIN) {
        pollfd waiting{fd_, POLLOUT, 0};
        if (stuck_ || ::poll(&waiting, 1, full_wait_ms) <= 0) {
          stuck_ = true;
          return;
        }
      } else if (errno != EINTR) {
        return;
      }
    }
  }

  const LineStyle style_;
  const int fd_;
  bool stuck_ = false;
};

/// Signals are the loop's.
void block_signals() {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

}  // namespace

struct Sink::Writer {
  Writer(LineStyle style, int fd)
      : thread(std::make_shared<spdlog::details::thread_pool>(queue_max, 1, block_signals)),
        logger(std::make_shared<spdlog::async_logger>(
            "seedd", std::make_shared<DescriptorSink>(style, fd), thread,
            spdlog::async_overflow_policy::overrun_oldest)) {
    logger->set_level(spdlog::level::trace);
    logger->flush_on(spdlog::level::err);
  }

  /// The thread goes first: its end writes what is queued and is joined, so that the logger and its
  /// sink die here and not on the thread.
  ~Writer() { thread.reset(); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // spdlog wants shared pointers; nobody else keeps these.
  std::shared_ptr<spdlog::details::thread_pool> thread;
  std::shared_ptr<spdlog::async_logger> logger;
};

Sink::Sink(LineStyle style, Level level, int fd)
    : style_(style), level_(level), writer_(std::make_unique<Writer>(style, fd)) {}

Sink::~Sink() = default;

void Sink::write(Level level, std::string_view name, std::string_view message,
                 std::initializer_list<Field> fields) const {
  const std::string body = line_body(style_.format, name, message, fields);
  writer_->logger->log(to_spdlog(level), spdlog::string_view_t(body.data(), body.size()));
}

std::size_t Sink::lost() const { return writer_->thread->overrun_counter(); }

}  // namespace seed::log
