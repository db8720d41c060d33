// What dht_get, dht_put and dht_scrape have in common: arguments that are never passed over for
// being of a wrong type, because the call would mean another thing without them; and what is told
// of an item.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "core/session/session.h"
#include "rpc/call_error.h"
#include "rpc/json_writer.h"
#include "rpc/params.h"

namespace seed::rpc {

inline constexpr Parameter salt_parameter{"salt", "", ValueType::text,
                                          "Of a mutable item, at most 64 octets."};

inline constexpr Parameter target_result{"target", "", ValueType::text,
                                         "Where the item is, 40 hexadecimal digits."};
inline constexpr Parameter key_result{"key", "", ValueType::text,
                                      "The public key of a mutable item, 64 hexadecimal digits."};
inline constexpr Parameter seq_result{"seq", "", ValueType::integer,
                                      "The sequence number of a mutable item."};
inline constexpr Parameter signature_result{"signature", "", ValueType::text,
                                            "Of a mutable item, 128 hexadecimal digits."};

/// Nothing when it is not there; refused when it is no text.
std::expected<std::optional<std::string>, CallError> text_or_refuse(const Params& params,
                                                                    const Parameter& row);
std::expected<std::optional<std::int64_t>, CallError> integer_or_refuse(const Params& params,
                                                                        const Parameter& row);

/// The octets of a text of hexadecimal digits; `Octets` is a FixedBytes. What is given is not
/// repeated in the refusal, for it may be a secret.
template <typename Octets>
std::expected<std::optional<Octets>, CallError> hex_or_refuse(const Params& params,
                                                              const Parameter& row) {
  auto text = text_or_refuse(params, row);
  if (!text) return std::unexpected(std::move(text).error());
  if (!*text) return std::nullopt;
  auto octets = Octets::parse_hex(**text);
  if (!octets)
    return refuse(invalid_params,
                  fmt::format("{}: not {} hexadecimal digits", row.name, 2 * Octets::size));
  return octets;
}

/// target, and key, seq and signature if it has them, into an object that is open.
void write_place(JsonWriter& out, const Sha1& target,
                 const std::optional<session::DhtItem::Signed>& by);

}  // namespace seed::rpc
