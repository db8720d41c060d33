#include "core/socks/address.h"

#include <fmt/format.h>

namespace seed::socks {
namespace {

/// RFC 1928, 5.
constexpr std::uint8_t type_v4 = 1;
constexpr std::uint8_t type_name = 3;
constexpr std::uint8_t type_v6 = 4;
constexpr std::size_t port_bytes = 2;

void append(Buffer& out, Bytes bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

void append_port(Buffer& out, std::uint16_t port) {
  out.push_back(static_cast<std::uint8_t>(port >> 8));
  out.push_back(static_cast<std::uint8_t>(port));
}

}  // namespace

std::string to_string(const Address& address) {
  if (const auto* endpoint = std::get_if<Endpoint>(&address)) return endpoint->to_string();
  const auto& host = std::get<HostName>(address);
  return fmt::format("{}:{}", host.name, host.port);
}

bool is_encodable(const Address& address) {
  const auto* host = std::get_if<HostName>(&address);
  return host == nullptr || (!host->name.empty() && host->name.size() <= name_bytes_max &&
                             host->name.find('\0') == std::string::npos);
}

void append_address(Buffer& out, const Address& address) {
  if (const auto* endpoint = std::get_if<Endpoint>(&address)) {
    out.push_back(endpoint->address.is_v4() ? type_v4 : type_v6);
    append(out, endpoint->address.octets());
    return append_port(out, endpoint->port);
  }
  const auto& host = std::get<HostName>(address);
  out.push_back(type_name);
  out.push_back(static_cast<std::uint8_t>(host.name.size()));
  append(out, as_bytes(host.name));
  append_port(out, host.port);
}

std::size_t address_bytes(std::uint8_t type, std::uint8_t next) {
  switch (type) {
    case type_v4:
      return 1 + 4 + port_bytes;
    case type_v6:
      return 1 + 16 + port_bytes;
    case type_name:
      return next == 0 ? 0 : std::size_t{2} + next + port_bytes;
    default:
      return 0;
  }
}

Result<Address> read_address(ByteReader& in) {
  const std::uint8_t type = in.u8();
  Address out;
  if (type == type_name) {
    HostName host;
    host.name = seed::to_string(in.take(in.u8()));
    host.port = in.u16();
    if (in.ok() && !is_encodable(host)) return fail(FaultCode::malformed, "a name of no host");
    out = std::move(host);
  } else if (type == type_v4 || type == type_v6) {
    const auto address = IpAddress::from_octets(in.take(type == type_v4 ? 4 : 16));
    out = Endpoint{address.value_or(IpAddress{}), in.u16()};
  } else if (in.ok()) {
    return fail(FaultCode::malformed, fmt::format("an address of type {}", type));
  }
  if (!in.ok()) return fail(FaultCode::malformed, "an address that is cut off");
  return out;
}

}  // namespace seed::socks
