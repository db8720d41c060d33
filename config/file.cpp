#include "config/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>
#include <variant>

#include "config/settings_access.h"

namespace seed::config {

namespace {

using SettingsTable = Table<Settings>;

std::optional<SettingValue> list_of(const toml::array& array) {
  std::vector<std::string> out;
  for (const toml::node& node : array) {
    const auto* text = node.as_string();
    if (text == nullptr) return std::nullopt;
    out.push_back(text->get());
  }
  return out;
}

/// Nothing for the dates, tables and mixed lists that no setting has.
std::optional<SettingValue> value_of(const toml::node& node) {
  if (const auto* flag = node.as_boolean()) return flag->get();
  if (const auto* integer = node.as_integer()) return integer->get();
  if (const auto* real = node.as_floating_point()) return real->get();
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* array = node.as_array()) return list_of(*array);
  return std::nullopt;
}

std::string place_in(std::string_view name, const toml::source_region& source) {
  return fmt::format("{}:{}", name, source.begin.line);
}

struct Line {
  toml::source_position position;
  std::variant<Assignment, UserError> content;
};

std::variant<Assignment, UserError> read_entry(std::string_view where, std::string_view key,
                                               const toml::node& node) {
  const auto error = [where](UserError at_key) {
    at_key.path = fmt::format("{}: {}", where, at_key.path);
    return at_key;
  };
  if (node.is_table())
    return error(
        {std::string(key.substr(0, 64)), "settings are not grouped: no tables and no dots"});
  const auto place = SettingsTable::find(key);
  if (!place) return error(SettingsTable::unknown(key));
  const RowInfo& row = SettingsTable::rows()[*place];
  const auto given = value_of(node);
  if (!given) return error({std::string(key), fmt::format("the value is not {}", allowed(row))});
  auto value = checked(row, *given);
  if (!value) return error({std::string(key), value.error()});
  return Assignment{*place, *std::move(value), std::string(where)};
}

Assignments read_table(const toml::table& table, std::string_view name) {
  std::vector<Line> lines;
  for (const auto& [key, node] : table) {
    const auto& source = key.source();
    lines.push_back({source.begin, read_entry(place_in(name, source), key.str(), node)});
  }
  std::ranges::sort(lines, {}, [](const Line& line) {
    return std::pair(line.position.line, line.position.column);
  });
  std::vector<Assignment> out;
  std::vector<UserError> errors;
  for (Line& line : lines) {
    if (auto* error = std::get_if<UserError>(&line.content))
      errors.push_back(std::move(*error));
    else
      out.push_back(std::get<Assignment>(std::move(line.content)));
  }
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return out;
}

std::unexpected<std::vector<UserError>> one_error(std::string path, std::string message) {
  return std::unexpected(std::vector{UserError{std::move(path), std::move(message)}});
}

}  // namespace

Assignments parse_file(std::string_view text, std::string_view name) {
  if (text.size() > config_file_bytes_max)
    return one_error(std::string(name),
                     fmt::format("the file is larger than {} bytes", config_file_bytes_max));
  try {
    return read_table(toml::parse(text, name), name);
  } catch (const toml::parse_error& error) {
    return one_error(place_in(name, error.source()), std::string(error.description()));
  } catch (const std::exception& error) {
    return one_error(std::string(name), error.what());
  }
}

Result<std::string> read_file(const std::string& path) {
  const auto fault = [&path](int code) { return fault_from_errno(code, "cannot read " + path); };
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return std::unexpected(fault(errno));
  std::string out;
  std::array<char, 16384> part{};
  Result<std::string> result;
  while (true) {
    const auto count = ::read(file, part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) result = std::unexpected(fault(errno));
    if (count <= 0) break;
    out.append(part.data(), static_cast<std::size_t>(count));
    if (out.size() <= config_file_bytes_max) continue;
    result = fail(FaultCode::too_large,
                  fmt::format("{} is larger than {} bytes", path, config_file_bytes_max));
    break;
  }
  ::close(file);
  if (result) result = std::move(out);
  return result;
}

}  // namespace seed::config
