// Live: a picture of the torrents on the whole screen, drawn anew whenever something has changed,
// until q or Ctrl-C.
#pragma once

#include <functional>
#include <string>

#include "ctl/command.h"
#include "ctl/feed.h"

namespace seed::ctl {

struct Picture {
  /// Lines that fit the look; the last row is left to what is said about the daemon.
  std::function<std::string(const Look& look)> draw;
  /// Each key but q; nullptr when none means anything.
  std::function<void(char key)> on_key;
  /// When something of the torrents has changed, before it is drawn; may be nullptr.
  std::function<void()> on_change;
  /// Whether it is another picture each second although nothing was told; nullptr for never.
  std::function<bool()> moves;
};

/// Exit::usage where there is no terminal to draw on.
Outcome<void> check_live(const Context& context, std::string_view command);

/// `feed` has begun: so the failure of a first call is said before the screen is taken.
Outcome<void> run_live(Context& context, Feed& feed, const Picture& picture);

}  // namespace seed::ctl
