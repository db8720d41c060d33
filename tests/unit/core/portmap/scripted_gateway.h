// ScriptedGateway: the other side of a Client: answers as a router does, or does not.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/portmap/client.h"

namespace seed::portmap::test {

struct ScriptedGateway {
  bool speaks_pcp = true;
  bool speaks_nat_pmp = true;
  bool answers = true;
  int lose = 0;  ///< so many answers are lost
  IpAddress external = *IpAddress::parse("203.0.113.5");
  std::uint32_t lifetime_max = 100'000;
  std::uint8_t outcome = 0;  ///< of every request for a mapping
  std::uint32_t error_lifetime = 0;
  Instant began{};                   ///< when it last forgot all
  std::optional<Rng> dice;           ///< by which it counts, if at random
  std::uint16_t next_port = 50'000;  ///< given when what is asked for is taken
  bool gives_wanted = true;

  struct Row {
    std::uint16_t external_port = 0;
    pcp::Nonce nonce{};
    Instant expires = never;
  };
  std::map<LocalPort, Row> rows;  ///< what it forwards
  std::vector<Buffer> received;

  void restart(Instant now) {
    rows.clear();
    began = now;
  }
  std::uint32_t count(Instant now) {
    if (dice) return static_cast<std::uint32_t>(dice->below(1u << 30));
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::seconds>(now - began).count());
  }

  /// What it answers, if anything.
  std::optional<Buffer> on_request(const Buffer& request, Instant now) {
    received.push_back(request);
    std::erase_if(rows, [&](const auto& row) { return row.second.expires <= now; });
    if (!answers) return std::nullopt;
    if (lose > 0) {
      --lose;
      return std::nullopt;
    }
    if (request[0] == 0) return speaks_nat_pmp ? nat_pmp_answer(request, now) : std::nullopt;
    if (speaks_pcp) return pcp_answer(request, now);
    if (speaks_nat_pmp) return version_refusal(request, now);
    return std::nullopt;
  }
  Buffer version_refusal(const Buffer& request, Instant now) {
    ByteWriter out;
    out.u8(0).u8(request[1] | 0x80).u16(1).u32(count(now));
    return out.take();
  }
  std::optional<Buffer> nat_pmp_answer(const Buffer& request, Instant now) {
    ByteReader in(request);
    in.u8();
    const std::uint8_t opcode = in.u8();
    ByteWriter out;
    out.u8(0).u8(opcode | 0x80).u16(opcode == 0 ? 0 : outcome).u32(count(now));
    if (opcode == 0) {
      out.put(external.octets());
      return out.take();
    }
    in.u16();
    const LocalPort port{opcode == 1 ? Protocol::udp : Protocol::tcp, in.u16()};
    const std::uint16_t wanted = in.u16();
    const std::uint32_t lifetime = in.u32();
    if (outcome != 0) return out.take();
    out.u16(port.number)
        .u16(take(port, wanted, lifetime, {}, now))
        .u32(std::min(lifetime, lifetime_max));
    return out.take();
  }
  Buffer pcp_answer(const Buffer& request, Instant now) {
    ByteReader in(request);
    in.u32();
    const std::uint32_t lifetime = in.u32();
    in.take(16);
    pcp::Nonce nonce{};
    std::ranges::copy(in.take(nonce.size()), nonce.begin());
    const LocalPort port{Protocol{in.u8()}, (in.take(3), in.u16())};
    const std::uint16_t wanted = in.u16();
    const auto row = rows.find(port);
    const bool others = row != rows.end() && row->second.nonce != nonce;
    const std::uint8_t said = others ? 2 : outcome;
    const std::uint16_t given = said == 0 ? take(port, wanted, lifetime, nonce, now) : wanted;
    ByteWriter out;
    out.u8(2).u8(0x81).u8(0).u8(said);
    out.u32(said == 0 ? std::min(lifetime, lifetime_max) : error_lifetime).u32(count(now));
    out.u64(0).u32(0);
    out.put(nonce).u8(static_cast<std::uint8_t>(port.protocol)).u8(0).u16(0);
    out.u16(port.number).u16(given);
    if (external.is_v4()) out.u64(0).u16(0).u16(0xffff);
    out.put(external.octets());
    return out.take();
  }

 private:
  std::uint16_t take(const LocalPort& port, std::uint16_t wanted, std::uint32_t lifetime,
                     const pcp::Nonce& nonce, Instant now) {
    if (lifetime == 0) {
      rows.erase(port);
      return 0;
    }
    Row& row = rows[port];
    row.nonce = nonce;
    row.expires = now + std::chrono::seconds(std::min(lifetime, lifetime_max));
    if (row.external_port == 0)
      row.external_port = gives_wanted && wanted != 0 ? wanted : next_port++;
    return row.external_port;
  }
};

}  // namespace seed::portmap::test
