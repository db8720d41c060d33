#include "core/wire/ext/ut_holepunch.h"

#include <utility>

namespace seed::wire {
namespace {

constexpr std::uint8_t ipv4 = 0;
constexpr std::uint8_t ipv6 = 1;

}  // namespace

Result<UtHolepunch> UtHolepunch::parse(Bytes payload) {
  ByteReader reader(payload);
  const std::uint8_t kind = reader.u8();
  const std::uint8_t family = reader.u8();
  if (!reader.ok()) return fail(FaultCode::malformed, "ut_holepunch: cut short");
  if (kind > std::to_underlying(Kind::error) || family > ipv6)
    return fail(FaultCode::unsupported, "ut_holepunch: unknown type of message or address");
  UtHolepunch out;
  out.kind = static_cast<Kind>(kind);
  const auto address = IpAddress::from_octets(reader.take(family == ipv4 ? 4 : 16));
  out.endpoint.port = reader.u16();
  if (out.kind == Kind::error) out.error = static_cast<Error>(reader.u32());
  if (!address || !reader.ok()) return fail(FaultCode::malformed, "ut_holepunch: cut short");
  out.endpoint.address = *address;
  return out;
}

void UtHolepunch::encode(Buffer& out) const {
  ByteWriter writer;
  writer.u8(std::to_underlying(kind)).u8(endpoint.address.is_v4() ? ipv4 : ipv6);
  writer.put(endpoint.address.octets()).u16(endpoint.port);
  writer.u32(kind == Kind::error ? std::to_underlying(error) : 0);
  const Bytes octets = writer.bytes();
  out.insert(out.end(), octets.begin(), octets.end());
}

}  // namespace seed::wire
