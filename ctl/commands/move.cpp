#include <fmt/format.h>

#include <array>

#include "ctl/commands/commands.h"
#include "ctl/selection.h"

namespace seed::ctl {

namespace {

constexpr std::array move_flags = {
    Flag{"", "find", "", "The files are there already: move nothing, look for them there."},
};

Outcome<void> run_move(Context& context, const Arguments& arguments) {
  const std::string& folder = arguments.operands.back();
  if (!folder.starts_with('/'))
    return misused(fmt::format("move: \"{}\" is no absolute path; the folder comes last.", folder));
  SEED_TRY(const Selection chosen,
           select(context.daemon, {arguments.operands.begin(), arguments.operands.end() - 1}));
  const bool moves = !arguments.has("find");
  Json params = {{"location", folder}, {"move", moves}};
  chosen.put_into(params);
  SEED_TRY(const Json answer, context.daemon.call("torrent_set_location", params));
  if (context.json) context.print(answer);
  context.say(fmt::format("{} {} {} {}.", moves ? "Moving" : "Looking for", chosen.describe(),
                          moves ? "to" : "in", folder));
  return {};
}

Outcome<void> run_rename(Context& context, const Arguments& arguments) {
  SEED_TRY(const Torrent torrent, select_one(context.daemon, arguments.operands.front()));
  const bool has_path = arguments.operands.size() == 3;
  const std::string path = has_path ? arguments.operands[1] : torrent.name;
  Json params = {{"path", path}, {"name", arguments.operands.back()}};
  Selection{{torrent}, false}.put_into(params);
  SEED_TRY(const Json answer, context.daemon.call("torrent_rename_path", params));
  if (context.json) context.print(answer);
  context.say(fmt::format("Renamed \"{}\" to \"{}\".", path, arguments.operands.back()));
  return {};
}

}  // namespace

const Command move_command{"move",
                           "TORRENT... FOLDER",
                           2,
                           any_number,
                           Completes::nothing,
                           "Move the files of torrents to another folder.",
                           "FOLDER is an absolute path of the daemon's machine.",
                           move_flags,
                           &run_move};

const Command rename_command{"rename",
                             "TORRENT [PATH] NAME",
                             2,
                             3,
                             Completes::nothing,
                             "Rename a torrent, or a file or folder in it.",
                             "PATH is a file or folder as `seedctl files` shows it; without it the "
                             "whole torrent is renamed. "
                             "NAME is the new last part of the path.",
                             {},
                             &run_rename};

}  // namespace seed::ctl
