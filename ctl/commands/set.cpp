#include <fmt/format.h>

#include "ctl/commands/commands.h"
#include "ctl/selection.h"

namespace seed::ctl {

namespace {

Outcome<void> run_set(Context& context, const Arguments& arguments) {
  std::vector<std::string> words;
  Json params = Json::object();
  for (const std::string& word : arguments.operands) {
    if (!is_assignment(word)) {
      words.push_back(word);
      continue;
    }
    SEED_TRY(Assignment assignment, parse_assignment(context.schema.torrent, word));
    params[assignment.name] = std::move(assignment.value);
  }
  if (words.empty()) return misused("set: which torrents? Write `seedctl set TORRENT NAME=VALUE`.");
  if (params.empty()) return misused("set: nothing to set. See seedctl set --help.");
  SEED_TRY(const Selection chosen, select(context.daemon, words));
  chosen.put_into(params);
  SEED_TRY(const Json answer, context.daemon.call("torrent_set", params));
  if (context.json) context.print(answer);
  context.say(fmt::format("Set for {}.", chosen.describe()));
  return {};
}

}  // namespace

const Command set_command{
    "set",
    "TORRENT... NAME=VALUE...",
    2,
    any_number,
    Completes::torrent_options,
    "Set options of torrents.",
    "Lists are divided by commas: labels=film,hd. An empty value clears "
    "them: labels=. The URLs of tracker_list are divided by commas or \\n, and "
    "tiers by two of them.",
    {},
    &run_set};

}  // namespace seed::ctl
