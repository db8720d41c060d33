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
  /// there is something to read at a descriptor or the window has changed. Arrows and the like are
  /// the letters that less(1) has for them: k, j, b, space, g, G; to the sides h and l.
  std::function<std::optional<char>(std::chrono::milliseconds, const std::vector<int>& descriptors)>
      pause;
  /// True once Ctrl-C or a signal to end came inside a FullScreen.
  std::function<bool()> interrupted;
  /// A line typed without being shown; nothing when there is no terminal to ask at.
  std::function<std::optional<std::string>(std::string_view prompt)> ask_secret;
  std::function<std::int64_t()> unix_now;
  /// Whether nobody reads the output any more: `| head` has seen enough.
  std::function<bool()> reader_gone;
};

/// The process's own. `no_colour`: NO_COLOR is set (no-color.org). `utf8`: the locale says so.
Terminal real_terminal(bool no_colour, bool utf8);

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

/// "Remove ...? [y/N] "; true for y or yes.
bool confirmed(Terminal& terminal, std::string_view question);

}  // namespace seed::ctl
