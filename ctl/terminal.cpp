#include "ctl/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <iostream>
#include <thread>

#include "ctl/printable.h"

namespace seed::ctl {

namespace {

volatile std::sig_atomic_t signalled = 0;

// One process has one terminal, and its state must be there for the destructor.
termios saved_modes{};
bool modes_saved = false;
bool screen_taken = false;

void on_signal(int) { signalled = 1; }

Look real_look(bool no_colour, bool utf8) {
  Look look;
  look.utf8 = utf8;
  look.terminal = isatty(STDOUT_FILENO) != 0;
  look.colours = look.terminal && !no_colour;
  winsize size{};
  if (look.terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
    look.columns = size.ws_col;
    look.rows = size.ws_row;
  }
  return look;
}

std::optional<char> real_pause(std::chrono::milliseconds time) {
  if (!screen_taken) {
    std::this_thread::sleep_for(time);
    return std::nullopt;
  }
  pollfd waits{STDIN_FILENO, POLLIN, 0};
  if (poll(&waits, 1, static_cast<int>(time.count())) <= 0) return std::nullopt;
  char key = 0;
  // End of input on a terminal means it is gone.
  if (read(STDIN_FILENO, &key, 1) <= 0) return 'q';
  return key;
}

std::optional<std::string> real_secret(std::string_view prompt) {
  termios modes{};
  if (tcgetattr(STDIN_FILENO, &modes) != 0) return std::nullopt;
  termios quiet = modes;
  quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  std::cerr << prompt << std::flush;
  std::string line;
  const bool read_it = static_cast<bool>(std::getline(std::cin, line));
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &modes);
  std::cerr << '\n';
  return read_it ? std::optional(line) : std::nullopt;
}

void catch_signals() {
  struct sigaction action{};
  action.sa_handler = on_signal;  // no SA_RESTART: poll() shall end
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
}

void restore_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_DFL);
}

}  // namespace

Terminal real_terminal(bool no_colour, bool utf8) {
  return Terminal{std::cin,
                  std::cout,
                  std::cerr,
                  isatty(STDIN_FILENO) != 0,
                  [no_colour, utf8] { return real_look(no_colour, utf8); },
                  real_pause,
                  [] { return signalled != 0; },
                  real_secret,
                  [] { return static_cast<std::int64_t>(std::time(nullptr)); }};
}

FullScreen::FullScreen(Terminal& terminal) : terminal_(terminal) {
  modes_saved = terminal_.in_is_terminal && tcgetattr(STDIN_FILENO, &saved_modes) == 0;
  if (modes_saved) {
    catch_signals();
    termios raw = saved_modes;
    raw.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
    screen_taken = true;
  }
  terminal_.out << "\x1b[?1049h\x1b[?25l" << std::flush;
}

FullScreen::~FullScreen() {
  terminal_.out << "\x1b[?25h\x1b[?1049l" << std::flush;
  if (!modes_saved) return;
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved_modes);
  modes_saved = false;
  screen_taken = false;
  restore_signals();
}

void FullScreen::draw(std::string_view lines) {
  std::string out = "\x1b[H";
  // Each line clears what the last picture left behind it; clearing all at once would flicker.
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    out += lines.substr(0, end);
    out += "\x1b[K";
    if (end == std::string_view::npos) break;
    lines.remove_prefix(end + 1);
    if (!lines.empty()) out += '\n';
  }
  terminal_.out << out << "\x1b[J" << std::flush;
}

bool confirmed(Terminal& terminal, std::string_view question) {
  terminal.err << printable(question) << " [y/N] " << std::flush;
  std::string answer;
  if (!std::getline(terminal.in, answer)) return false;
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace seed::ctl
