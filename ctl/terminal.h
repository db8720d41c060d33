// Terminal: where seedctl reads and writes. Tests hand in strings; main() hands in the real thing.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/descriptor.h"
#include "ctl/outcome.h"
#include "ctl/table.h"

namespace seed::ctl {

struct Terminal {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool in_is_terminal = false;
  /// Looked up each time: windows change their size.
  std::function<Look()> look;
  /// Waits; ends early, with the key, when one is pressed inside a FullScreen, and without one when
  /// a descriptor is ready or the window has changed. Arrows and the like are
  /// the letters that less(1) has for them: k, j, b, space, g, G; to the sides h and l.
  std::function<std::optional<char>(std::chrono::milliseconds,
                                    const std::vector<Descriptor>& descriptors)>
      pause;
  /// True once Ctrl-C, Ctrl-\ or a signal to end came inside a FullScreen or a Catching.
  std::function<bool()> interrupted;
  /// A line typed at the process's terminal without being shown; nothing when there is none.
  std::function<std::optional<std::string>(std::string_view prompt)> ask_secret;
  std::function<std::int64_t()> unix_now;
  /// Whether nobody reads the output any more: `| head` has seen enough.
  std::function<bool()> reader_gone;
};

/// What the environment says of the terminal.
struct TerminalFacts {
  bool no_colour = false;   ///< NO_COLOR is set (no-color.org), or TERM is dumb
  bool utf8 = false;        ///< the locale says so
  bool dumb = false;        ///< TERM is dumb: it knows no sequences
  std::size_t columns = 0;  ///< COLUMNS, 0 when not set
  std::size_t rows = 0;     ///< LINES
};

/// The process's own.
Terminal real_terminal(const TerminalFacts& facts);

/// What comes in on a stream, to its end. Bound: input_bytes_max; more is Exit::usage.
Outcome<std::string> read_input(std::istream& in);
/// A .torrent (limits::torrent_file_bytes_max) as base64 in a call, and what stands around it.
inline constexpr std::size_t input_bytes_max = 96u << 20;

/// The alternate screen, no echo, keys at once; all put back at its end, also after a signal.
class FullScreen {
 public:
  explicit FullScreen(Terminal& terminal);
  ~FullScreen();
  FullScreen(const FullScreen&) = delete;
  FullScreen& operator=(const FullScreen&) = delete;

  /// Draws `lines` from the top, without flicker, and clears the rest.
  void draw(std::string_view lines);

 private:
  Terminal& terminal_;
};

/// Ctrl-C and signals to end do not end the process, but are told by Terminal::interrupted(), as
/// long as this lives. Not inside a FullScreen.
class Catching {
 public:
  Catching();
  ~Catching();
  Catching(const Catching&) = delete;
  Catching& operator=(const Catching&) = delete;
};

/// "Remove ...? [y/N] "; true for y or yes.
bool confirmed(Terminal& terminal, std::string_view question);

}  // namespace seed::ctl
