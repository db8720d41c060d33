#include "rpc/fields/session.h"

#include <algorithm>
#include <array>

#include "config/settings_access.h"
#include "rpc/setting_arguments.h"

namespace seed::rpc {

namespace {

using Settings = config::Table<config::Settings>;

using enum ValueType;

void write_scale(JsonWriter& out, Dialect dialect, std::string_view what,
                 std::span<const std::string_view> names, int step) {
  const char hyphen = dialect == Dialect::legacy ? '-' : '_';
  out.key(std::string(what) + hyphen + "units");
  out.begin_array();
  for (const auto name : names) out.text(name);
  out.end_array();
  out.key(std::string(what) + hyphen + "bytes");
  out.integer(step);
}

void write_units(const SessionSnapshot&, JsonWriter& out, Dialect dialect) {
  constexpr std::string_view speeds[] = {"B/s", "kB/s", "MB/s", "GB/s", "TB/s"};
  constexpr std::string_view sizes[] = {"B", "kB", "MB", "GB", "TB"};
  constexpr std::string_view memory[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  out.begin_object();
  write_scale(out, dialect, "speed", speeds, 1000);
  write_scale(out, dialect, "size", sizes, 1000);
  write_scale(out, dialect, "memory", memory, 1024);
  out.end_object();
}

bool has_tcp(const SessionSnapshot& s) {
  const auto& transports = s.settings.preferred_transports;
  return std::ranges::find(transports, config::Transport::tcp) != transports.end();
}

#define GET(...) [](const SessionSnapshot& s, JsonWriter& out, Dialect) { __VA_ARGS__; }
#define CONSTANT(...) [](const SessionSnapshot&, JsonWriter& out, Dialect) { __VA_ARGS__; }

using Row = Field<SessionSnapshot>;

// clang-format off
constexpr std::array table{
    Row{"blocklist_size", "blocklist-size", integer, "", Needs::core, "Rules of the blocklist, enabled or not.", GET(out.integer(s.facts.blocklist_rules))},
    Row{"config_dir", "config-dir", text, "", Needs::core, "Folder of the daemon's own state.", GET(out.text(s.facts.state_dir))},
    Row{"download_dir_free_space", "download-dir-free-space", integer, "B", Needs::core, "Space left where download_dir is; -1 unknown.", GET(out.integer(s.download_dir_free_space))},
    Row{"listen_error", "listen-error", text, "", Needs::core, "Why peers cannot connect; \"\" when they can.", GET(out.text(s.facts.listen_error))},
    Row{"peer_port_in_use", "peer-port-in-use", integer, "", Needs::core, "The port peers connect to now; 0 for none.", GET(out.integer(s.facts.peer_port))},
    Row{"peer_port_external", "peer-port-external", integer, "", Needs::core, "The port of the router that it forwards to peer_port_in_use, which others are told; 0 for none.", GET(out.integer(s.facts.external_port))},
    Row{"peers_blocked", "peers-blocked", integer, "", Needs::core, "Times an address on the blocklist was turned away since the start.", GET(out.integer(s.facts.peers_blocked))},
    Row{"port_mapping_status", "port-mapping-status", text, "", Needs::core, "What came of asking the router to forward the peer port, or why nothing did; \"\" while port_forwarding_enabled is off.", GET(out.text(s.facts.port_mapping))},
    Row{"rpc_version", "rpc-version", integer, "", Needs::core, "Version of the legacy dialect.", CONSTANT(out.integer(rpc_version))},
    Row{"rpc_version_minimum", "rpc-version-minimum", integer, "", Needs::core, "Oldest version of the legacy dialect that still fits.", CONSTANT(out.integer(rpc_version_minimum))},
    Row{"rpc_version_semver", "rpc-version-semver", text, "", Needs::core, "Version of the RPC.", CONSTANT(out.text(rpc_version_semver))},
    Row{"seedd_version", "seedd-version", text, "", Needs::core, "Version of seedd.", GET(out.text(s.seedd_version))},
    Row{"session_id", "session-id", text, "", Needs::core, "What X-Transmission-Session-Id has to be.", GET(out.text(s.session_id))},
    Row{"tcp_enabled", "tcp-enabled", boolean, "", Needs::core, "Whether tcp is in preferred_transports.", GET(out.boolean(has_tcp(s)))},
    Row{"units", "", object, "", Needs::core, "Names and steps of units, for display.", &write_units},
    Row{"version", "", text, "", Needs::core, "Version as clients of Transmission read it.", GET(out.text(s.version))},
};
// clang-format on

#undef GET
#undef CONSTANT

/// A wish list that knows both spellings of a key.
class Wanted {
 public:
  Wanted(const std::vector<std::string>& names, Dialect dialect)
      : names_(names), dialect_(dialect) {}
  bool operator()(std::string_view name, std::string_view legacy) const {
    if (names_.empty()) return true;
    return std::ranges::any_of(names_, [&](const std::string& asked) {
      return asked == name || (dialect_ == Dialect::legacy && !legacy.empty() && asked == legacy);
    });
  }

 private:
  const std::vector<std::string>& names_;
  Dialect dialect_;
};

/// The state's folder is a fact, not what the settings say.
bool is_fact(std::string_view key) {
  return std::ranges::find(table, key, &Row::name) != table.end();
}

}  // namespace

std::span<const Row> session_facts() { return table; }

std::string encode_session(const SessionSnapshot& from, const std::vector<std::string>& names,
                           Dialect dialect) {
  const Wanted wanted(names, dialect);
  JsonWriter out;
  out.begin_object();
  const auto rows = Settings::rows();
  for (std::size_t place = 0; place < rows.size(); ++place) {
    const auto& row = rows[place];
    if (row.access == config::Rpc::none || is_fact(row.rpc) || !wanted(row.rpc, row.legacy))
      continue;
    out.key(spelt(row.rpc, row.legacy, dialect));
    write_setting(row, Settings::get(from.settings, place), out, dialect);
  }
  for (const Row& row : table) {
    if (!wanted(row.name, row.legacy)) continue;
    out.key(spelt(row.name, row.legacy, dialect));
    row.write(from, out, dialect);
  }
  out.end_object();
  return out.take();
}

}  // namespace seed::rpc
