// limits, and the bandwidth groups, which are limits that torrents share.
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "ctl/commands/commands.h"
#include "ctl/details.h"
#include "ctl/limits.h"
#include "ctl/selection.h"
#include "ctl/setting_values.h"

namespace seed::ctl {

namespace {

std::string render_limits(Whose whose, const Json& from, const Look& look) {
  Table table;
  table.column("LIMIT").column("VALUE");
  add_limits(table, whose, from, look);
  return table.render(look);
}

std::string render_torrent(const Json& torrent, const Context& context) {
  return render_limits(Whose::torrent, torrent, context.look());
}

Outcome<void> session_limits(Context& context, std::span<const std::string> values) {
  if (!values.empty()) {
    SEED_TRY(const Json params, parse_limits(Whose::session, values));
    return send_settings(context, params);
  }
  SEED_TRY(const Json answer,
           context.daemon.call("session_get", {{"fields", limit_fields(Whose::session)}}));
  if (context.json)
    context.print(answer);
  else
    context.terminal.out << render_limits(Whose::session, answer, context.look());
  return {};
}

Outcome<void> torrent_limits(Context& context, const std::vector<std::string>& words,
                             std::span<const std::string> values) {
  if (values.empty()) {
    Json fields = limit_fields(Whose::torrent);
    for (const char* field : {"id", "hash_string", "name"}) fields.push_back(field);
    Arguments which;
    which.operands = words;
    return show_details(context, which, fields, render_torrent);
  }
  SEED_TRY(Json params, parse_limits(Whose::torrent, values));
  SEED_TRY(const Selection chosen, select(context.daemon, words));
  chosen.put_into(params);
  SEED_TRY(const Json answer, context.daemon.call("torrent_set", params));
  if (context.json) context.print(answer);
  context.say(fmt::format("Set for {}.", chosen.describe()));
  return {};
}

Outcome<void> run_limits(Context& context, const Arguments& arguments) {
  std::vector<std::string> words;
  std::vector<std::string> values;
  for (const std::string& word : arguments.operands)
    (is_assignment(word) ? values : words).push_back(word);
  return words.empty() ? session_limits(context, values) : torrent_limits(context, words, values);
}

Outcome<void> list_groups(Context& context, std::span<const std::string> names) {
  Json params = Json::object();
  if (!names.empty()) params["name"] = std::vector<std::string>(names.begin(), names.end());
  SEED_TRY(const Json answer, context.daemon.call("group_get", params));
  if (context.json) {
    context.print(answer);
    return {};
  }
  const Look look = context.look();
  Table table;
  table.column("NAME").column("DOWN", Align::right).column("UP", Align::right);
  table.column("SESSION LIMITS");
  for (const Json& group : list(answer, "group"))
    table.row({text(group, "name"), limit_text(Whose::group, "down", group, look),
               limit_text(Whose::group, "up", group, look),
               boolean(group, "honors_session_limits") ? "hold" : "do not hold"});
  if (table.rows() == 0 && look.terminal)
    context.say("There are no groups. Make one with `seedctl group set NAME down=500`.");
  else
    context.terminal.out << table.render(look);
  return {};
}

Outcome<void> set_group(Context& context, std::span<const std::string> words) {
  if (words.size() < 2)
    return misused("group set: write `group set NAME down=500 up=none session=on`.");
  SEED_TRY(Json params, parse_limits(Whose::group, words.subspan(1)));
  params["name"] = words.front();
  SEED_TRY(const Json answer, context.daemon.call("group_set", params));
  if (context.json) context.print(answer);
  context.say(
      fmt::format("Set the group \"{}\". Torrents join it by `seedctl set TORRENT group={}`.",
                  words.front(), words.front()));
  return {};
}

Outcome<void> run_group(Context& context, const Arguments& arguments) {
  const std::span<const std::string> words = arguments.operands;
  if (words.front() == "list") return list_groups(context, words.subspan(1));
  if (words.front() == "set") return set_group(context, words.subspan(1));
  return misused("group: write `group list` or `group set NAME LIMIT=VALUE...`.");
}

}  // namespace

const Command limits_command{
    "limits",
    "[TORRENT...] [LIMIT=VALUE...]",
    0,
    any_number,
    Completes::nothing,
    "Show or set limits of rate, ratio, time and peers.",
    "Without TORRENT: the session's, which are down, up, turtle, turtle-down, turtle-up, ratio, "
    "idle "
    "and peers; of a torrent down, up, session, ratio, idle and peers. Rates are in whole kB/s, or "
    "with a unit of bytes (k, M or G; B, kB, MB or GB; /s may follow): down=500 up=1.5M; none "
    "lifts a limit, session=off frees a torrent from the session's "
    "rates, ratio=session gives it the session's ratio.",
    {},
    &run_limits};

const Command group_command{"group",
                            "list|set [NAME] [LIMIT=VALUE...]",
                            1,
                            any_number,
                            Completes::nothing,
                            "List bandwidth groups, or make and change one.",
                            "Torrents of a group share its limits: down and up, in kB/s or with a "
                            "unit, or none; session=on "
                            "holds them to the session's limits as well.",
                            {},
                            &run_group};

}  // namespace seed::ctl
