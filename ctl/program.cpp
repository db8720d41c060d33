#include "ctl/program.h"

#include <fmt/format.h>

#include <ostream>

#include "ctl/arguments.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/help.h"
#include "ctl/printable.h"
#include "ctl/words.h"

namespace seed::ctl {

namespace {

/// The flag, else the variable, else nothing.
std::string given(const Arguments& arguments, const Environment& environment, std::string_view flag,
                  std::string_view variable) {
  if (arguments.has(flag)) return arguments.value(flag);
  const auto found = environment.find(variable);
  return found == environment.end() ? std::string() : found->second;
}

Outcome<Target> find_target(const Arguments& arguments, const Environment& environment,
                            const Terminal& terminal) {
  SEED_TRY(Target target, parse_target(given(arguments, environment, "host", "SEEDCTL_HOST")));
  target.token = given(arguments, environment, "token", "SEEDCTL_TOKEN");
  const std::string user = given(arguments, environment, "user", "SEEDCTL_USER");
  if (!user.empty()) target.user = user;
  const std::string password = given(arguments, environment, "password", "SEEDCTL_PASSWORD");
  if (!password.empty()) target.password = password;
  const bool asks = arguments.has("user") && target.password.empty() && terminal.in_is_terminal;
  if (asks) target.password = terminal.ask_secret("Password: ").value_or("");
  return target;
}

bool works_alone(const Command& command) {
  return command.name == "help" || command.name == "completion";
}

/// For commands that need no daemon, so that they need no valid --host either.
class NoDaemon : public Daemon {
 public:
  Outcome<Json> call(std::string_view, const Json&) override {
    return unreachable("this command speaks to no daemon.");
  }
};

Outcome<void> run_command(const CommandLine& line, const Environment& environment,
                          Terminal& terminal, const Connect& connect) {
  std::unique_ptr<Daemon> daemon = std::make_unique<NoDaemon>();
  if (!works_alone(*line.command)) {
    SEED_TRY(const Target target, find_target(line.arguments, environment, terminal));
    SEED_TRY(const std::int64_t seconds, line.arguments.whole("timeout", call_timeout.count()));
    // To libcurl 0 would mean for ever.
    if (seconds < 1 || seconds > call_timeout_max.count())
      return misused(fmt::format("--timeout: between 1 and {} seconds.", call_timeout_max.count()));
    daemon = connect(target, std::chrono::seconds(seconds));
  }
  Context context{*daemon, terminal, Schema::built_in(), line.arguments.has("json")};
  return line.command->run(context, line.arguments);
}

Outcome<void> run(const std::vector<std::string>& words, const Environment& environment,
                  Terminal& terminal, const Connect& connect) {
  SEED_TRY(const CommandLine line, parse_command_line(words));
  if (line.version) {
    terminal.out << "seedctl " SEED_VERSION "\n";
    return {};
  }
  if (line.help) {
    terminal.out << (line.command == nullptr ? general_help()
                                             : command_help(*line.command, Schema::built_in()));
    return {};
  }
  if (line.command == nullptr) {
    terminal.err << general_help();
    return misused("no command is given.");
  }
  return run_command(line, environment, terminal, connect);
}

}  // namespace

Exit run_program(const std::vector<std::string>& words, const Environment& environment,
                 Terminal& terminal, const Connect& connect) {
  const auto done = run(words, environment, terminal, connect);
  terminal.out.flush();
  if (!done) {
    std::string front = "seedctl: ";
    for (const std::string_view line : split(done.error().text, '\n')) {
      terminal.err << front << printable(line) << '\n';
      front.clear();
    }
    return done.error().exit;
  }
  if (!terminal.out) {
    terminal.err << "seedctl: cannot write the output.\n";
    return Exit::refused;
  }
  return Exit::fine;
}

}  // namespace seed::ctl
