// Orders whose answer is empty: start, stop, verify, reannounce, queue, shutdown.
#include <fmt/format.h>

#include <array>

#include "ctl/commands/commands.h"
#include "ctl/selection.h"

namespace seed::ctl {

namespace {

constexpr std::array start_flags = {
    Flag{"n", "now", "", "Do not wait for a place in the queue."},
};

/// Calls `method` for the torrents that the words mean; `done` is what to say then: "Started".
Outcome<void> order(Context& context, const std::vector<std::string>& words,
                    std::string_view method, std::string_view done) {
  SEED_TRY(const Selection chosen, select(context.daemon, words));
  Json params = Json::object();
  chosen.put_into(params);
  SEED_TRY(const Json answer, context.daemon.call(method, params));
  if (context.json) context.print(answer);
  context.say(fmt::format("{} {}.", done, chosen.describe()));
  return {};
}

Outcome<void> run_start(Context& context, const Arguments& arguments) {
  return order(context, arguments.operands,
               arguments.has("now") ? "torrent_start_now" : "torrent_start", "Started");
}

Outcome<void> run_stop(Context& context, const Arguments& arguments) {
  return order(context, arguments.operands, "torrent_stop", "Stopped");
}

Outcome<void> run_verify(Context& context, const Arguments& arguments) {
  return order(context, arguments.operands, "torrent_verify", "Verifying");
}

Outcome<void> run_reannounce(Context& context, const Arguments& arguments) {
  return order(context, arguments.operands, "torrent_reannounce", "Asking the trackers of");
}

struct Move {
  std::string_view where;
  std::string_view method;
  std::string_view done;
};

constexpr std::array moves = {
    Move{"top", "queue_move_top", "Moved to the top of the queue:"},
    Move{"up", "queue_move_up", "Moved up in the queue:"},
    Move{"down", "queue_move_down", "Moved down in the queue:"},
    Move{"bottom", "queue_move_bottom", "Moved to the bottom of the queue:"},
};

Outcome<void> run_queue(Context& context, const Arguments& arguments) {
  const std::string& where = arguments.operands.front();
  for (const Move& move : moves)
    if (where == move.where)
      return order(context, {arguments.operands.begin() + 1, arguments.operands.end()}, move.method,
                   move.done);
  return misused(fmt::format("queue {}: write top, up, down or bottom, then the torrents.", where));
}

Outcome<void> run_shutdown(Context& context, const Arguments&) {
  SEED_TRY(const Json answer, context.daemon.call("session_close", Json::object()));
  if (context.json) context.print(answer);
  context.say("The daemon says goodbye to its trackers, saves and ends.");
  return {};
}

}  // namespace

const Command start_command{"start",    "TORRENT...",       1,
                            any_number, Completes::nothing, "Start torrents.",
                            "",         start_flags,        &run_start};
const Command stop_command{"stop",           "TORRENT...", 1,  any_number, Completes::nothing,
                           "Stop torrents.", "",           {}, &run_stop};
const Command verify_command{"verify",
                             "TORRENT...",
                             1,
                             any_number,
                             Completes::nothing,
                             "Check the files of torrents against their hashes.",
                             "",
                             {},
                             &run_verify};
const Command reannounce_command{"reannounce",
                                 "TORRENT...",
                                 1,
                                 any_number,
                                 Completes::nothing,
                                 "Ask the trackers for more peers now.",
                                 "",
                                 {},
                                 &run_reannounce};
const Command queue_command{"queue",
                            "top|up|down|bottom TORRENT...",
                            2,
                            any_number,
                            Completes::nothing,
                            "Move torrents in the queue.",
                            "",
                            {},
                            &run_queue};
const Command shutdown_command{
    "shutdown", "", 0, 0, Completes::nothing, "End the daemon.", "", {}, &run_shutdown};

}  // namespace seed::ctl
