#include "config/print.h"

#include <fmt/format.h>

#include "config/settings_access.h"

namespace seed::config {

namespace {

using SettingsTable = Table<Settings>;

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += fmt::format("\\{}", c);
    else if (c == '\n')
      out += "\\n";
    else if (octet < 0x20 || octet == 0x7f)
      out += fmt::format("\\u{:04X}", octet);
    else
      out += c;
  }
  return out + '"';
}

std::string_view unit_name(Unit unit) {
  switch (unit) {
    case Unit::kB_per_second:
      return " in kB/s";
    case Unit::minutes:
      return " in minutes";
    case Unit::MiB:
      return " in MiB";
    case Unit::none:
      break;
  }
  return "";
}

void comment(std::string& out, std::string_view text) {
  if (!text.empty()) out += fmt::format("# {}\n", text);
}

/// Doc, what is allowed, and what to know about its effect.
void describe_row(std::string& out, const RowInfo& row) {
  comment(out, row.doc);
  comment(out, fmt::format("Allowed: {}{}.{}", allowed(row), unit_name(row.unit),
                           row.applies == Applies::restart ? " Applies at the next start." : ""));
  if (const auto note = effect_note(row); !note.empty())
    comment(out, fmt::format("Note: {}.", note));
}

}  // namespace

std::string to_toml(const SettingValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return toml_string(*text);
  const auto* list = std::get_if<std::vector<std::string>>(&value);
  if (list == nullptr) return to_text(value);
  std::string out = "[";
  for (const std::string& member : *list) {
    if (out.size() > 1) out += ", ";
    out += toml_string(member);
  }
  return out + ']';
}

std::string_view effect_note(const RowInfo& row) {
  switch (row.feature) {
    case Feature::now:
      return "";
    case Feature::compatibility:
      return "accepted for older clients, has no effect";
  }
  return "";
}

std::string print_config(const Loaded& loaded) {
  std::string out =
      "# The settings of seedd in force, and where each comes from. Those that nobody has set are\n"
      "# comments, so that this is the same configuration when it is used as a file.\n";
  for (std::size_t i = 0; i < SettingsTable::rows().size(); ++i) {
    const RowInfo& row = SettingsTable::rows()[i];
    const auto value = SettingsTable::get(loaded.settings, i);
    out += '\n';
    describe_row(out, row);
    comment(out, fmt::format("Origin: {}.", name_of(loaded.origins[i])));
    // A file that said them would set them: peer_port, say, would have no other port to fall back
    // to.
    const bool is_set = loaded.origins[i] != Origin::initial;
    out += fmt::format("{}{} = {}\n", is_set ? "" : "# ", row.name, to_toml(value));
  }
  return out;
}

std::string print_example() {
  std::string out =
      "# Settings of seedd, each with its initial value. Take the # away to set one.\n"
      "# seedd reads $XDG_CONFIG_HOME/seedd/seedd.toml, else /etc/seedd/seedd.toml, or what "
      "--config\n"
      "# names. An environment variable such as SEEDD_PEER_PORT goes over this file, a setting "
      "made\n"
      "# by RPC over that, and --set over all.\n";
  const Settings initial;
  for (std::size_t i = 0; i < SettingsTable::rows().size(); ++i) {
    const RowInfo& row = SettingsTable::rows()[i];
    out += '\n';
    describe_row(out, row);
    out += fmt::format("#{} = {}\n", row.name, to_toml(SettingsTable::get(initial, i)));
  }
  return out;
}

}  // namespace seed::config
