// seedctl: tells a running seedd what to do.
#include <unistd.h>

#include <csignal>

#include "ctl/client.h"
#include "ctl/program.h"

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

bool wants_no_colour(const Environment& environment) {
  const auto found = environment.find("NO_COLOR");
  return found != environment.end() && !found->second.empty();
}

}  // namespace

int main(int count, char** words) {
  // A connection that breaks is told in words; a reader that has gone by the exit status.
  std::signal(SIGPIPE, SIG_IGN);
  const Environment environment = read_environment();
  Terminal terminal = real_terminal(wants_no_colour(environment), is_utf8_locale(environment));
  const Connect connect = [](const Target& target, std::chrono::seconds timeout) {
    return std::make_unique<Client>(target, timeout);
  };
  const std::vector<std::string> arguments(words + (count > 0 ? 1 : 0), words + count);
  return static_cast<int>(run_program(arguments, environment, terminal, connect));
}
