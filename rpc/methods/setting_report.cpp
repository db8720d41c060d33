#include "rpc/methods/setting_report.h"

#include <algorithm>

#include "config/settings_access.h"
#include "rpc/json_writer.h"
#include "rpc/setting_arguments.h"

namespace seed::rpc {

namespace {

using Table = config::Table<config::Settings>;

std::string origin_word(config::Origin origin) {
  std::string out(config::name_of(origin));
  std::ranges::replace(out, ' ', '_');
  return out;
}

}  // namespace

std::expected<std::vector<std::size_t>, CallError> find_settings(
    const std::vector<std::string>& names) {
  std::vector<std::size_t> out;
  for (const std::string& name : names) {
    auto place = Table::find(name);
    if (!place) place = Table::find_rpc(name);
    if (!place) return refuse(invalid_params, config::describe(Table::unknown(name)));
    if (std::ranges::find(out, *place) == out.end()) out.push_back(*place);
  }
  return out;
}

config::Settings without_owners(config::Settings settings) {
  for (std::size_t place = 0; place < Table::rows().size(); ++place) {
    const config::RowInfo& row = Table::rows()[place];
    if (row.access != config::Rpc::owner) continue;
    config::SettingValue nothing = std::string();
    if (row.kind == config::Kind::list) nothing = std::vector<std::string>();
    const auto set = Table::set(settings, place, nothing);
    static_cast<void>(set);  // that is allowed for all of them
  }
  return settings;
}

std::string encode_settings(const config::Loaded& from, const std::vector<std::size_t>& places,
                            Dialect dialect, bool kept_to_labels) {
  const config::Settings initial;
  JsonWriter out;
  out.begin_object();
  out.key("settings");
  out.begin_array();
  for (const std::size_t place : places) {
    const config::RowInfo& row = Table::rows()[place];
    out.begin_object();
    out.key("name");
    out.text(row.name);
    out.key("value");
    if (row.access == config::Rpc::none || (kept_to_labels && row.access == config::Rpc::owner))
      out.null();
    else
      write_setting(row, Table::get(from.settings, place), out, dialect);
    out.key("origin");
    out.text(origin_word(from.origins[place]));
    out.key("default");
    write_setting(row, Table::get(initial, place), out, dialect);
    out.key("doc");
    out.text(row.doc);
    out.key("writable");
    out.boolean(config::is_writable(row));
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return out.take();
}

}  // namespace seed::rpc
