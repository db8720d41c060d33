#include "ctl/hosts_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <variant>

#include "core/base/result.h"
#include "ctl/schema.h"
#include "ctl/target.h"
#include "ctl/words.h"

namespace seed::ctl {

namespace {

/// More than a thousand hosts; a slip such as /dev/zero ends here.
constexpr std::size_t file_bytes_max = 1u << 20;
constexpr std::size_t secret_bytes_max = 64u << 10;

/// Where the value of a key goes.
using Place = std::variant<std::string HostEntry::*, bool HostEntry::*,
                           std::optional<std::int64_t> HostEntry::*>;

struct Key {
  std::string_view name;
  Place place;
  bool is_path = false;
};

constexpr std::array keys = {
    Key{"host", &HostEntry::host},           Key{"user", &HostEntry::user},
    Key{"password", &HostEntry::password},   Key{"password_file", &HostEntry::password_file, true},
    Key{"token", &HostEntry::token},         Key{"token_file", &HostEntry::token_file, true},
    Key{"cacert", &HostEntry::cacert, true}, Key{"insecure", &HostEntry::insecure},
    Key{"timeout", &HostEntry::timeout},
};

std::string where(const std::string& path, const toml::source_region& source) {
  return fmt::format("{}:{}", path, source.begin.line);
}

std::unexpected<Failure> bad(const std::string& path, const toml::key& key, std::string_view what) {
  return misused(fmt::format("{}: {}: {}", where(path, key.source()), key.str(), what));
}

std::unexpected<Failure> unknown(const std::string& path, const toml::key& key,
                                 const std::vector<std::string>& known) {
  return bad(path, key,
             fmt::format("there is no such key{} There are {}.", suggestion(known, key.str()),
                         fmt::join(known, ", ")));
}

std::string absolute(const std::string& file, const std::string& path) {
  if (path.empty() || path.starts_with('/')) return path;
  const std::size_t slash = file.rfind('/');
  return slash == std::string::npos ? path : file.substr(0, slash + 1) + path;
}

Outcome<void> read_key(HostEntry& into, const std::string& path, const toml::key& key,
                       const toml::node& node) {
  const auto row = std::ranges::find(keys, key.str(), &Key::name);
  if (row == keys.end()) {
    std::vector<std::string> known;
    for (const Key& each : keys) known.emplace_back(each.name);
    return unknown(path, key, known);
  }
  if (const auto* member = std::get_if<std::string HostEntry::*>(&row->place)) {
    const auto value = node.value<std::string>();
    if (!node.is_string()) return bad(path, key, "a text in quotes is wanted.");
    into.** member = row->is_path ? absolute(path, *value) : *value;
  } else if (const auto* flag = std::get_if<bool HostEntry::*>(&row->place)) {
    if (!node.is_boolean()) return bad(path, key, "true or false is wanted.");
    into.** flag = node.value<bool>().value_or(false);
  } else {
    if (!node.is_integer()) return bad(path, key, "a whole number of seconds is wanted.");
    into.*std::get<std::optional<std::int64_t> HostEntry::*>(row->place) =
        node.value<std::int64_t>();
  }
  return {};
}

struct Placed {
  toml::source_position position;
  HostEntry entry;
};

Outcome<std::vector<HostEntry>> read_entries(const toml::table& table, const std::string& path) {
  std::vector<Placed> found;
  for (const auto& [name, node] : table) {
    const toml::table* rows = node.as_table();
    if (rows == nullptr) return bad(path, name, "a host is a table: [hosts.NAME].");
    Placed placed{name.source().begin, {}};
    placed.entry.name = std::string(name.str());
    if (placed.entry.name.find(',') != std::string::npos)
      return bad(path, name, "a comma in a name would divide it.");
    for (const auto& [key, value] : *rows) SEED_TRY_VOID(read_key(placed.entry, path, key, value));
    found.push_back(std::move(placed));
  }
  std::ranges::sort(found, {}, [](const Placed& placed) { return placed.position.line; });
  std::vector<HostEntry> out;
  for (Placed& placed : found) out.push_back(std::move(placed.entry));
  return out;
}

Outcome<HostsFile> read_document(const toml::table& document, const std::string& path) {
  HostsFile out;
  out.path = path;
  const toml::key* chosen = nullptr;
  for (const auto& [key, node] : document) {
    if (key.str() == "hosts" && node.is_table()) {
      SEED_TRY(out.hosts, read_entries(*node.as_table(), path));
    } else if (key.str() == "default") {
      if (!node.is_string()) return bad(path, key, "the name of a host is wanted.");
      out.default_name = *node.value<std::string>();
      chosen = &key;
    } else {
      return unknown(path, key, {"default", "hosts"});
    }
  }
  if (chosen != nullptr && out.find(out.default_name) == nullptr)
    return bad(path, *chosen, fmt::format("there is no [hosts.{}].", out.default_name));
  return out;
}

bool others_may_read(const std::string& path) {
  struct stat facts{};
  return stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) && (facts.st_mode & 077) != 0;
}

/// Nothing when there is no such file.
Outcome<std::optional<std::string>> read_text(const std::string& path, std::size_t bytes_max) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open() && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  std::string out(bytes_max + 1, '\0');
  if (file.is_open()) {
    file.read(out.data(), static_cast<std::streamsize>(out.size()));
    out.resize(static_cast<std::size_t>(file.gcount()));
  }
  if (!file.is_open() || file.bad())
    return misused(fault_from_errno(errno != 0 ? errno : EIO, "cannot read " + path).text);
  if (out.size() > bytes_max)
    return misused(fmt::format("{} is larger than {} bytes.", path, bytes_max));
  return out;
}

}  // namespace

bool HostEntry::has_secret() const {
  return !password.empty() || !token.empty() || has_password(host.empty() ? name : host);
}

const HostEntry* HostsFile::find(std::string_view name) const {
  const auto found = std::ranges::find(hosts, name, &HostEntry::name);
  return found == hosts.end() ? nullptr : &*found;
}

Outcome<HostsFile> parse_hosts(std::string_view text, const std::string& path) {
  try {
    return read_document(toml::parse(text, path), path);
  } catch (const toml::parse_error& error) {
    return misused(fmt::format("{}: {}", where(path, error.source()), error.description()));
  } catch (const std::exception& error) {
    return misused(fmt::format("{}: {}", path, error.what()));
  }
}

Outcome<HostsFile> read_hosts(const std::string& path, bool named) {
  SEED_TRY(const auto text, read_text(path, file_bytes_max));
  if (!text && named) return misused(fmt::format("there is no file {}.", path));
  if (!text) return HostsFile();
  SEED_TRY(HostsFile out, parse_hosts(*text, path));
  out.exposed =
      std::ranges::any_of(out.hosts, [](const HostEntry& host) { return host.has_secret(); }) &&
      others_may_read(path);
  return out;
}

Outcome<std::string> read_secret(const std::string& path, bool& exposed) {
  SEED_TRY(const auto text, read_text(path, secret_bytes_max));
  if (!text) return misused(fmt::format("there is no file {}.", path));
  std::string out(*text, 0, text->find('\n'));
  while (!out.empty() && out.back() == '\r') out.pop_back();
  if (out.empty()) return misused(fmt::format("{}: its first line is empty.", path));
  exposed = exposed || others_may_read(path);
  return out;
}

}  // namespace seed::ctl
