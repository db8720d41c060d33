#include "core/trackerd/connection_ids.h"

#include <algorithm>
#include <array>

namespace seed::trackerd {
namespace {

constexpr int period_shift = 56;

std::uint64_t period_at(Instant now) {
  return static_cast<std::uint64_t>(now.time_since_epoch() / ConnectionIds::period);
}

}  // namespace

std::uint64_t ConnectionIds::make(const IpAddress& address, Instant now) const {
  return make_in(period_at(now), address);
}

bool ConnectionIds::valid(std::uint64_t id, const IpAddress& address, Instant now) const {
  const std::uint64_t current = period_at(now);
  // Eight bits come round after two hours; what is hashed has all of them.
  const std::uint64_t age = (current - (id >> period_shift)) & 0xff;
  return age <= periods_good && age <= current && id == make_in(current - age, address);
}

std::uint64_t ConnectionIds::make_in(std::uint64_t number, const IpAddress& address) const {
  std::array<std::uint8_t, 8 + 16> text{};
  store_u32(text, static_cast<std::uint32_t>(number >> 32));
  store_u32(MutableBytes(text).subspan(4), static_cast<std::uint32_t>(number));
  std::ranges::copy(address.octets(), text.begin() + 8);
  const std::uint64_t hash = hash_(Bytes(text).first(8 + address.octets().size()));
  return number << period_shift | hash >> (64 - period_shift);
}

}  // namespace seed::trackerd
