// events: what happens, a line each, until it is ended.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <set>

#include "ctl/commands/commands.h"
#include "ctl/format.h"
#include "ctl/printable.h"
#include "ctl/words.h"

namespace seed::ctl {

namespace {

constexpr std::array flags = {
    Flag{"t", "type", "NAMES",
         "Only events of these names, divided by commas: added, metadata, completed, "
         "seeding_done, error, removed, tracker, settings, torrents (every change of the fields).",
         true},
    Flag{"", "fields", "NAMES", "Fields of torrent_get whose changes are told; implies torrents."},
    Flag{"n", "count", "N", "End after so many events."},
};

/// The event of changes, which come all the time: only for who asks for it.
constexpr std::string_view changes = "torrents";
/// The one that says that a stream is open.
constexpr std::string_view beginning = "open";
constexpr std::chrono::milliseconds patience_max{1000};

struct Wish {
  std::set<std::string, std::less<>> types;  ///< empty: all but the changes
  std::vector<std::string> fields;
  std::int64_t count = 0;  ///< 0: for ever

  bool wants(std::string_view name) const {
    return types.empty() ? name != changes && name != beginning : types.contains(name);
  }
};

Outcome<Wish> read_wish(const Arguments& arguments, const Schema& schema) {
  Wish out;
  for (const std::string& names : arguments.values("type"))
    for (const std::string_view name : split(names, ',')) out.types.emplace(name);
  if (arguments.has("fields")) {
    for (const std::string_view name : split(arguments.value("fields"), ',')) {
      if (std::ranges::find(schema.torrent_fields, name) == schema.torrent_fields.end())
        return misused(fmt::format("there is no field \"{}\"{}", name,
                                   suggestion(schema.torrent_fields, name)));
      out.fields.emplace_back(name);
    }
    if (out.types.empty()) out.types.emplace(changes);
  } else {
    // The fewest that there are: something has to be asked for.
    out.fields = out.types.contains(changes)
                     ? std::vector<std::string>{"name", "status", "percent_done", "error_string"}
                     : std::vector<std::string>{"id"};
  }
  SEED_TRY(out.count, arguments.whole("count", 0));
  return out;
}

/// What is known of it besides the torrent: "status=4 percent_done=0.5".
std::string rest_of(const Json& data) {
  std::string out;
  for (const auto& [key, value] : data.items()) {
    if (key == "id" || key == "hash_string" || key == "name") continue;
    const std::string shown = value.is_string()
                                  ? value.get<std::string>()
                                  : value.dump(-1, ' ', false, Json::error_handler_t::replace);
    out += fmt::format("  {}={}", key, shown);
  }
  return out;
}

std::string line_of(std::string_view time, std::string_view event, const Json& data,
                    const Look& look) {
  const bool has_torrent = data.contains("id");
  const std::string who =
      has_torrent ? fmt::format("{}  {}", integer(data, "id"), text(data, "name")) : std::string();
  const Style style = event == "error" ? Style::bad : Style::busy;
  return fmt::format("{}  {}  {}\n", paint(time, Style::dim, look.colours),
                     paint(fmt::format("{:<9}", printable(event)), style, look.colours),
                     printable(who + rest_of(data)));
}

void print_event(Context& context, const ServerEvent& event) {
  Json data = Json::parse(event.data, nullptr, false);
  if (data.is_discarded()) data = event.data;
  std::ostream& out = context.terminal.out;
  if (context.json) {
    const Json line = {{"event", event.name}, {"id", event.id}, {"data", data}};
    out << escape_for_json(line.dump(-1, ' ', false, Json::error_handler_t::replace)) << '\n';
  } else {
    const std::string time = date_text(context.terminal.unix_now());
    if (event.name == changes) {
      for (const Json& torrent : list(data, "torrents"))
        out << line_of(time, event.name, torrent, context.look());
      for (const Json& id : list(data, "removed"))
        out << line_of(time, "removed", {{"id", id}}, context.look());
    } else {
      out << line_of(time, event.name, data.is_object() ? data : Json::object(), context.look());
    }
  }
  out << std::flush;
}

/// Listens until the stream ends; true when enough was told.
Outcome<bool> follow(Context& context, EventStream& stream, Wish& wish, std::string& last_id) {
  while (true) {
    SEED_TRY(const auto event, stream.next());
    if (!event) {
      context.terminal.pause(std::min(stream.patience(), patience_max), stream.descriptors());
      if (context.terminal.interrupted()) return true;
      continue;
    }
    last_id = event->id;
    if (!wish.wants(event->name)) continue;
    print_event(context, *event);
    // Nobody reads any more: `| head` has seen enough.
    if (!context.terminal.out) return true;
    if (wish.count > 0 && --wish.count == 0) return true;
  }
}

Outcome<void> run_events(Context& context, const Arguments& arguments) {
  SEED_TRY(Wish wish, read_wish(arguments, context.schema));
  std::string last_id;
  bool was_there = false;
  while (true) {
    const auto stream = context.daemon.listen(wish.fields, last_id);
    auto done = follow(context, *stream, wish, last_id);
    if (done) return {};
    was_there = was_there || !last_id.empty();
    if (done.error().exit != Exit::unreachable || !was_there)
      return std::unexpected(std::move(done).error());
    // A daemon that starts again goes on where it was, or says that it cannot.
    context.terminal.pause(patience_max, {});
    if (context.terminal.interrupted()) return {};
  }
}

}  // namespace

const Command events_command{
    "events",
    "",
    0,
    0,
    Completes::nothing,
    "Tell what happens, as it happens.",
    "A line each until Ctrl-C: torrents that are added, complete, in error or removed, trackers, "
    "settings. With --json an object a line: {\"event\", \"id\", \"data\"}. A daemon that goes and "
    "returns is listened to again, from where it was.",
    flags,
    &run_events};

}  // namespace seed::ctl
