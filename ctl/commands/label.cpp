#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <ostream>
#include <vector>

#include "ctl/commands/commands.h"
#include "ctl/details.h"
#include "ctl/selection.h"
#include "ctl/words.h"

namespace seed::ctl {

namespace {

using Labels = std::vector<std::string>;

Labels labels_in(std::string_view word) {
  Labels out;
  for (const std::string_view label : split(word, ','))
    if (!label.empty()) out.emplace_back(label);
  return out;
}

Labels labels_of(const Json& torrent) {
  Labels out;
  for (const Json& label : list(torrent, "labels"))
    if (label.is_string()) out.push_back(label.get<std::string>());
  return out;
}

Labels with(Labels labels, const Labels& more) {
  for (const std::string& label : more)
    if (std::ranges::find(labels, label) == labels.end()) labels.push_back(label);
  return labels;
}

Labels without(Labels labels, const Labels& less) {
  std::erase_if(labels, [&](const std::string& label) {
    return std::ranges::find(less, label) != less.end();
  });
  return labels;
}

Labels only(Labels, const Labels& these) { return these; }
Labels none(Labels, const Labels&) { return {}; }

struct Change {
  std::string_view word;
  bool names_labels;
  Labels (*apply)(Labels before, const Labels& named);
};

constexpr std::array changes = {
    Change{"add", true, with},
    Change{"remove", true, without},
    Change{"set", true, only},
    Change{"clear", false, none},
};

/// Torrents that end up with the same labels are set by one call.
Outcome<void> change(Context& context, const Change& how, std::span<const std::string> words) {
  const Labels named = how.names_labels ? labels_in(words.front()) : Labels();
  if (how.names_labels && named.empty()) return misused("label: the label is empty.");
  const auto torrents = words.subspan(how.names_labels ? 1 : 0);
  SEED_TRY(const Json answer, fetch_details(context.daemon, {torrents.begin(), torrents.end()},
                                            {"id", "hash_string", "name", "labels"}));
  std::map<Labels, Selection> wanted;
  std::size_t count = 0;
  for (const Json& torrent : list(answer, "torrents")) {
    const Labels before = labels_of(torrent);
    const Labels after = how.apply(before, named);
    if (after == before) continue;
    ++count;
    wanted[after].torrents.push_back(
        {integer(torrent, "id"), text(torrent, "hash_string"), text(torrent, "name")});
  }
  for (const auto& [labels, selection] : wanted) {
    Json params = {{"labels", labels}};
    selection.put_into(params);
    SEED_TRY(const Json done, context.daemon.call("torrent_set", params));
  }
  if (context.json) context.print(Json::object());
  context.say(count == 0   ? "Nothing to change."
              : count == 1 ? fmt::format("Set for {}.", wanted.begin()->second.describe())
                           : fmt::format("Set for {} torrents.", count));
  return {};
}

Outcome<void> show(Context& context) {
  SEED_TRY(const Json answer, context.daemon.call("torrent_get", {{"fields", {"labels"}}}));
  std::map<std::string, std::int64_t> counts;
  for (const Json& torrent : list(answer, "torrents"))
    for (const std::string& label : labels_of(torrent)) ++counts[label];
  if (context.json) {
    context.print({{"labels", counts}});
    return {};
  }
  Table table;
  table.column("TORRENTS", Align::right).column("LABEL");
  for (const auto& [label, count] : counts) table.row({std::to_string(count), label});
  if (counts.empty() && context.look().terminal)
    context.say("No torrent has a label.");
  else
    context.terminal.out << table.render(context.look());
  return {};
}

Outcome<void> run_label(Context& context, const Arguments& arguments) {
  const std::span<const std::string> words = arguments.operands;
  if (words.front() == "list" && words.size() == 1) return show(context);
  const auto how = std::ranges::find(changes, words.front(), &Change::word);
  if (how != changes.end() && words.size() >= (how->names_labels ? 3U : 2U))
    return change(context, *how, words.subspan(1));
  return misused(
      "label: write `label add|remove|set LABEL,... TORRENT...`, `label clear TORRENT...` or "
      "`label list`.");
}

}  // namespace

const Command label_command{
    "label",
    "add|remove|set|clear|list [LABEL,...] [TORRENT...]",
    1,
    any_number,
    Completes::nothing,
    "Change the labels of torrents, or count them.",
    "add and remove leave the other labels as they are, set puts these in their place, clear takes "
    "all away: seedctl label add film,hd 3 7.",
    {},
    &run_label};

}  // namespace seed::ctl
