#include "ctl/terminal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <iostream>

#include "ctl/printable.h"

namespace seed::ctl {

namespace {

volatile std::sig_atomic_t signalled = 0;
volatile std::sig_atomic_t suspend_wanted = 0;

// One process has one terminal, and its state must be there for the destructor.
termios saved_modes{};
bool modes_saved = false;
bool screen_taken = false;
std::string keys_left;  ///< read and not yet asked for

constexpr std::string_view screen_on = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view screen_off = "\x1b[?25h\x1b[?1049l";

void on_signal(int) { signalled = 1; }
void on_suspend(int) { suspend_wanted = 1; }
void on_resize(int) {}  // poll() ends, and what is drawn next asks for the size

/// Of a terminal that does not know its size, such as a serial line: what they all had once.
constexpr std::size_t columns_assumed = 80;
constexpr std::size_t rows_assumed = 24;

std::size_t first_known(std::size_t told, std::size_t set, std::size_t assumed) {
  if (told > 0) return told;
  return set > 0 ? set : assumed;
}

Look real_look(const TerminalFacts& facts) {
  Look look;
  look.utf8 = facts.utf8;
  look.dumb = facts.dumb;
  look.terminal = isatty(STDOUT_FILENO) != 0;
  look.colours = look.terminal && !facts.no_colour;
  if (!look.terminal) return look;
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) size = {};
  look.columns = first_known(size.ws_col, facts.columns, columns_assumed);
  look.rows = first_known(size.ws_row, facts.rows, rows_assumed);
  return look;
}

void take_keyboard() {
  termios raw = saved_modes;
  raw.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
}

/// Means nothing but that the picture is drawn again.
constexpr char redraw_key = '\f';

/// Ctrl-Z: the shell gets its terminal as it was, and fg brings the picture back.
void suspend() {
  suspend_wanted = 0;
  std::cout << screen_off << std::flush;
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved_modes);
  raise(SIGSTOP);
  take_keyboard();
  std::cout << screen_on << std::flush;
}

/// The sequences that terminals send for these keys (ECMA-48; xterm, and the Linux console).
struct Sequence {
  std::string_view octets;
  char key;
};
constexpr std::array sequences = {
    Sequence{"\x1b[A", 'k'},  Sequence{"\x1bOA", 'k'}, Sequence{"\x1b[B", 'j'},
    Sequence{"\x1bOB", 'j'},  Sequence{"\x1b[C", 'l'}, Sequence{"\x1bOC", 'l'},
    Sequence{"\x1b[D", 'h'},  Sequence{"\x1bOD", 'h'}, Sequence{"\x1b[5~", 'b'},
    Sequence{"\x1b[6~", ' '}, Sequence{"\x1b[H", 'g'}, Sequence{"\x1bOH", 'g'},
    Sequence{"\x1b[1~", 'g'}, Sequence{"\x1b[F", 'G'}, Sequence{"\x1bOF", 'G'},
    Sequence{"\x1b[4~", 'G'},
};

/// The first of the keys that were read; other sequences are left out.
std::optional<char> next_key() {
  while (!keys_left.empty()) {
    if (keys_left.front() != '\x1b') {
      const char key = keys_left.front();
      keys_left.erase(0, 1);
      return key;
    }
    for (const Sequence& each : sequences) {
      if (!keys_left.starts_with(each.octets)) continue;
      keys_left.erase(0, each.octets.size());
      return each.key;
    }
    // To the end of what is not known: a letter or ~ (ECMA-48, 5.4).
    std::size_t end = 1;
    while (end < keys_left.size() && (end < 2 || keys_left[end] < '@')) ++end;
    keys_left.erase(0, end + 1);
  }
  return std::nullopt;
}

std::optional<char> real_pause(std::chrono::milliseconds time,
                               const std::vector<Descriptor>& descriptors) {
  if (const auto key = next_key()) return key;
  std::vector<pollfd> waits;
  if (screen_taken) waits.push_back({STDIN_FILENO, POLLIN, 0});
  for (const Descriptor& each : descriptors)
    waits.push_back({each.number, static_cast<short>(each.writes ? POLLOUT : POLLIN), 0});
  const int count = poll(waits.data(), waits.size(), static_cast<int>(time.count()));
  if (suspend_wanted != 0) {
    suspend();
    return redraw_key;
  }
  if (count <= 0 || !screen_taken || waits.front().revents == 0) return std::nullopt;
  std::array<char, 64> octets{};
  const auto got = read(STDIN_FILENO, octets.data(), octets.size());
  // End of input on a terminal means it is gone.
  if (got <= 0) return 'q';
  keys_left.append(octets.data(), static_cast<std::size_t>(got));
  return next_key();
}

/// What ends or suspends whoever asks for a secret: the terminal must show again by then.
constexpr std::array ending_signals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
volatile std::sig_atomic_t came_while_asked = 0;

void on_asked_signal(int signal) { came_while_asked = signal; }

/// The terminal without its echo, as long as this lives.
class Unseen {
 public:
  explicit Unseen(int terminal) : terminal_(terminal) {
    came_while_asked = 0;
    struct sigaction action{};
    action.sa_handler = on_asked_signal;  // no SA_RESTART: read() shall end
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < ending_signals.size(); ++i)
      sigaction(ending_signals[i], &action, &before_[i]);
    if (tcgetattr(terminal_, &modes_) != 0) return;
    termios quiet = modes_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    quiet_ = tcsetattr(terminal_, TCSAFLUSH, &quiet) == 0;
  }
  ~Unseen() {
    if (quiet_) tcsetattr(terminal_, TCSAFLUSH, &modes_);
    for (std::size_t i = 0; i < ending_signals.size(); ++i)
      sigaction(ending_signals[i], &before_[i], nullptr);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;

  bool is_quiet() const { return quiet_; }

 private:
  int terminal_;
  bool quiet_ = false;
  termios modes_{};
  std::array<struct sigaction, ending_signals.size()> before_{};
};

/// More is no password; the rest of the line is read away with it.
constexpr std::size_t secret_bytes_max = 4096;

void write_all(int to, std::string_view text) {
  while (!text.empty()) {
    const auto count = write(to, text.data(), text.size());
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

/// A line, octet by octet: what stands behind it is for others. Nothing at the end of the input and
/// when a signal came.
std::optional<std::string> read_line(int from) {
  std::string out;
  while (came_while_asked == 0) {
    char octet = 0;
    const auto count = read(from, &octet, 1);
    if (count == 1 && octet == '\n') return out;
    if (count == 1 && out.size() < secret_bytes_max) out += octet;
    if (count == 0 || (count < 0 && errno != EINTR)) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::string> real_secret(std::string_view prompt) {
  // Not the standard input, of which std::cin may hold some already.
  const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
  if (terminal < 0) return std::nullopt;
  std::optional<std::string> line;
  int came = 0;
  do {
    {
      const Unseen unseen(terminal);
      if (!unseen.is_quiet()) break;
      write_all(terminal, prompt);
      line = read_line(terminal);
      came = came_while_asked;
    }
    write_all(terminal, "\n");
    // As it would have done without us; after a suspension the question is asked again.
    if (came != 0) raise(came);
  } while (came == SIGTSTP);
  close(terminal);
  return line;
}

void catch_ends() {
  struct sigaction action{};
  action.sa_handler = on_signal;  // no SA_RESTART: poll() shall end
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaction(signal, &action, nullptr);
}

void catch_signals() {
  catch_ends();
  struct sigaction action{};
  sigemptyset(&action.sa_mask);
  action.sa_handler = on_suspend;
  sigaction(SIGTSTP, &action, nullptr);
  action.sa_handler = on_resize;
  sigaction(SIGWINCH, &action, nullptr);
}

void restore_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH})
    std::signal(signal, SIG_DFL);
}

}  // namespace

Terminal real_terminal(const TerminalFacts& facts) {
  return Terminal{std::cin,
                  std::cout,
                  std::cerr,
                  isatty(STDIN_FILENO) != 0,
                  [facts] { return real_look(facts); },
                  real_pause,
                  [] { return signalled != 0; },
                  real_secret,
                  [] { return static_cast<std::int64_t>(std::time(nullptr)); },
                  [] {
                    pollfd out{STDOUT_FILENO, 0, 0};
                    return poll(&out, 1, 0) == 1 && (out.revents & (POLLERR | POLLHUP)) != 0;
                  }};
}

FullScreen::FullScreen(Terminal& terminal) : terminal_(terminal) {
  modes_saved = terminal_.in_is_terminal && tcgetattr(STDIN_FILENO, &saved_modes) == 0;
  if (modes_saved) {
    catch_signals();
    take_keyboard();
    screen_taken = true;
  }
  terminal_.out << screen_on << std::flush;
}

FullScreen::~FullScreen() {
  terminal_.out << screen_off << std::flush;
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

Catching::Catching() { catch_ends(); }

Catching::~Catching() {
  restore_signals();
  signalled = 0;
}

Outcome<std::string> read_input(std::istream& in) {
  std::string out;
  std::array<char, 65536> part{};
  while (in.read(part.data(), part.size()), in.gcount() > 0) {
    out.append(part.data(), static_cast<std::size_t>(in.gcount()));
    if (out.size() > input_bytes_max)
      return misused(
          fmt::format("the standard input is larger than {} MiB.", input_bytes_max >> 20));
  }
  return out;
}

bool confirmed(Terminal& terminal, std::string_view question) {
  terminal.err << printable(question) << " [y/N] " << std::flush;
  std::string answer;
  if (!std::getline(terminal.in, answer)) return false;
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace seed::ctl
