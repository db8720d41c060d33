#include "tests/sim/engine/ban_watch.h"

#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "core/base/check.h"

namespace seed::sim {

BanWatch::BanWatch() : fd_(memfd_create("bans", 0)) {
  SEED_CHECK(fd_ >= 0);
  log_ = std::make_unique<log::Log>(log::LogOptions{.level = log::Level::warn, .fd = fd_});
}

BanWatch::~BanWatch() {
  log_.reset();
  close(fd_);
}

std::set<IpAddress> BanWatch::take() {
  log_.reset();  // writes what is queued
  std::string text;
  char part[65536];
  lseek(fd_, 0, SEEK_SET);
  for (ssize_t size = 0; (size = read(fd_, part, sizeof part)) > 0;)
    text.append(part, static_cast<std::size_t>(size));
  std::set<IpAddress> out;
  for (std::size_t at = 0; (at = text.find("banned", at)) != std::string::npos; ++at) {
    const std::size_t line_end = text.find('\n', at);
    const std::size_t peer = text.find("peer=", at);
    if (peer == std::string::npos || peer > line_end) continue;
    const std::size_t end = text.find_first_of(" \n", peer);
    if (const auto address = IpAddress::parse(text.substr(peer + 5, end - peer - 5)))
      out.insert(*address);
  }
  return out;
}

}  // namespace seed::sim
