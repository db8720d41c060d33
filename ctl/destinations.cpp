#include "ctl/destinations.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ostream>

#include "ctl/client.h"
#include "ctl/hosts_file.h"
#include "ctl/printable.h"
#include "ctl/words.h"

namespace seed::ctl {

namespace {

std::string variable(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

/// The first of them that says something.
std::string first_of(std::initializer_list<std::string> values) {
  for (const std::string& value : values)
    if (!value.empty()) return value;
  return {};
}

/// A secret by its word or by a file of it.
struct Secret {
  std::string word;
  std::string file;

  bool given() const { return !word.empty() || !file.empty(); }
};

class Finder {
 public:
  Finder(const Arguments& arguments, const Environment& environment, Terminal& terminal,
         const HostsFile& hosts)
      : arguments_(arguments), environment_(environment), terminal_(terminal), hosts_(hosts) {}

  Outcome<Destination> find(const std::string& name) {
    static const HostEntry nobody;
    const HostEntry* known = hosts_.find(name);
    const HostEntry& entry = known != nullptr ? *known : nobody;
    Destination out;
    SEED_TRY(out.target, parse_target(known != nullptr && !entry.host.empty() ? entry.host : name));
    out.name = name.empty() ? std::string(default_host) : shown_host(name);
    SEED_TRY_VOID(fill_login(out.target, entry, out.name));
    out.target.cacert = first_of(
        {arguments_.value("cacert"), entry.cacert, variable(environment_, "SEEDCTL_CACERT")});
    out.target.insecure = arguments_.has("insecure") || entry.insecure;
    SEED_TRY(out.timeout, timeout_of(entry));
    return out;
  }

 private:
  /// One way in: a token, or user and password, of the one who says most of it first.
  Outcome<void> fill_login(Target& target, const HostEntry& entry, const std::string& name) {
    const Secret flag_token{arguments_.value("token"), arguments_.value("token-file")};
    const Secret own_token{entry.token, entry.token_file};
    const Secret set_token{variable(environment_, "SEEDCTL_TOKEN"),
                           variable(environment_, "SEEDCTL_TOKEN_FILE")};
    const Secret flag_password{arguments_.value("password"), arguments_.value("password-file")};
    const Secret own_password{entry.password, entry.password_file};
    const Secret set_password{variable(environment_, "SEEDCTL_PASSWORD"),
                              variable(environment_, "SEEDCTL_PASSWORD_FILE")};
    const bool flag_user = arguments_.has("user") || flag_password.given();
    const bool own_user = !entry.user.empty() || own_password.given();
    const bool in_url = !target.user.empty();
    if (flag_token.given()) return read(flag_token, target.token);
    if (!flag_user && !in_url && own_token.given()) return read(own_token, target.token);
    if (!flag_user && !in_url && !own_user && set_token.given())
      return read(set_token, target.token);
    target.user = first_of({arguments_.value("user"), entry.user, target.user,
                            variable(environment_, "SEEDCTL_USER")});
    if (flag_password.given())
      SEED_TRY_VOID(read(flag_password, target.password));
    else if (own_password.given())
      SEED_TRY_VOID(read(own_password, target.password));
    else if (target.password.empty() && set_password.given())
      SEED_TRY_VOID(read(set_password, target.password));
    if (target.user.empty() && flag_password.given())
      return misused("a password needs a user: name one with --user.");
    if (target.user.empty() && own_password.given())
      return misused(
          fmt::format("the file of hosts has a password of {} and no user.", printable(name)));
    if (!target.user.empty() && target.password.empty() && terminal_.in_is_terminal)
      target.password = terminal_
                            .ask_secret(fmt::format(
                                "Password of {} at {}: ", printable(target.user), printable(name)))
                            .value_or("");
    return {};
  }

  Outcome<void> read(const Secret& secret, std::string& into) {
    into = secret.word;
    if (!into.empty()) return {};
    bool exposed = false;
    SEED_TRY(into, read_secret(secret.file, exposed));
    if (exposed)
      terminal_.err << printable(fmt::format("seedctl: warning: others may read {}: chmod 600 it.",
                                             secret.file))
                    << '\n';
    return {};
  }

  Outcome<std::chrono::seconds> timeout_of(const HostEntry& entry) const {
    SEED_TRY(const std::int64_t seconds,
             arguments_.whole("timeout", entry.timeout.value_or(call_timeout.count())));
    // To libcurl 0 would mean for ever.
    if (seconds < 1 || seconds > call_timeout_max.count())
      return misused(fmt::format("{}: between 1 and {} seconds.",
                                 arguments_.has("timeout") ? "--timeout" : entry.name + ".timeout",
                                 call_timeout_max.count()));
    return std::chrono::seconds(seconds);
  }

  const Arguments& arguments_;
  const Environment& environment_;
  Terminal& terminal_;
  const HostsFile& hosts_;
};

}  // namespace

std::string hosts_file_path(const Arguments& arguments, const Environment& environment) {
  const std::string named =
      first_of({arguments.value("config"), variable(environment, "SEEDCTL_CONFIG")});
  if (!named.empty()) return named;
  const std::string config = variable(environment, "XDG_CONFIG_HOME");
  if (config.starts_with('/')) return config + "/seedd/seedctl.toml";
  const std::string home = variable(environment, "HOME");
  return home.empty() ? std::string() : home + "/.config/seedd/seedctl.toml";
}

bool names_hosts_file(const Arguments& arguments, const Environment& environment) {
  return arguments.has("config") || !variable(environment, "SEEDCTL_CONFIG").empty();
}

Outcome<std::vector<Destination>> find_destinations(const Arguments& arguments,
                                                    const Environment& environment,
                                                    Terminal& terminal) {
  const std::string path = hosts_file_path(arguments, environment);
  HostsFile hosts;
  if (!path.empty()) {
    SEED_TRY(hosts, read_hosts(path, names_hosts_file(arguments, environment)));
  }
  if (hosts.exposed)
    terminal.err
        << printable(fmt::format(
               "seedctl: warning: secrets stand in {} and others may read it: chmod 600 it.", path))
        << '\n';
  const std::string given = fmt::format("{}", fmt::join(arguments.values("host"), ","));
  const std::string wanted =
      first_of({given, variable(environment, "SEEDCTL_HOST"), hosts.default_name});
  Finder finder(arguments, environment, terminal, hosts);
  std::vector<Destination> out;
  std::vector<std::string_view> seen;
  for (const std::string_view name : split(wanted, ',')) {
    if (std::ranges::find(seen, name) != seen.end()) continue;
    seen.push_back(name);
    if (name.empty() && !wanted.empty())
      return misused("--host: a name between the commas is missing.");
    SEED_TRY(Destination found, finder.find(std::string(name)));
    out.push_back(std::move(found));
  }
  return out;
}

}  // namespace seed::ctl
