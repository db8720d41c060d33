#include "core/wire/ext/extension.h"

#include <utility>

namespace seed::wire {
namespace {

struct Row {
  std::string_view name;
  std::uint8_t id;
};

constexpr std::array<Row, extension_count> rows{{
#define SEED_EXTENSION(name, Type, id) {#name, id},
#include "core/wire/ext/extensions.def"
#undef SEED_EXTENSION
}};

constexpr bool ids_are_distinct() {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].id == 0) return false;
    for (std::size_t j = 0; j < i; ++j)
      if (rows[i].id == rows[j].id || rows[i].name <= rows[j].name) return false;
  }
  return true;
}
static_assert(ids_are_distinct(), "extensions.def: ids must differ and not be 0, names be sorted");

}  // namespace

std::string_view name_of(Extension extension) { return rows[std::to_underlying(extension)].name; }

std::uint8_t local_id(Extension extension) { return rows[std::to_underlying(extension)].id; }

std::optional<Extension> extension_named(std::string_view name) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i].name == name) return static_cast<Extension>(i);
  return std::nullopt;
}

std::optional<Extension> extension_of_local_id(std::uint8_t id) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i].id == id) return static_cast<Extension>(i);
  return std::nullopt;
}

Result<ExtensionMessage> parse_extension(Extension extension, Bytes payload) {
  switch (extension) {
#define SEED_EXTENSION(name, Type, id) \
  case Extension::name:                \
    return Type::parse(payload);
#include "core/wire/ext/extensions.def"
#undef SEED_EXTENSION
  }
  return fail(FaultCode::unsupported, "no such extension");
}

void encode_extension(const ExtensionMessage& message, Buffer& out) {
  std::visit([&out](const auto& m) { m.encode(out); }, message);
}

}  // namespace seed::wire
