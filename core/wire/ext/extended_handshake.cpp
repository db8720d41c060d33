#include "core/wire/ext/extended_handshake.h"

#include <limits>

#include "core/base/limits.h"
#include "core/bencode/document.h"
#include "core/bencode/writer.h"
#include "core/wire/client_name.h"

namespace seed::wire {
namespace {

/// Clients name some thirty extensions at most.
constexpr bencode::ParseLimits bounds{.depth_max = 8, .tokens_max = 4096};

/// The integer at `key` when it lies within [low, high].
std::optional<std::int64_t> within(const bencode::Value& root, std::string_view key,
                                   std::int64_t low, std::int64_t high) {
  const auto value = root.find_integer(key);
  if (!value || *value < low || *value > high) return std::nullopt;
  return value;
}

template <typename T>
std::optional<T> number(const bencode::Value& root, std::string_view key, std::int64_t low,
                        std::int64_t high) {
  const auto value = within(root, key, low, high);
  return value ? std::optional(static_cast<T>(*value)) : std::nullopt;
}

/// The address at `key` when it has `octets` octets, or either size for 0.
std::optional<IpAddress> address(const bencode::Value& root, std::string_view key,
                                 std::size_t octets) {
  const auto value = root.find_string(key);
  if (!value || (octets != 0 && value->size() != octets)) return std::nullopt;
  const auto out = IpAddress::from_octets(*value);
  // IPv4 in 16 octets becomes IPv4, which is no IPv6 address.
  if (out && octets != 0 && out->octets().size() != octets) return std::nullopt;
  return out;
}

ExtensionIds ids_of(const bencode::Value& root) {
  ExtensionIds out{};
  const auto m = root.find_dict("m");
  if (!m) return out;
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = number<std::uint8_t>(*m, name_of(static_cast<Extension>(i)), 0, 255);
  return out;
}

}  // namespace

Result<ExtendedHandshake> ExtendedHandshake::parse(Bytes payload) {
  // Octets behind the dictionary are ignored: some clients pad.
  SEED_TRY(const auto document, bencode::Document::parse_prefix(payload, bounds));
  const auto root = document.root();
  if (!root.is_dict()) return fail(FaultCode::malformed, "extended handshake: no dictionary");
  ExtendedHandshake out;
  out.ids = ids_of(root);
  out.client = client_name_from_version(root.string_or("v"));
  out.reqq = number<std::uint32_t>(root, "reqq", 1, std::numeric_limits<std::uint32_t>::max());
  out.port = number<std::uint16_t>(root, "p", 1, std::numeric_limits<std::uint16_t>::max());
  out.yourip = address(root, "yourip", 0);
  out.ipv4 = address(root, "ipv4", 4);
  out.ipv6 = address(root, "ipv6", 16);
  out.metadata_size =
      number<std::uint32_t>(root, "metadata_size", 1, std::int64_t{limits::metadata_bytes_max});
  if (const auto value = root.find_integer("upload_only")) out.upload_only = *value != 0;
  return out;
}

void ExtendedHandshake::merge(const ExtendedHandshake& later) {
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (later.ids[i]) ids[i] = later.ids[i];
  if (!later.client.empty()) client = later.client;
  if (later.reqq) reqq = later.reqq;
  if (later.port) port = later.port;
  if (later.yourip) yourip = later.yourip;
  if (later.ipv4) ipv4 = later.ipv4;
  if (later.ipv6) ipv6 = later.ipv6;
  if (later.metadata_size) metadata_size = later.metadata_size;
  if (later.upload_only) upload_only = later.upload_only;
}

void ExtendedHandshake::encode(Buffer& out) const {
  bencode::Writer writer;
  writer.begin_dict();
  if (ipv4) writer.key("ipv4").string(ipv4->octets());
  if (ipv6) writer.key("ipv6").string(ipv6->octets());
  writer.key("m").begin_dict();
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (ids[i]) writer.key(name_of(static_cast<Extension>(i))).integer(*ids[i]);
  writer.end();
  if (metadata_size) writer.key("metadata_size").integer(*metadata_size);
  if (port) writer.key("p").integer(*port);
  if (reqq) writer.key("reqq").integer(*reqq);
  if (upload_only) writer.key("upload_only").integer(*upload_only ? 1 : 0);
  if (!client.empty()) writer.key("v").string(client);
  if (yourip) writer.key("yourip").string(yourip->octets());
  const Buffer octets = writer.end().take();
  out.insert(out.end(), octets.begin(), octets.end());
}

}  // namespace seed::wire
