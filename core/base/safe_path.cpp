#include "core/base/safe_path.h"

#include <algorithm>

#include "core/base/check.h"
#include "core/base/digest.h"
#include "core/base/reserved_name.h"

namespace seed {
namespace {

Result<void> check_component(std::string_view component) {
  if (component.empty()) return fail(FaultCode::malformed, "empty name in a path");
  if (component == "." || component == "..")
    return fail(FaultCode::malformed, "\".\" or \"..\" in a path");
  if (component.find('/') != component.npos) return fail(FaultCode::malformed, "'/' in a name");
  if (component.find('\0') != component.npos) return fail(FaultCode::malformed, "NUL in a name");
  if (component.size() > component_bytes_max)
    return fail(FaultCode::too_large, "name longer than 255 octets");
  return {};
}

/// The next component of `rest` up to '/', which is taken too; `more` tells whether there was one.
std::string_view next_component(std::string_view& rest, bool& more) {
  const auto slash = rest.find('/');
  more = slash != rest.npos;
  const auto component = rest.substr(0, slash);
  rest.remove_prefix(more ? slash + 1 : rest.size());
  return component;
}

std::string joined(std::string_view front, std::string_view back) {
  std::string out(front);
  if (!out.empty() && !out.ends_with('/') && !back.empty()) out += '/';
  out += back;
  return out;
}

/// `text` cut to at most `count` octets, not within a character.
std::string_view cut_at_character(std::string_view text, std::size_t count) {
  if (text.size() <= count) return text;
  while (count > 0 && (static_cast<unsigned char>(text[count]) & 0xc0) == 0x80) --count;
  return text.substr(0, count);
}

/// The extension with its dot, or empty: what follows the last dot, if it is short and not all of
/// the name.
std::string_view extension_of(std::string_view name) {
  constexpr std::size_t extension_bytes_max = 32;
  const auto dot = name.rfind('.');
  if (dot == name.npos || dot == 0 || name.size() - dot > extension_bytes_max) return {};
  return name.substr(dot);
}

bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7f;
  // U+0080 to U+009F.
  return character.size() == 2 && first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
}

}  // namespace

Result<SafePath> SafePath::root(std::string_view absolute) {
  if (!absolute.starts_with('/')) return fail(FaultCode::malformed, "not an absolute path");
  SafePath out;
  std::string_view rest = absolute;
  for (bool more = true; more;) {
    const auto component = next_component(rest, more);
    if (component.empty() || component == ".") continue;
    SEED_TRY_VOID(check_component(component));
    out.root_ += '/';
    out.root_ += component;
  }
  if (out.root_.empty()) out.root_ = "/";
  if (out.root_.size() > path_bytes_max)
    return fail(FaultCode::too_large, "path longer than 4095 octets");
  return out;
}

Result<SafePath> SafePath::child(std::span<const std::string> components) const {
  SafePath out = *this;
  for (const auto& component : components) {
    SEED_TRY(out, out.child(std::string_view(component)));
  }
  return out;
}

Result<SafePath> SafePath::child(std::string_view component) const {
  if (root_.empty()) return fail(FaultCode::malformed, "path without a root");
  SEED_TRY_VOID(check_component(component));
  if (root_.size() + relative_.size() + component.size() + 2 > path_bytes_max)
    return fail(FaultCode::too_large, "path longer than 4095 octets");
  SafePath out = *this;
  if (!out.relative_.empty()) out.relative_ += '/';
  out.relative_ += component;
  return out;
}

Result<SafePath> SafePath::descend(std::string_view relative) const {
  SafePath out = *this;
  for (bool more = true; more;) {
    const auto component = next_component(relative, more);
    SEED_TRY(out, out.child(component));
  }
  return out;
}

std::string SafePath::full() const { return joined(root_, relative_); }

SafePath SafePath::parent() const {
  SafePath out = *this;
  const auto slash = relative_.rfind('/');
  out.relative_.resize(slash == relative_.npos ? 0 : slash);
  return out;
}

std::string_view SafePath::name() const {
  const std::string_view all = relative_;
  const auto slash = all.rfind('/');
  return slash == all.npos ? all : all.substr(slash + 1);
}

SafePath SafePath::with_suffix(std::string_view suffix) const {
  SEED_CHECK(!is_root());
  SEED_CHECK(suffix.size() <= 32 && suffix.find('/') == suffix.npos);
  SafePath out = *this;
  const std::string last(name());
  if (last.size() + suffix.size() > component_bytes_max) {
    // Cut, and told apart from other names with the same beginning by a checksum of the whole.
    const std::uint32_t sum = crc32c(as_bytes(last));
    ByteWriter digits;
    digits.u32(sum);
    const std::string tag = "~" + to_hex(digits.bytes());
    const auto kept = cut_at_character(last, component_bytes_max - suffix.size() - tag.size());
    out.relative_.resize(relative_.size() - last.size());
    out.relative_ += kept;
    out.relative_ += tag;
  }
  out.relative_ += suffix;
  return out;
}

std::string sanitize_component(Bytes name) {
  std::string out;
  out.reserve(name.size());
  std::string_view rest = as_text(name);
  while (!rest.empty()) {
    const auto step = utf8_step(rest);
    const auto character = rest.substr(0, step.length);
    if (!step.well_formed || character == "/" || is_control(character)) {
      out += '_';
    } else {
      out += character;
    }
    rest.remove_prefix(step.length);
  }
  if (out.empty()) return "_";
  if (out == "." || out == "..") return std::string(out.size(), '_');
  if (is_reserved_name(out)) return "_" + out;
  if (out.size() <= component_bytes_max) return out;
  const std::string extension(extension_of(out));
  std::string cut(cut_at_character(out, component_bytes_max - extension.size()));
  return cut + extension;
}

}  // namespace seed
