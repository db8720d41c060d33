#include "ctl/live.h"

#include <fmt/format.h>

#include <algorithm>

#include "ctl/printable.h"

namespace seed::ctl {

namespace {

/// How often what cannot be waited for, such as the size of a window, is looked at.
constexpr std::chrono::milliseconds patience_max{1000};

bool same_size(const Look& a, const Look& b) { return a.columns == b.columns && a.rows == b.rows; }

/// No more lines than there are rows: the screen would scroll.
std::string fitted(std::string lines, std::size_t rows) {
  std::size_t end = 0;
  for (std::size_t row = 0; row < rows && end < lines.size(); ++row)
    end = std::min(lines.find('\n', end), lines.size() - 1) + 1;
  if (rows > 0) lines.resize(end);
  return lines;
}

/// The picture, and in the last row why it may be old.
std::string with_trouble(std::string lines, const std::string& trouble, const Look& look) {
  lines = fitted(std::move(lines), look.rows - (trouble.empty() || look.rows < 2 ? 0 : 1));
  if (trouble.empty()) return lines;
  const std::string text =
      cut(printable("Trying again: " + trouble), std::max<std::size_t>(look.columns, 1), look.utf8);
  return lines + paint(text, Style::bad, look.colours) + '\n';
}

}  // namespace

Outcome<void> check_live(const Context& context, std::string_view command) {
  if (!context.json && context.look().dumb)
    return misused(
        fmt::format("{} draws on the whole screen, which a terminal with TERM=dumb has "
                    "not; use `seedctl list`.",
                    command));
  if (!context.json && context.look().terminal && context.terminal.in_is_terminal) return {};
  return misused(
      fmt::format("{} draws on a terminal; in scripts use `seedctl list --json` or "
                  "`seedctl events --json`.",
                  command));
}

Outcome<void> run_live(Context& context, Feed& feed, const Picture& picture) {
  Terminal& terminal = context.terminal;
  FullScreen screen(terminal);
  Look drawn;
  std::int64_t drawn_at = 0;
  bool stale = true;
  while (!terminal.interrupted()) {
    const std::int64_t now = terminal.unix_now();
    SEED_TRY(const bool changed, feed.advance(now));
    if (changed && picture.on_change) picture.on_change();
    const Look look = context.look();
    stale = stale || (now != drawn_at && picture.moves && picture.moves());
    if (changed || stale || !same_size(look, drawn)) {
      screen.draw(with_trouble(picture.draw(look), feed.trouble(), look));
      drawn = look;
      drawn_at = now;
      stale = false;
    }
    const auto key = terminal.pause(std::min(feed.patience(), patience_max), feed.descriptors());
    if (!key) continue;
    if (*key == 'q' || *key == 'Q') break;
    if (picture.on_key) picture.on_key(*key);
    stale = true;
  }
  return {};
}

}  // namespace seed::ctl
