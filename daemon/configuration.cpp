#include "daemon/configuration.h"

#include <unistd.h>

#include "config/file.h"
#include "config/settings_access.h"
#include "config/settings_value.h"

namespace seed::daemon {

using Table = config::Table<config::Settings>;

Configuration::Configuration(Options options) : options_(std::move(options)) {
  sources_.command_line = options_.sets;
}

std::expected<config::Loaded, std::vector<std::string>> Configuration::load() {
  sources_.environment = config::read_environment(environ);
  sources_.paths = config::default_paths(sources_.environment);
  sources_.file_name =
      options_.config_file.empty() ? sources_.paths.config_file : options_.config_file;
  sources_.file_text.clear();
  if (!sources_.file_name.empty()) {
    auto text = config::read_file(sources_.file_name);
    if (!text) return std::unexpected(std::vector{sources_.file_name + ": " + text.error().text});
    sources_.file_text = *std::move(text);
  }
  auto loaded = config::load(sources_);
  if (!loaded) {
    std::vector<std::string> errors;
    for (const auto& error : loaded.error()) errors.push_back(config::describe(error));
    return std::unexpected(std::move(errors));
  }
  last_ = *loaded;
  return *std::move(loaded);
}

config::Loaded Configuration::with_saved(SavedSettings saved) {
  sources_.saved = std::move(saved);
  if (auto loaded = config::load(sources_)) last_ = *std::move(loaded);
  return last_;
}

void Configuration::remember(const SavedSettings& values) {
  for (const auto& [name, text] : values) {
    std::erase_if(sources_.saved, [&](const auto& pair) { return pair.first == name; });
    sources_.saved.emplace_back(name, text);
  }
  static_cast<void>(with_saved(std::move(sources_.saved)));
}

const config::Loaded& Configuration::forget(const std::vector<std::string>& names) {
  for (const std::string& name : names) config::reset(sources_, name);
  static_cast<void>(with_saved(std::move(sources_.saved)));
  return last_;
}

config::Loaded Configuration::in_force(const config::Settings& live) const {
  config::Loaded out = last_;
  out.settings = live;
  for (const std::size_t place : Table::changed(last_.settings, live))
    for (const auto& [name, text] : sources_.saved)
      if (name == Table::rows()[place].name) out.origins[place] = config::Origin::saved;
  return out;
}

std::vector<std::string_view> changed_for_next_start(const config::Settings& before,
                                                     const config::Settings& after) {
  std::vector<std::string_view> out;
  for (const std::size_t place : Table::changed(before, after))
    if (Table::rows()[place].applies == config::Applies::restart)
      out.push_back(Table::rows()[place].name);
  return out;
}

}  // namespace seed::daemon
