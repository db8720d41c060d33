// health: what /healthz and /readyz say, for people, for Docker and for scripts.
#include <fmt/format.h>

#include <array>
#include <ostream>
#include <vector>

#include "ctl/commands/commands.h"
#include "ctl/printable.h"

namespace seed::ctl {

namespace {

constexpr std::array flags = {
    Flag{"", "live", "",
         "Only whether its loop turns (healthz): what a restart helps against, for whoever does "
         "that by himself."},
    Flag{"", "ready", "", "Only whether it can do what it is for (readyz)."},
};

std::vector<std::string_view> pages_of(const Arguments& arguments) {
  if (arguments.has("live") == arguments.has("ready")) return {"healthz", "readyz"};
  return {arguments.has("live") ? "healthz" : "readyz"};
}

struct Health {
  std::string_view page;
  bool good = false;
  Json body;
};

/// Whoever does not answer is not healthy: the statuses of this command are 0 and 1.
Outcome<Health> ask(Context& context, std::string_view page) {
  auto answer = context.daemon.get(fmt::format("/{}", page));
  if (!answer) return refused(answer.error().text);
  if (answer->status != 200 && answer->status != 503)
    return refused(
        fmt::format("/{} is answered with HTTP status {}: is it seedd, and as new as this seedctl?",
                    page, answer->status));
  return Health{page, answer->status == 200, std::move(answer->body)};
}

std::string render(const Health& health, const Look& look) {
  std::string out = fmt::format(
      "{:<8} {}\n", health.page,
      paint(health.good ? "ok" : "failing", health.good ? Style::good : Style::bad, look.colours));
  for (const Json& reason : list(health.body, "reasons"))
    out +=
        fmt::format("  {}: {}\n", printable(text(reason, "code")), printable(text(reason, "text")));
  return out;
}

Outcome<void> run_health(Context& context, const Arguments& arguments) {
  Json document = Json::object();
  bool good = true;
  for (const std::string_view page : pages_of(arguments)) {
    SEED_TRY(const Health health, ask(context, page));
    good = good && health.good;
    document[std::string(page)] = health.body;
    if (!context.json) context.terminal.out << render(health, context.look());
  }
  if (context.json) context.print(document);
  if (good) return {};
  return refused("the daemon is not healthy.");
}

}  // namespace

const Command health_command{
    "health",
    "",
    0,
    0,
    Completes::nothing,
    "Say whether the daemon is well.",
    "healthz: its loop turns; readyz: it listens, its folders are there and its state can be "
    "written. The exit status is 0 when what was asked for is fine, else 1, also when nobody "
    "answers. A missing disk is no reason to start again: a container's health check takes --live. "
    "It needs no user and no token.",
    flags,
    &run_health};

}  // namespace seed::ctl
