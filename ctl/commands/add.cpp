#include <fmt/format.h>
#include <fmt/ranges.h>
#include <glob.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <map>
#include <ostream>
#include <utility>

#include "core/base/bytes.h"
#include "core/base/limits.h"
#include "ctl/commands/commands.h"
#include "ctl/format.h"
#include "ctl/printable.h"
#include "ctl/status.h"
#include "ctl/words.h"

namespace seed::ctl {

namespace {

constexpr std::chrono::milliseconds wait_interval{1000};
constexpr std::size_t wait_bar_columns = 30;

constexpr std::array flags = {
    Flag{"p", "paused", "", "Do not start it."},
    Flag{"d", "dir", "DIR", "Download into this folder of the daemon's machine; absolute."},
    Flag{"l", "label", "LABEL", "Give it this label.", true},
    Flag{"", "sequential", "", "Download from front to back."},
    Flag{"", "peer-limit", "N", "Connect to so many peers at most."},
    Flag{"", "set", "NAME=VALUE",
         "Give it this option of `seedctl set`, such as files_unwanted=2,5-9. What cannot be said "
         "when it is added, such as queue_position=0 or files_unwanted=all, is set right after.",
         true},
    Flag{"", "cookies", "TEXT", "Cookies for fetching a URL: \"a=1; b=2\"."},
    Flag{"w", "wait", "", "Wait until it is complete; status 1 when it stops with an error."},
};

bool is_link(std::string_view source) {
  const std::string start = lower_case(source.substr(0, 8));
  return start.starts_with("magnet:") || start.starts_with("http://") ||
         start.starts_with("https://") || (source.size() == 40 && is_hex(source));
}

/// What is to be added, and what failures call it.
struct Source {
  std::string name;
  Outcome<Json> params;  ///< {"filename"} or {"metainfo"}, or why there is nothing to send
};

Outcome<Json> metainfo_of(const std::string& name, const std::string& content) {
  if (content.size() > limits::torrent_file_bytes_max)
    return misused(fmt::format("{} is too large for a .torrent.", name));
  // BEP 3: a metainfo file is a bencoded dictionary.
  if (!content.starts_with('d')) return misused(fmt::format("{} is no .torrent.", name));
  return Json{{"metainfo", to_base64(as_bytes(content))}};
}

Outcome<std::string> read_all(std::istream& from, const std::string& name) {
  std::string out;
  std::array<char, 65536> part{};
  while (from.read(part.data(), part.size()), from.gcount() > 0) {
    out.append(part.data(), static_cast<std::size_t>(from.gcount()));
    if (out.size() > limits::torrent_file_bytes_max)
      return misused(fmt::format("{} is too large for a .torrent.", name));
  }
  return out;
}

Outcome<Json> params_of_file(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open() && path.find("://") != std::string::npos)
    return misused(fmt::format(
        "{} is neither a file nor a link that seedd fetches: those are http and https.", path));
  std::string content;
  if (file.is_open()) {
    SEED_TRY(content, read_all(file, path));
  }
  // A folder opens, but does not read.
  if (!file.is_open() || file.bad() || content.empty())
    return misused(fault_from_errno(errno != 0 ? errno : EINVAL, "cannot read " + path).text);
  return metainfo_of(path, content);
}

/// The sources in the standard input: a .torrent, or links, one a line.
Outcome<std::vector<Source>> sources_of_input(std::istream& in) {
  const std::string name = "the standard input";
  SEED_TRY(const std::string content, read_all(in, name));
  std::vector<Source> out;
  if (content.starts_with('d')) {
    SEED_TRY(Json params, metainfo_of(name, content));
    out.push_back({name, std::move(params)});
    return out;
  }
  for (std::string_view line : split(content, '\n')) {
    while (!line.empty() && static_cast<unsigned char>(line.back()) <= ' ') line.remove_suffix(1);
    if (line.empty()) continue;
    if (!is_link(line))
      return misused(fmt::format("{} is neither a .torrent nor a list of links.", name));
    out.push_back({std::string(line), Json{{"filename", std::string(line)}}});
  }
  if (out.empty()) return misused(fmt::format("{} is empty.", name));
  return out;
}

/// The files that a pattern means which the shell has left alone, as in a file of cron's; the word
/// itself when it is none or fits nothing.
std::vector<std::string> files_of(const std::string& word) {
  if (word.find_first_of("*?[") == std::string::npos || ::access(word.c_str(), F_OK) == 0)
    return {word};
  glob_t found{};
  std::vector<std::string> out = {word};
  if (::glob(word.c_str(), GLOB_TILDE, nullptr, &found) == 0)
    out.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  return out;
}

/// One a torrent. What cannot be read fails by itself: the others are added.
std::vector<Source> read_sources(Context& context, const Arguments& arguments) {
  std::vector<Source> out;
  for (const std::string& source : arguments.operands) {
    if (source == "-") {
      auto several = sources_of_input(context.terminal.in);
      if (several)
        out.insert(out.end(), several->begin(), several->end());
      else
        out.push_back({source, std::unexpected(std::move(several).error())});
    } else if (is_link(source)) {
      out.push_back({source, Json{{"filename", source}}});
    } else {
      for (const std::string& file : files_of(source)) out.push_back({file, params_of_file(file)});
    }
  }
  return out;
}

/// What the user wants of the torrents, by the call that takes it.
struct Wishes {
  Json add = Json::object();  ///< torrent_add
  Json set = Json::object();  ///< torrent_set, right after it
};

/// torrent_add passes over what it has no parameter for, and takes an empty list of files for
/// nothing, where torrent_set has all of them (rpc-contract, 6.3 and 6.4).
bool is_set_after(const Assignment& assignment, const Schema& schema) {
  const auto add = std::ranges::find(schema.methods, "torrent_add", &MethodRow::name);
  const bool taken = add == schema.methods.end() ||
                     std::ranges::find(add->parameters, assignment.name) != add->parameters.end();
  const Option* option = find_option(schema.torrent, assignment.name);
  const bool all_files = option != nullptr && option->type == ValueType::integers &&
                         assignment.value.is_array() && assignment.value.empty();
  return !taken || all_files;
}

Outcome<Wishes> read_options(const Arguments& arguments, const Schema& schema) {
  Wishes wishes;
  for (const std::string& word : arguments.values("set")) {
    SEED_TRY(Assignment assignment, parse_assignment(schema.torrent, word));
    Json& into = is_set_after(assignment, schema) ? wishes.set : wishes.add;
    into[assignment.name] = std::move(assignment.value);
  }
  Json& out = wishes.add;
  if (arguments.has("cookies")) out["cookies"] = arguments.value("cookies");
  if (arguments.has("paused")) out["paused"] = true;
  if (arguments.has("sequential")) out["sequential_download"] = true;
  if (arguments.has("label")) out["labels"] = arguments.values("label");
  if (arguments.has("dir")) {
    const std::string dir = arguments.value("dir");
    if (!dir.starts_with('/'))
      return misused("--dir: an absolute path, as the daemon's machine has it.");
    out["download_dir"] = dir;
  }
  if (arguments.has("peer-limit")) {
    SEED_TRY(out["peer_limit"], arguments.whole("peer-limit", 0));
  }
  return wishes;
}

std::string progress_line(const Json& torrents, const Look& look) {
  std::int64_t left = 0;
  std::int64_t size = 0;
  std::int64_t rate = 0;
  double metadata = 1;
  for (const Json& torrent : torrents) {
    left = sum(left, integer(torrent, "left_until_done"));
    size = sum(size, integer(torrent, "size_when_done"));
    rate = sum(rate, integer(torrent, "rate_download"));
    metadata = std::min(metadata, number(torrent, "metadata_percent_complete", 1));
  }
  const double done = size > 0 ? 1 - static_cast<double>(left) / static_cast<double>(size) : 0;
  const std::string what = metadata < 1 ? "metadata" : percent_text(done);
  const std::string line =
      fmt::format("{} {} of {}, {}", bar_text(done, wait_bar_columns, look.utf8), what,
                  size_text(size), rate_text(rate));
  // In the last column a terminal may begin the next line, which \r does not take back.
  return look.columns == 0 ? line : cut(line, look.columns - 1, look.utf8);
}

bool is_waited_for(const Json& torrent) {
  const bool complete = number(torrent, "metadata_percent_complete", 1) >= 1 &&
                        integer(torrent, "left_until_done") == 0;
  const std::int64_t status = integer(torrent, "status");
  return !complete || status == 1 || status == 2;
}

/// Stopped ones never get there.
Outcome<void> check_alive(const Json& torrents) {
  for (const Json& torrent : torrents) {
    if (!is_waited_for(torrent) || integer(torrent, "status") != 0) continue;
    const std::string why = said_once(text(torrent, "error_string"));
    return refused(fmt::format("\"{}\" has stopped{}{}", printable(text(torrent, "name")),
                               why.empty() ? "." : ": ", printable(why)));
  }
  return {};
}

/// What keeps them waiting, such as a tracker that refuses them: once, until it is something else.
void tell_troubles(Context& context, const Json& torrents, bool draws,
                   std::map<std::string, std::string>& told) {
  for (const Json& torrent : torrents) {
    // One that has stopped is told of at the end (error 3, contract section 5).
    if (integer(torrent, "error") == 3) continue;
    const std::string why = said_once(text(torrent, "error_string"));
    if (std::exchange(told[text(torrent, "hash_string")], why) == why || why.empty()) continue;
    if (draws) context.terminal.out << "\r\x1b[K" << std::flush;
    context.terminal.err << printable(fmt::format("\"{}\": {}", text(torrent, "name"), why)) << '\n'
                         << std::flush;
  }
}

/// Waits for torrents: what is asked, and what was said already.
class Wait {
 public:
  Wait(Context& context, const Json& hashes)
      : context_(context),
        params_({{"ids", hashes},
                 {"fields",
                  {"hash_string", "name", "status", "error", "error_string", "left_until_done",
                   "size_when_done", "rate_download", "metadata_percent_complete"}}}),
        count_(hashes.size()) {
    const Look look = context.look();
    draws_ = look.terminal && !look.dumb && !context.json;
  }

  Outcome<void> run() {
    while (true) {
      SEED_TRY(const Json answer, ask());
      const Json& torrents = list(answer, "torrents");
      if (torrents.size() < count_) return refused("it was removed before it was complete.");
      const auto alive = grace_-- > 0 ? Outcome<void>() : check_alive(torrents);
      if (alive) tell_troubles(context_, torrents, draws_, told_);
      if (draws_)
        context_.terminal.out << "\r" << progress_line(torrents, context_.look()) << "\x1b[K"
                              << std::flush;
      const bool done = std::ranges::none_of(torrents, is_waited_for);
      if (draws_ && (done || !alive)) context_.terminal.out << '\n';
      if (done) context_.say(torrents.size() == 1 ? "Complete." : "All complete.");
      if (done || !alive) return alive;
      context_.terminal.pause(wait_interval, {});
    }
  }

 private:
  /// A daemon that starts again, or is busy, is asked until it answers.
  Outcome<Json> ask() {
    bool is_away = false;
    while (true) {
      auto answer = context_.daemon.call("torrent_get", params_);
      if (answer && is_away) {
        tell("seedctl: it answers again.");
        grace_ = grace_polls;
      }
      if (answer || !may_pass(answer.error())) return answer;
      if (!std::exchange(is_away, true))
        tell(fmt::format("seedctl: {} Trying again.",
                         answer.error().text.substr(0, answer.error().text.find('\n'))));
      const std::int64_t wait_s = std::clamp<std::int64_t>(answer.error().retry_after_s, 1, 60);
      context_.terminal.pause(std::chrono::seconds(wait_s), {});
    }
  }

  void tell(const std::string& line) {
    if (draws_) context_.terminal.out << "\r\x1b[K" << std::flush;
    context_.terminal.err << line << '\n' << std::flush;
  }

  Context& context_;
  Json params_;
  std::size_t count_;
  bool draws_ = false;
  /// A fresh torrent, or one of a daemon that has just started, may show as stopped until the
  /// daemon has begun with it.
  static constexpr int grace_polls = 3;
  int grace_ = grace_polls;
  std::map<std::string, std::string> told_;
};

/// The daemon's answer.
Outcome<Json> add_one(Context& context, const Source& source, const Wishes& wishes) {
  SEED_TRY(const Json own, source.params);
  Json params = wishes.add;
  params.update(own);
  SEED_TRY(const Json answer, context.daemon.call("torrent_add", params));
  const bool is_new = answer.contains("torrent_added");
  const Json& added = member(answer, is_new ? "torrent_added" : "torrent_duplicate");
  if (is_new && !wishes.set.empty()) {
    Json more = wishes.set;
    more["ids"] = Json::array({text(added, "hash_string")});
    auto set = context.daemon.call("torrent_set", more);
    if (!set) {
      set.error().text = "it was added, but " + set.error().text;
      return std::unexpected(std::move(set).error());
    }
  }
  context.say(fmt::format("{} {}: \"{}\"", is_new ? "Added" : "Already there,",
                          integer(added, "id"), text(added, "name")));
  return answer;
}

/// What has become of the sources.
struct Additions {
  Json hashes = Json::array();  ///< each once, however often it was named
  Json rows = Json::array();    ///< of {"results"}
  std::vector<std::string> failures;
  Exit exit = Exit::fine;  ///< of the last that failed
};

Additions add_all(Context& context, const std::vector<Source>& sources, const Wishes& wishes) {
  Additions out;
  for (const Source& source : sources) {
    // One that is refused does not keep the others from being added.
    const auto answer = add_one(context, source, wishes);
    out.rows.push_back(result_row("source", source.name, answer));
    if (answer) {
      const bool is_new = answer->contains("torrent_added");
      Json hash =
          text(member(*answer, is_new ? "torrent_added" : "torrent_duplicate"), "hash_string");
      if (std::ranges::find(out.hashes, hash) == out.hashes.end())
        out.hashes.push_back(std::move(hash));
      continue;
    }
    out.exit = answer.error().exit;
    // Who cannot be read names itself.
    out.failures.push_back(
        sources.size() == 1 || !source.params
            ? answer.error().text
            : fmt::format("{}: {}", printable(source.name), answer.error().text));
    if (out.exit == Exit::unreachable) break;
  }
  if (context.json && sources.size() > 1) context.print({{"results", out.rows}});
  if (context.json && sources.size() == 1 && out.exit == Exit::fine)
    context.print(out.rows.front()["result"]);
  return out;
}

Outcome<void> run_add(Context& context, const Arguments& arguments) {
  SEED_TRY(const Wishes wishes, read_options(arguments, context.schema));
  if (arguments.has("wait") && arguments.has("paused"))
    return misused("--wait and --paused do not go together: it would never be complete.");
  const std::vector<Source> sources = read_sources(context, arguments);
  const Additions added = add_all(context, sources, wishes);
  std::string failed = fmt::format("{}", fmt::join(added.failures, "\n"));
  if (arguments.has("wait") && !added.hashes.empty() && added.exit != Exit::unreachable) {
    // Said now: the waiting may take days, and may end with another failure.
    for (const std::string& failure : added.failures)
      context.terminal.err << "seedctl: " << printable(failure) << '\n' << std::flush;
    SEED_TRY_VOID(Wait(context, added.hashes).run());
    failed = fmt::format("{} of {} could not be added.", added.failures.size(),
                         count_text(sources.size(), "torrent"));
  }
  if (added.exit == Exit::fine) return {};
  return std::unexpected(Failure{added.exit, failed, false, 0});
}

constexpr std::string_view details =
    "SOURCE is a .torrent file, or a pattern such as '*.torrent', whose content is sent; the http "
    "or https URL of a .torrent, which "
    "the daemon fetches; or - for the standard input, which may be a .torrent or links, one a "
    "line; a magnet link, or an info-hash of 40 hexadecimal digits, of which the daemon gets the "
    "rest from peers. A torrent that is there already is no error. With --json and several sources "
    "one document: "
    "{\"results\": [{\"source\", \"result\" or \"error\"}]}. With --wait a daemon that goes or is "
    "busy is waited for too.";

}  // namespace

const Command add_command{"add",           "SOURCE...", 1,     any_number, Completes::files,
                          "Add torrents.", details,     flags, &run_add};

}  // namespace seed::ctl
