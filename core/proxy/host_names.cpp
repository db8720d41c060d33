#include "core/proxy/host_names.h"

#include <algorithm>

#include "core/base/ascii.h"
#include "core/base/stand_in.h"

namespace seed::proxy {
namespace {

constexpr std::uint32_t network = 0xf0000000;  // 240.0.0.0/4
constexpr std::uint32_t network_mask = 0xf0000000;
/// Without 255.255.255.255, which is everybody.
constexpr std::uint32_t numbers_max = 0x0fffffff;

std::string folded(std::string_view name) {
  std::string out(name);
  std::ranges::transform(out, out.begin(), ascii_lower);
  return out;
}

std::optional<std::uint32_t> number_of(const IpAddress& address) {
  if (!stands_for_name(address)) return std::nullopt;
  return ByteReader(address.octets()).u32() & ~network_mask;
}

}  // namespace

IpAddress HostNames::address_of(std::string_view name) {
  if (const auto known = find(name)) return *known;
  if (names_.size() >= host_names_max) {
    const auto oldest = names_.begin();
    numbers_.erase(oldest->second);
    names_.erase(oldest);
  }
  const std::uint32_t number = next_;
  next_ = (next_ + 1) % numbers_max;
  std::string key = folded(name);
  names_.emplace(number, key);
  numbers_.emplace(std::move(key), number);
  return IpAddress::v4(network | number);
}

std::optional<IpAddress> HostNames::find(std::string_view name) const {
  const auto found = numbers_.find(folded(name));
  if (found == numbers_.end()) return std::nullopt;
  return IpAddress::v4(network | found->second);
}

std::optional<std::string> HostNames::name_of(const IpAddress& address) const {
  const auto number = number_of(address);
  if (!number) return std::nullopt;
  const auto found = names_.find(*number);
  if (found == names_.end()) return std::nullopt;
  return found->second;
}

bool HostNames::is_stand_in(const IpAddress& address) { return number_of(address).has_value(); }

}  // namespace seed::proxy
