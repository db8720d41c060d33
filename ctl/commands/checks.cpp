// What the daemon does for us outside: blocklist, port-test.
#include <fmt/format.h>

#include "ctl/commands/commands.h"
#include "ctl/format.h"

namespace seed::ctl {

namespace {

Outcome<void> run_blocklist(Context& context, const Arguments& arguments) {
  if (arguments.operands.front() != "update")
    return misused("blocklist: write `blocklist update`.");
  SEED_TRY(const Json answer, context.daemon.call("blocklist_update", Json::object()));
  if (context.json) context.print(answer);
  context.say(fmt::format("The blocklist has {} rules.", integer(answer, "blocklist_size")));
  return {};
}

Outcome<void> run_port_test(Context& context, const Arguments& arguments) {
  Json params = Json::object();
  if (!arguments.operands.empty()) {
    const std::string& protocol = arguments.operands.front();
    if (protocol != "ipv4" && protocol != "ipv6")
      return misused(fmt::format("port-test: \"{}\" is neither ipv4 nor ipv6.", protocol));
    params["ip_protocol"] = protocol;
  }
  SEED_TRY(const Json answer, context.daemon.call("port_test", params));
  if (context.json) context.print(answer);
  const bool open = boolean(answer, "port_is_open");
  context.say(open
                  ? "Peers can reach the peer port."
                  : "Peers cannot reach the peer port: is it open in the firewall and forwarded by "
                    "the router?");
  if (open) return {};
  return refused("the port is closed.");
}

}  // namespace

const Command blocklist_command{"blocklist",
                                "update",
                                1,
                                1,
                                Completes::nothing,
                                "Fetch the blocklist anew.",
                                "From the setting blocklist_url.",
                                {},
                                &run_blocklist};

const Command port_test_command{
    "port-test",
    "[ipv4|ipv6]",
    0,
    1,
    Completes::nothing,
    "Test whether peers can reach the peer port.",
    "The daemon asks a service for it, if its settings name one. The status is 1 when the port is "
    "closed.",
    {},
    &run_port_test};

}  // namespace seed::ctl
