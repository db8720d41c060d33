// Extension: the extension messages as one variant, with their names and ids, all from
// extensions.def (BEP 10).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/wire/ext/lt_donthave.h"
#include "core/wire/ext/upload_only.h"
#include "core/wire/ext/ut_holepunch.h"
#include "core/wire/ext/ut_metadata.h"
#include "core/wire/ext/ut_pex.h"

namespace seed::wire {

// clang-format off
enum class Extension : std::uint8_t {
#define SEED_EXTENSION(name, Type, id) name,
#include "core/wire/ext/extensions.def"
#undef SEED_EXTENSION
};

namespace detail {
template <typename, typename... Rows>
struct ExtensionRows {
  using Message = std::variant<Rows...>;
  static constexpr std::size_t count = sizeof...(Rows);
};
using AllExtensions = ExtensionRows<void
#define SEED_EXTENSION(name, Type, id) , Type
#include "core/wire/ext/extensions.def"
#undef SEED_EXTENSION
>;
}  // namespace detail
// clang-format on

/// Any extension message; its index is its Extension.
using ExtensionMessage = detail::AllExtensions::Message;
inline constexpr std::size_t extension_count = detail::AllExtensions::count;

/// The ids one side gave out, by Extension: nothing where `m` did not name it, 0 where it was
/// switched off.
using ExtensionIds = std::array<std::optional<std::uint8_t>, extension_count>;

/// As `m` spells it: "ut_pex".
std::string_view name_of(Extension extension);
std::optional<Extension> extension_named(std::string_view name);
/// The id by which the peer is to send it to us; never 0.
std::uint8_t local_id(Extension extension);
std::optional<Extension> extension_of_local_id(std::uint8_t id);
inline Extension extension_of(const ExtensionMessage& message) {
  return static_cast<Extension>(message.index());
}

/// What follows the extended id. Fault: malformed, too_large.
Result<ExtensionMessage> parse_extension(Extension extension, Bytes payload);
/// Appends what follows the extended id.
void encode_extension(const ExtensionMessage& message, Buffer& out);

}  // namespace seed::wire
