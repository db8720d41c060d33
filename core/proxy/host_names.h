// HostNames: addresses that stand for names, so that what knows only addresses can reach a host
// whose name the proxy resolves.
//
// They are of 240.0.0.0/4, which the world does not route (RFC 1112, 4), and mean something only to
// those who share this object. Bounds: host_names_max; beyond, the oldest name is forgotten, and
// what still uses its address reaches nobody.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/endpoint.h"

namespace seed::proxy {

/// Trackers of some thousands of torrents, and peers by name.
inline constexpr std::size_t host_names_max = 4096;

class HostNames {
 public:
  /// The address that stands for `name`; the same again as long as the name is known. Names that
  /// differ in the case of letters are one.
  IpAddress address_of(std::string_view name);
  /// The same, but nothing for a name that is not known.
  std::optional<IpAddress> find(std::string_view name) const;
  /// The name that `address` stands for; nothing when it is forgotten or none.
  std::optional<std::string> name_of(const IpAddress& address) const;
  /// Whether `address` is of those that stand for names, known or not.
  static bool is_stand_in(const IpAddress& address);
  std::size_t size() const { return names_.size(); }

 private:
  std::uint32_t next_ = 0;
  std::map<std::uint32_t, std::string> names_;  ///< oldest first, until the numbers come around
  std::map<std::string, std::uint32_t, std::less<>> numbers_;
};

}  // namespace seed::proxy
