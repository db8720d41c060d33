// events: what happens, a line each, until it is ended.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <set>
#include <utility>

#include "ctl/commands/commands.h"
#include "ctl/format.h"
#include "ctl/printable.h"
#include "ctl/words.h"

namespace seed::ctl {

namespace {

constexpr std::array flags = {
    Flag{"t", "type", "NAMES",
         "Only events of these names of the list below, divided by commas; without it all but open "
         "and torrents. A reset is told always: something was lost.",
         true},
    Flag{"", "fields", "NAMES",
         "Tell changes of these fields of torrent_get as well, divided by commas."},
    Flag{"n", "count", "N", "End after so many events."},
};

/// The event of changes, which come all the time: only for who asks for it.
constexpr std::string_view changes = "torrents";
/// The one that says that a stream is open.
constexpr std::string_view beginning = "open";
/// The one that says that some were lost: nobody may miss it.
constexpr std::string_view loss = "reset";
/// Between tries to listen again, unless the daemon says when.
constexpr std::int64_t retry_max_s = 60;
constexpr std::chrono::milliseconds patience_max{1000};

struct Wish {
  std::set<std::string, std::less<>> types;  ///< empty: all that happens
  bool changes_too = false;                  ///< beside all that happens
  std::vector<std::string> fields;
  std::int64_t count = 0;  ///< 0: for ever

  bool wants(std::string_view name) const {
    if (name == loss) return true;
    if (!types.empty()) return types.contains(name);
    return name == changes ? changes_too : name != beginning;
  }
};

std::unexpected<Failure> no_event(std::string_view name, const Schema& schema) {
  std::vector<std::string> names;
  for (const EventRow& event : schema.events) names.push_back(event.name);
  return misused(fmt::format("there is no event \"{}\"{} There are {}.", name,
                             suggestion(names, name), fmt::join(names, ", ")));
}

Outcome<Wish> read_wish(const Arguments& arguments, const Schema& schema) {
  Wish out;
  for (const std::string& names : arguments.values("type"))
    for (const std::string_view name : split(names, ',')) {
      if (std::ranges::find(schema.events, name, &EventRow::name) == schema.events.end())
        return no_event(name, schema);
      out.types.emplace(name);
    }
  if (arguments.has("fields")) {
    const std::string fields = arguments.value("fields");
    for (const std::string_view name : split(fields, ',')) {
      if (std::ranges::find(schema.torrent_fields, name) == schema.torrent_fields.end())
        return misused(fmt::format("there is no field \"{}\"{}", name,
                                   suggestion(schema.torrent_fields, name)));
      out.fields.emplace_back(name);
    }
    out.changes_too = true;
    if (!out.types.empty()) out.types.emplace(changes);
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

/// Listening, over several streams when the daemon goes and returns.
class Listener {
 public:
  Listener(Context& context, Wish wish) : context_(context), wish_(std::move(wish)) {}

  Outcome<void> run() {
    while (true) {
      const auto stream = context_.daemon.listen(wish_.fields, last_id_);
      const auto done = follow(*stream);
      if (done) return {};
      const Failure& why = done.error();
      const bool returns = why.exit == Exit::unreachable && !last_id_.empty();
      if (!returns && !why.passing) return std::unexpected(why);
      if (!std::exchange(is_lost_, true))
        tell(fmt::format("{} Listening again.", why.text.substr(0, why.text.find('\n'))));
      // A daemon that starts again goes on where it was, or says that it cannot.
      context_.terminal.pause(
          std::chrono::seconds(std::clamp<std::int64_t>(why.retry_after_s, 1, retry_max_s)), {});
      if (context_.terminal.interrupted()) return {};
    }
  }

 private:
  /// Listens until enough was told, or the stream ends, which is its failure.
  Outcome<void> follow(EventStream& stream) {
    while (true) {
      SEED_TRY(const auto event, stream.next());
      if (!event) {
        context_.terminal.pause(std::min(stream.patience(), patience_max), stream.descriptors());
        if (context_.terminal.interrupted()) return {};
        continue;
      }
      if (std::exchange(is_lost_, false)) tell("the events go on.");
      last_id_ = event->id;
      if (!wish_.wants(event->name)) continue;
      print_event(context_, *event);
      // Nobody reads any more: `| head` has seen enough.
      if (!context_.terminal.out) return {};
      if (wish_.count > 0 && --wish_.count == 0) return {};
    }
  }

  void tell(std::string_view what) {
    context_.terminal.err << "seedctl: " << what << '\n' << std::flush;
  }

  Context& context_;
  Wish wish_;
  std::string last_id_;
  bool is_lost_ = false;
};

Outcome<void> run_events(Context& context, const Arguments& arguments) {
  SEED_TRY(Wish wish, read_wish(arguments, context.schema));
  return Listener(context, std::move(wish)).run();
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
    "returns, or has no room for another stream yet, is listened to again, from where it was; that "
    "is said on the standard error.",
    flags,
    &run_events};

}  // namespace seed::ctl
