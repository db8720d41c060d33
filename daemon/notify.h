// Notify: tells systemd what the service is doing (sd_notify(3)), by its datagram socket.
#pragma once

#include <string>
#include <string_view>

#include "core/base/instant.h"

namespace seed::daemon {

class Notify {
 public:
  /// Reads $NOTIFY_SOCKET and $WATCHDOG_USEC; without them every call does nothing.
  Notify();

  void ready() const { send("READY=1"); }
  /// SIGHUP is being served; the reload protocol wants the monotonic time.
  void reloading() const;
  void stopping() const { send("STOPPING=1"); }
  void status(std::string_view text) const { send("STATUS=" + std::string(text)); }
  void watchdog() const { send("WATCHDOG=1"); }
  /// How often watchdog() should be called: half of what systemd allows; `Duration::max()`: never.
  Duration watchdog_interval() const { return interval_; }

 private:
  void send(std::string_view message) const;

  std::string socket_;
  Duration interval_ = Duration::max();
};

}  // namespace seed::daemon
