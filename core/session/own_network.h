// OwnNetwork: what everything goes over, by the settings bind_interface and bind_address_*, and
// what is to be done when that is another.
//
//   bind() --> look() at each news of the uplink: what has changed since the last look
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "config/settings.h"
#include "core/io/uplink.h"
#include "core/log/logger.h"

namespace seed::session {

class OwnNetwork {
 public:
  OwnNetwork(io::Uplink& uplink, log::Logger log) : uplink_(uplink), log_(std::move(log)) {}

  /// Before anything is opened. Whatever went over something else ends.
  void bind(const config::Settings& settings);

  enum class News : std::uint8_t {
    none,
    lost,     ///< nothing can go out; all that was open has ended
    wider,    ///< an address has come that there was none of in its family
    renewed,  ///< what was open has ended or could not be opened; who knows us is to be told again
  };
  /// What is to be done now. The first look at a network that is there is `none`: nothing is told
  /// yet that would have to be told again.
  News look();

  bool there() const { return facts_.there(); }
  const io::UplinkFacts& facts() const { return facts_; }
  /// Why nothing can go out; empty while it can.
  const std::string& trouble() const { return facts_.trouble; }

 private:
  void tell(News news);

  io::Uplink& uplink_;
  log::Logger log_;
  io::UplinkFacts facts_;  ///< at the last look
  bool looked_ = false;
  bool told_of_sources_ = false;
};

}  // namespace seed::session
