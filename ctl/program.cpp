#include "ctl/program.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <exception>
#include <ostream>
#include <sstream>

#include "ctl/arguments.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/destinations.h"
#include "ctl/help.h"
#include "ctl/printable.h"
#include "ctl/words.h"

namespace seed::ctl {

namespace {

bool works_alone(const Command& command) {
  return command.name == "help" || command.name == "completion" || command.name == "hosts";
}

/// Whether it takes the screen.
bool draws_in_place(const Command& command, const Arguments& arguments) {
  return command.name == "watch" || command.name == "top" || arguments.has("watch");
}

/// Commands that take the screen, or never end, have one daemon.
bool takes_one(const Command& command, const Arguments& arguments) {
  return command.name == "events" || draws_in_place(command, arguments);
}

/// For commands that need no daemon, so that they need no valid --host either.
class NoDaemon : public Daemon {
 public:
  Outcome<Json> call(std::string_view, const Json&) override { return none(); }
  Outcome<Page> get(std::string_view) override { return none(); }
  std::unique_ptr<EventStream> listen(const std::vector<std::string>&,
                                      const std::string&) override {
    return nullptr;
  }

 private:
  static std::unexpected<Failure> none() {
    return unreachable("this command speaks to no daemon.");
  }
};

Outcome<Context> make_context(Daemon& daemon, Terminal& terminal, const Arguments& arguments,
                              const Environment& environment) {
  Context out{daemon,
              terminal,
              Schema::built_in(),
              arguments.has("json"),
              arguments.has("exact"),
              !arguments.has("no-header"),
              std::nullopt,
              nullptr,
              hosts_file_path(arguments, environment),
              names_hosts_file(arguments, environment),
              {}};
  const std::string when = arguments.value("color");
  if (when == "always" || when == "never")
    out.colours = when == "always";
  else if (!when.empty() && when != "auto")
    return misused(fmt::format("--color: \"{}\" is not auto, always or never.", when));
  return out;
}

/// What a command has printed: one document as it is, several as an array, null for none.
Json joined(std::vector<Json> documents) {
  if (documents.empty()) return nullptr;
  return documents.size() == 1 ? std::move(documents.front()) : Json(std::move(documents));
}

void print_failure(std::ostream& err, std::string front, const Failure& failure) {
  for (const std::string_view line : split(failure.text, '\n')) {
    err << front << printable(line) << '\n';
    front.clear();
  }
}

/// One command line for several daemons, one after the other.
class Round {
 public:
  Round(const CommandLine& line, const Environment& environment, Terminal& terminal,
        const Connect& connect)
      : line_(line), environment_(environment), terminal_(terminal), connect_(connect) {}

  /// The worst of their statuses; what each of them has said is told by then.
  Outcome<void> run(const std::vector<Destination>& destinations) {
    // What is read once serves all of them.
    if (std::ranges::find(line_.arguments.operands, "-") != line_.arguments.operands.end()) {
      SEED_TRY(input_, read_input(terminal_.in));
    }
    for (const Destination& destination : destinations) {
      SEED_TRY_VOID(run_one(destination));
      terminal_.out.flush();
    }
    if (line_.arguments.has("json")) terminal_.out << json_text({{"hosts", told_}}) << '\n';
    if (failed_.empty()) return {};
    return std::unexpected(Failure{worst_, summary(destinations.size()), false, 0});
  }

 private:
  Outcome<void> run_one(const Destination& destination) {
    std::istringstream input(input_);
    const bool json = line_.arguments.has("json");
    Terminal terminal{input_.empty() ? terminal_.in : input,
                      terminal_.out,
                      terminal_.err,
                      terminal_.in_is_terminal,
                      terminal_.look,
                      terminal_.pause,
                      terminal_.interrupted,
                      terminal_.ask_secret,
                      terminal_.unix_now,
                      terminal_.reader_gone};
    const auto daemon = connect_(destination.target, destination.timeout);
    SEED_TRY(Context context, make_context(*daemon, terminal, line_.arguments, environment_));
    std::vector<Json> documents;
    context.host = destination.name;
    if (json) context.documents = &documents;
    if (!json)
      terminal_.out << paint(printable(fmt::format("{}:", destination.name)), Style::bold,
                             context.look().colours)
                    << '\n';
    const auto done = fenced(context);
    const Exit exit = done ? Exit::fine : done.error().exit;
    worst_ = std::max(worst_, exit);
    if (!done) {
      failed_.push_back(destination.name);
      terminal_.out.flush();
      print_failure(terminal_.err, fmt::format("seedctl: {}: ", printable(destination.name)),
                    done.error());
    }
    if (!json) return {};
    Json told = {{"exit", static_cast<int>(exit)}};
    if (done || !documents.empty()) told["result"] = joined(std::move(documents));
    if (!done) told["error"] = done.error().text;
    told_[destination.name] = std::move(told);
    return {};
  }

  /// What nobody has thought of at one host does not keep the others from being asked.
  Outcome<void> fenced(Context& context) const {
    try {
      return line_.command->run(context, line_.arguments);
    } catch (const std::exception& error) {
      return refused(printable(error.what()));
    }
  }

  std::string summary(std::size_t all) const {
    return fmt::format("{} of {} hosts did it; not {}.", all - failed_.size(), all,
                       fmt::join(failed_, ", "));
  }

  const CommandLine& line_;
  const Environment& environment_;
  Terminal& terminal_;
  const Connect& connect_;
  std::string input_;
  Json told_ = Json::object();  ///< by the host's name
  std::vector<std::string> failed_;
  Exit worst_ = Exit::fine;
};

Outcome<void> run_command(const CommandLine& line, const Environment& environment,
                          Terminal& terminal, const Connect& connect) {
  if (works_alone(*line.command)) {
    NoDaemon nobody;
    SEED_TRY(Context context, make_context(nobody, terminal, line.arguments, environment));
    return line.command->run(context, line.arguments);
  }
  SEED_TRY(const auto destinations, find_destinations(line.arguments, environment, terminal));
  if (destinations.size() > 1) {
    if (takes_one(*line.command, line.arguments))
      return misused(fmt::format("{} shows one host: name it with --host.", line.command->name));
    return Round(line, environment, terminal, connect).run(destinations);
  }
  std::chrono::seconds timeout = destinations.front().timeout;
  if (draws_in_place(*line.command, line.arguments) && !line.arguments.has("timeout"))
    timeout = std::min(timeout, live_call_timeout);
  const auto daemon = connect(destinations.front().target, timeout);
  SEED_TRY(Context context, make_context(*daemon, terminal, line.arguments, environment));
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
    print_failure(terminal.err, "seedctl: ", done.error());
    return done.error().exit;
  }
  if (!terminal.out) {
    if (terminal.reader_gone()) return Exit::unread;
    terminal.err << "seedctl: cannot write the output.\n";
    return Exit::refused;
  }
  return Exit::fine;
}

}  // namespace seed::ctl
