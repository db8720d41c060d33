#include <fmt/format.h>

#include <ostream>

#include "ctl/commands/commands.h"
#include "ctl/hosts_file.h"
#include "ctl/target.h"

namespace seed::ctl {

namespace {

const std::string& host_of(const HostEntry& host) {
  return host.host.empty() ? host.name : host.host;
}

/// How it lets one in, without the secret.
std::string login_of(const HostEntry& host) {
  if (!host.token.empty() || !host.token_file.empty()) return "token";
  if (!host.user.empty()) return fmt::format("user {}", host.user);
  const auto target = parse_target(host_of(host));
  return target && !target->user.empty() ? fmt::format("user {}", target->user) : "-";
}

Json as_json(const HostsFile& hosts) {
  Json rows = Json::array();
  for (const HostEntry& host : hosts.hosts)
    rows.push_back({{"name", shown_host(host.name)},
                    {"host", shown_host(host_of(host))},
                    {"login", login_of(host)},
                    {"default", host.name == hosts.default_name}});
  return {{"hosts", std::move(rows)}};
}

Outcome<void> run_hosts(Context& context, const Arguments&) {
  HostsFile hosts;
  if (!context.hosts_path.empty()) {
    SEED_TRY(hosts, read_hosts(context.hosts_path, context.hosts_named));
  }
  if (context.json) {
    context.print(as_json(hosts));
    return {};
  }
  if (hosts.hosts.empty()) {
    if (context.look().terminal)
      context.say(fmt::format("No hosts have names yet. `seedctl help hosts` says how {} looks.",
                              context.hosts_path));
    return {};
  }
  Table table;
  table.column("NAME").column("HOST").column("LOGIN").column("");
  for (const HostEntry& host : hosts.hosts)
    table.row({shown_host(host.name), shown_host(host_of(host)), login_of(host),
               Cell(host.name == hosts.default_name ? "default" : "", Style::dim)});
  context.terminal.out << table.render(context.look());
  return {};
}

constexpr std::string_view details =
    "They stand in ~/.config/seedd/seedctl.toml (or --config, or SEEDCTL_CONFIG):\n"
    "\n"
    "    default = \"nas\"\n"
    "    [hosts.nas]\n"
    "    host = \"https://nas.lan/rpc\"\n"
    "    token_file = \"nas.token\"\n"
    "    [hosts.home]\n"
    "    host = \"unix:/run/seedd/rpc.sock\"\n"
    "\n"
    "Keys of a host: host, user, password or password_file, token or token_file, cacert, insecure, "
    "timeout. Files are relative to this one. Keep it, and files with secrets, to yourself (chmod "
    "600): seedctl warns when others may read them. --host nas,home runs a command on both.";

}  // namespace

const Command hosts_command{
    "hosts", "", 0,         0, Completes::nothing, "List the daemons that you have given names.",
    details, {}, &run_hosts};

}  // namespace seed::ctl
