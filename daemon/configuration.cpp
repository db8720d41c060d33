#include "daemon/configuration.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "config/file.h"
#include "config/password.h"
#include "config/password_in_file.h"
#include "config/settings_access.h"
#include "config/settings_value.h"
#include "core/uv/entropy.h"

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

config::Loaded Configuration::protect_password(const log::Logger& logger) {
  if (const auto plain = config::plain_password_in(sources_.file_text)) {
    std::array<std::uint8_t, config::password_salt_bytes> salt{};
    uv::Entropy().fill(salt);
    auto text = config::with_password_hash(sources_.file_text, config::hash_password(*plain, salt));
    Result<void> replaced = fail(FaultCode::unsupported, "it is not found in the file");
    if (text) replaced = config::replace_file(sources_.file_name, sources_.file_text, *text);
    if (replaced) {
      sources_.file_text = *std::move(text);
      static_cast<void>(with_saved(std::move(sources_.saved)));
      logger.info("rpc_password is replaced by its hash", {{"file", sources_.file_name}});
    } else {
      logger.warn("rpc_password stays plain: put there what seedd --hash-password prints",
                  {{"file", sources_.file_name}, {"why", replaced.error().text}});
    }
  }
  const auto origin = last_.origin_of("rpc_password");
  const bool elsewhere =
      origin == config::Origin::environment || origin == config::Origin::command_line;
  if (const auto& password = last_.settings.rpc_password;
      elsewhere && !password.empty() && !password.starts_with('{'))
    logger.warn("rpc_password is plain, for others to see: give what seedd --hash-password prints",
                {{"where", config::name_of(origin)}});
  return last_;
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

std::vector<std::string> Configuration::config_folders() const {
  auto files = config::config_places(sources_.environment);
  std::error_code failed;
  if (!sources_.file_name.empty())
    files.push_back(std::filesystem::absolute(sources_.file_name, failed).lexically_normal());
  std::vector<std::string> out;
  for (const std::string& file : files) {
    const std::string folder = std::filesystem::path(file).parent_path();
    if (!folder.empty() && std::ranges::count(out, folder) == 0) out.push_back(folder);
  }
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
