// BanWatch: hears of bans, which the engine tells nobody but its log.
#pragma once

#include <set>

#include "core/base/endpoint.h"
#include "core/log/log.h"

namespace seed::sim {

class BanWatch {
 public:
  BanWatch();
  ~BanWatch();
  BanWatch(const BanWatch&) = delete;
  BanWatch& operator=(const BanWatch&) = delete;

  log::Logger logger(const std::string& name) const { return log_->logger(name); }
  /// Everybody banned so far; nothing is heard after that.
  std::set<IpAddress> take();

 private:
  int fd_;
  std::unique_ptr<log::Log> log_;
};

}  // namespace seed::sim
