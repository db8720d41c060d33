// A torrent of files of the daemon's machine.
#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <utility>

#include "core/base/bytes.h"
#include "ctl/commands/commands.h"
#include "ctl/format.h"
#include "ctl/printable.h"
#include "ctl/words.h"

namespace seed::ctl {

namespace {

constexpr std::chrono::milliseconds poll_interval{250};
constexpr std::size_t progress_bar_columns = 20;

constexpr std::array flags = {
    Flag{"", "output", "FILE",
         "Have the daemon write the .torrent there, on its machine (NAME.torrent in the current "
         "folder, written by seedctl)."},
    Flag{"", "replace", "", "Write over the .torrent if it is there."},
    Flag{"", "version", "VERSION", "v1, v2 or hybrid (hybrid)."},
    Flag{"", "name", "NAME", "What the torrent is called (as PATH)."},
    Flag{"", "piece-size", "SIZE", "Of a piece: 256K, 4M (by the size of all)."},
    Flag{"", "tracker", "URLS",
         "A tracker. Each --tracker is a tier; commas divide those of one tier.", true},
    Flag{"", "web-seed", "URL", "Where the files are on the web.", true},
    Flag{"", "node", "HOST:PORT", "A node of the DHT to begin with.", true},
    Flag{"", "private", "", "Peers come from its trackers alone."},
    Flag{"", "source", "WORD", "Gives an info-hash of its own, as private trackers ask for."},
    Flag{"", "comment", "TEXT", "A comment."},
    Flag{"", "exclude", "PATTERN", "Leave out what fits, such as '*.nfo' or 'sub/**'.", true},
    Flag{"", "no-hidden", "", "Leave out what begins with a dot."},
    Flag{"", "symlinks", "WHAT", "Symbolic links: refuse or follow (refuse)."},
    Flag{"", "add", "", "Add the torrent when it is made."},
};

/// "16384", "256K", "4M"; those of K and M are powers of two, as pieces are.
Outcome<std::int64_t> piece_size(std::string text) {
  const std::string given = text;
  int shift = 0;
  if (text.ends_with('K') || text.ends_with('k')) shift = 10;
  if (text.ends_with('M') || text.ends_with('m')) shift = 20;
  if (shift != 0) text.pop_back();
  const auto numbers = is_decimal(text) ? parse_numbers(text) : std::nullopt;
  if (!numbers || numbers->size() != 1 || numbers->front() > (std::int64_t{1} << 30))
    return misused(fmt::format("--piece-size: \"{}\" is not a size such as 256K or 4M.", given));
  return numbers->front() << shift;
}

/// The daemon's parameter tracker_list.
std::string tracker_list(const std::vector<std::string>& tiers) {
  std::string out;
  for (const std::string& tier : tiers) {
    if (!out.empty()) out += "\n\n";
    bool first = true;
    for (const std::string_view url : split(tier, ',')) {
      if (url.empty()) continue;
      if (!std::exchange(first, false)) out += '\n';
      out += url;
    }
  }
  return out;
}

/// As the user sees it from here.
std::string absolute(const std::string& path) {
  std::error_code ignored;
  const auto out = std::filesystem::absolute(path, ignored).lexically_normal().string();
  return out.empty() ? path : out;
}

Outcome<Json> params_of(const Arguments& arguments) {
  Json out = {{"path", absolute(arguments.operands.front())}};
  if (arguments.has("output")) out["output"] = absolute(arguments.value("output"));
  for (const char* word : {"version", "name", "source", "comment", "symlinks"})
    if (arguments.has(word)) out[word] = arguments.value(word);
  if (arguments.has("piece-size")) {
    SEED_TRY(out["piece_size"], piece_size(arguments.value("piece-size")));
  }
  if (arguments.has("tracker")) out["tracker_list"] = tracker_list(arguments.values("tracker"));
  if (arguments.has("web-seed")) out["webseeds"] = arguments.values("web-seed");
  if (arguments.has("node")) out["nodes"] = arguments.values("node");
  if (arguments.has("exclude")) out["exclude"] = arguments.values("exclude");
  if (arguments.has("private")) out["is_private"] = true;
  if (arguments.has("no-hidden")) out["hidden"] = false;
  if (arguments.has("replace")) out["replace"] = true;
  if (arguments.has("add")) out["add"] = true;
  return out;
}

/// What is asked until it has ended, and drawn on a terminal meanwhile.
class Watch {
 public:
  Watch(Context& context, std::int64_t id) : context_(context), params_({{"id", id}}) {
    const Look look = context.look();
    draws_ = look.terminal && !look.dumb && !context.json;
  }

  /// The creation when it has ended. Who interrupts it has it cancelled.
  Outcome<Json> run() {
    auto ended = wait();
    if (draws_ && drawn_) context_.terminal.out << '\n' << std::flush;
    if (ended || !interrupted_) return ended;
    SEED_TRY_VOID(context_.daemon.call("creation_cancel", params_));
    return refused("cancelled.");
  }

 private:
  Outcome<Json> wait() {
    const Catching catching;
    while (true) {
      auto answer = context_.daemon.call("creation_get", params_);
      interrupted_ = context_.terminal.interrupted();
      if (interrupted_) return refused("interrupted.");
      if (!answer) return answer;
      const Json& rows = list(*answer, "creations");
      const Json one = rows.empty() ? Json() : rows.front();
      draw(one);
      if (text(one, "state") != "running") return one;
      context_.terminal.pause(poll_interval, {});
    }
  }

  void draw(const Json& one) {
    if (!draws_) return;
    drawn_ = true;
    const Look look = context_.look();
    const double done = number(one, "progress");
    const std::string line =
        integer(one, "total_size") == 0
            ? std::string("Listing the files")
            : fmt::format("{} {} of {}", bar_text(done, progress_bar_columns, look.utf8),
                          percent_text(done), size_text(integer(one, "total_size")));
    // In the last column a terminal may begin the next line, which \r does not take back.
    context_.terminal.out << '\r'
                          << (look.columns == 0 ? line : cut(line, look.columns - 1, look.utf8))
                          << "\x1b[K" << std::flush;
  }

  Context& context_;
  Json params_;
  bool draws_ = false;
  bool drawn_ = false;
  bool interrupted_ = false;
};

/// Checked before anything is made, and again by the mode it is opened with.
Outcome<void> check_place(const std::string& path, bool replace) {
  std::error_code ignored;
  if (replace || !std::filesystem::exists(path, ignored)) return {};
  return misused(fmt::format("{} is there already; write over it with --replace.", path));
}

Outcome<void> write_here(const Json& made, const std::string& path) {
  const auto octets = from_base64(text(made, "metainfo"));
  if (!octets || octets->empty())
    return refused("it is made, but too large to be sent; have the daemon write it by --output.");
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(octets->data()),
            static_cast<std::streamsize>(octets->size()));
  out.close();
  if (out) return {};
  return refused(fmt::format("it is made, but {} cannot be written.", path));
}

void show(const Context& context, const Json& made, const std::string& path) {
  context.say(
      fmt::format("\"{}\": {} in {} of {}", text(made, "name"),
                  size_text(integer(made, "total_size"), context.look()),
                  count_text(static_cast<std::size_t>(integer(made, "piece_count")), "piece"),
                  binary_size_text(integer(made, "piece_size"))));
  if (made.contains("hash_v1")) context.say(fmt::format("Info-hash v1  {}", text(made, "hash_v1")));
  if (made.contains("hash_v2")) context.say(fmt::format("Info-hash v2  {}", text(made, "hash_v2")));
  context.say(fmt::format("Magnet        {}", text(made, "magnet_link")));
  context.say(fmt::format("Written to    {}", path));
}

Outcome<void> run_create(Context& context, const Arguments& arguments) {
  SEED_TRY(const Json params, params_of(arguments));
  const bool here = !arguments.has("output");
  std::string path = here ? std::string() : text(params, "output");
  if (here) {
    const auto name = std::filesystem::path(text(params, "path"));
    // "album/" ends in no name.
    const std::string last = (name.has_filename() ? name : name.parent_path()).filename().string();
    path = absolute((arguments.has("name") ? arguments.value("name") : last) + ".torrent");
    SEED_TRY_VOID(check_place(path, arguments.has("replace")));
  }
  SEED_TRY(const Json begun, context.daemon.call("torrent_create", params));
  SEED_TRY(Json made, Watch(context, integer(begun, "creation")).run());
  if (text(made, "state") != "done") {
    const std::string why = text(made, "error");
    return refused(why.empty() ? "it was cancelled." : printable(why));
  }
  if (here) SEED_TRY_VOID(write_here(made, path));
  made.erase("metainfo");
  if (here) made["output"] = path;
  if (context.json) context.print(made);
  show(context, made, path);
  return {};
}

}  // namespace

const Command create_command{
    "create",
    "PATH",
    1,
    1,
    Completes::files,
    "Make a torrent.",
    "PATH is a file or folder of the daemon's machine, which reads it and puts transfers first. "
    "The same files make the same .torrent. Ctrl-C cancels it; with --add its files are verified "
    "once more. --json prints what came of it.",
    flags,
    &run_create};

}  // namespace seed::ctl
