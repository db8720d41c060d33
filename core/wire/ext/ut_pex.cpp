#include "core/wire/ext/ut_pex.h"

#include <algorithm>
#include <array>
#include <span>

#include "core/bencode/document.h"
#include "core/bencode/writer.h"

namespace seed::wire {
namespace {

/// A message has six keys; others may add a few of their own.
constexpr bencode::ParseLimits bounds{.depth_max = 8, .tokens_max = 256};
constexpr std::size_t v4_bytes = 6;
constexpr std::size_t v6_bytes = 18;

bool usable(const Endpoint& endpoint) {
  return endpoint.port != 0 && !endpoint.address.is_unspecified() &&
         !endpoint.address.is_multicast();
}

/// Calls `take(index, endpoint)` for each usable entry until it says false. Fault: malformed.
template <typename Take>
Result<void> each_endpoint(Bytes list, std::size_t stride, Take&& take) {
  if (list.size() % stride != 0)
    return fail(FaultCode::malformed, "ut_pex: a list ends within an entry");
  for (std::size_t i = 0; i * stride < list.size(); ++i) {
    const auto endpoint = from_compact(list.subspan(i * stride, stride));
    if (endpoint && usable(*endpoint) && !take(i, *endpoint)) break;
  }
  return {};
}

Result<void> take_added(Bytes list, Bytes flags, std::size_t stride, std::vector<PexPeer>& out) {
  return each_endpoint(list, stride, [&](std::size_t i, const Endpoint& endpoint) {
    if (out.size() == pex_peers_max) return false;
    out.push_back({endpoint, i < flags.size() ? flags[i] : std::uint8_t{0}});
    return true;
  });
}

Result<void> take_dropped(Bytes list, std::size_t stride, std::vector<Endpoint>& out) {
  return each_endpoint(list, stride, [&](std::size_t, const Endpoint& endpoint) {
    if (out.size() == pex_peers_max) return false;
    out.push_back(endpoint);
    return true;
  });
}

}  // namespace

Result<UtPex> UtPex::parse(Bytes payload) {
  SEED_TRY(const auto document, bencode::Document::parse(payload, bounds));
  const auto root = document.root();
  if (!root.is_dict()) return fail(FaultCode::malformed, "ut_pex: no dictionary");
  UtPex out;
  SEED_TRY_VOID(
      take_added(root.string_or("added"), root.string_or("added.f"), v4_bytes, out.added));
  SEED_TRY_VOID(
      take_added(root.string_or("added6"), root.string_or("added6.f"), v6_bytes, out.added));
  SEED_TRY_VOID(take_dropped(root.string_or("dropped"), v4_bytes, out.dropped));
  SEED_TRY_VOID(take_dropped(root.string_or("dropped6"), v6_bytes, out.dropped));
  return out;
}

void UtPex::encode(Buffer& out) const {
  // By family: IPv4, IPv6.
  std::array<Buffer, 2> entries;
  std::array<Buffer, 2> flags;
  std::array<Buffer, 2> lost;
  for (const auto& [endpoint, flag] :
       std::span(added).first(std::min(added.size(), pex_peers_max))) {
    const std::size_t family = endpoint.address.is_v4() ? 0 : 1;
    append_compact(entries[family], endpoint);
    flags[family].push_back(flag);
  }
  for (const auto& endpoint : std::span(dropped).first(std::min(dropped.size(), pex_peers_max)))
    append_compact(lost[endpoint.address.is_v4() ? 0 : 1], endpoint);
  bencode::Writer writer;
  writer.begin_dict();
  // The keys of IPv4 are always there: not all readers take their absence for emptiness.
  writer.key("added").string(entries[0]).key("added.f").string(flags[0]);
  if (!entries[1].empty()) writer.key("added6").string(entries[1]).key("added6.f").string(flags[1]);
  writer.key("dropped").string(lost[0]);
  if (!lost[1].empty()) writer.key("dropped6").string(lost[1]);
  const Buffer octets = writer.end().take();
  out.insert(out.end(), octets.begin(), octets.end());
}

}  // namespace seed::wire
