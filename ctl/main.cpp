// seedctl: tells a running seedd what to do.
#include <unistd.h>

#include <csignal>
#include <exception>
#include <iostream>

#include "ctl/client.h"
#include "ctl/printable.h"
#include "ctl/program.h"
#include "ctl/words.h"

namespace {

using namespace seed::ctl;

Environment read_environment() {
  Environment out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t sign = text.find('=');
    if (sign != std::string::npos) out.emplace(text.substr(0, sign), text.substr(sign + 1));
  }
  return out;
}

/// locale(7): the first of these that is set decides.
bool is_utf8_locale(const Environment& environment) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const auto found = environment.find(name);
    if (found == environment.end() || found->second.empty()) continue;
    return found->second.find("UTF-8") != std::string::npos ||
           found->second.find("utf8") != std::string::npos;
  }
  return false;
}

std::string value_of(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

/// 0 for what is no size of a terminal.
std::size_t size_of(const Environment& environment, std::string_view name) {
  static constexpr std::int64_t size_max = 10'000;
  const auto numbers = parse_numbers(value_of(environment, name));
  const bool is_size = numbers && numbers->size() == 1 && numbers->front() <= size_max;
  return is_size ? static_cast<std::size_t>(numbers->front()) : 0;
}

TerminalFacts facts_of(const Environment& environment) {
  TerminalFacts out;
  out.dumb = value_of(environment, "TERM") == "dumb";
  out.no_colour = out.dumb || !value_of(environment, "NO_COLOR").empty();
  out.utf8 = is_utf8_locale(environment);
  out.columns = size_of(environment, "COLUMNS");
  out.rows = size_of(environment, "LINES");
  return out;
}

int run(int count, char** words) {
  // A connection that breaks is told in words; a reader that has gone by the exit status.
  std::signal(SIGPIPE, SIG_IGN);
  const Environment environment = read_environment();
  const TerminalFacts facts = facts_of(environment);
  // A terminal that takes octets for characters of its own may be driven by those of UTF-8. What is
  // read by programs stays as it is.
  if (!facts.utf8 && isatty(STDOUT_FILENO) != 0) show_ascii_only(true);
  Terminal terminal = real_terminal(facts);
  const Connect connect = [&terminal](const Target& target, std::chrono::seconds timeout) {
    return std::make_unique<Client>(target, timeout, terminal.interrupted);
  };
  const std::vector<std::string> arguments(words + (count > 0 ? 1 : 0), words + count);
  return static_cast<int>(run_program(arguments, environment, terminal, connect));
}

}  // namespace

int main(int count, char** words) {
  // What nobody has thought of, such as no memory: said in a line, with the terminal given back.
  try {
    return run(count, words);
  } catch (const std::exception& error) {
    std::cerr << "seedctl: " << printable(error.what()) << '\n';
  }
  return static_cast<int>(Exit::refused);
}
