#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ostream>

#include "ctl/commands/commands.h"
#include "ctl/format.h"
#include "ctl/printable.h"
#include "ctl/times.h"
#include "ctl/words.h"

namespace seed::ctl {

namespace {

constexpr std::array flags = {
    Flag{"", "scope", "SCOPES",
         "What its holder may do, divided by commas: read, add, control, admin (read). Each is "
         "given by itself.",
         true},
    Flag{"l", "label", "LABEL", "Only torrents with this label.", true},
    Flag{"", "expires", "WHEN", "When it ends: 30d, 12h, or a day such as 2027-01-31 (never)."},
    Flag{"", "out", "FILE", "Write the token to a new file that only you can read."},
};

Outcome<Json> params_of(const std::string& name, const Arguments& arguments, std::int64_t now) {
  Json out = {{"name", name}, {"scopes", Json::array()}};
  for (const std::string& words : arguments.values("scope"))
    for (const std::string_view scope : split(words, ',')) out["scopes"].push_back(scope);
  if (out["scopes"].empty()) out["scopes"].push_back("read");
  if (arguments.has("label")) out["labels"] = arguments.values("label");
  if (arguments.has("expires")) {
    const auto when = parse_when(arguments.value("expires"), now);
    if (!when)
      return misused(fmt::format("--expires: \"{}\" is not a time such as 30d, 12h or 2027-01-31.",
                                 arguments.value("expires")));
    if (*when <= now) return misused("--expires: that is past.");
    out["expires"] = *when;
  }
  return out;
}

std::string joined(const Json& words) {
  std::vector<std::string> out;
  for (const Json& word : words)
    if (word.is_string()) out.push_back(word.get<std::string>());
  return fmt::format("{}", fmt::join(out, ","));
}

std::string date_or(const Json& token, const char* field, const char* otherwise, const Look& look) {
  const std::int64_t when = integer(token, field);
  return when > 0 ? date_text(when, look) : otherwise;
}

/// A file that is there is not written over: it may hold the token that something runs with.
class NewFile {
 public:
  explicit NewFile(const std::string& path)
      : path_(path), file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
    if (file_ < 0) error_ = errno;
  }
  ~NewFile() {
    if (file_ >= 0) ::close(file_);
    if (file_ >= 0 && !written_) ::unlink(path_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  Outcome<void> check() const {
    if (file_ >= 0) return {};
    return misused(fault_from_errno(error_, "cannot make " + path_).text);
  }
  Outcome<void> write(const std::string& text) {
    const auto count = ::write(file_, text.data(), text.size());
    written_ = count == static_cast<ssize_t>(text.size());
    if (written_) return {};
    return refused(fault_from_errno(errno, "cannot write " + path_).text);
  }

 private:
  std::string path_;
  int file_;
  int error_ = 0;
  bool written_ = false;
};

Outcome<void> create_into(Context& context, const std::string& path, const Json& params) {
  // The file first: a token that cannot be kept need not be made.
  NewFile file(path);
  SEED_TRY_VOID(file.check());
  SEED_TRY(Json answer, context.daemon.call("token_create", params));
  SEED_TRY_VOID(file.write(text(answer, "token") + "\n"));
  if (context.json) {
    if (answer.is_object()) answer.erase("token");
    context.print(answer);
  }
  context.say(
      fmt::format("Written to {}. Use it with --token-file {}, or name it in the file of "
                  "hosts.",
                  path, path));
  return {};
}

Outcome<void> create(Context& context, const std::string& name, const Arguments& arguments) {
  SEED_TRY(const Json params, params_of(name, arguments, context.terminal.unix_now()));
  if (arguments.has("out")) return create_into(context, arguments.value("out"), params);
  SEED_TRY(const Json answer, context.daemon.call("token_create", params));
  if (context.json) context.print(answer);
  context.say(text(answer, "token"));
  // Elsewhere than on a terminal it goes into a file or a program, and nothing else may.
  if (!context.json && context.look().terminal)
    context.terminal.err
        << "This is shown once. Keep it in a file that only you can read, and name "
           "that by --token-file or SEEDCTL_TOKEN_FILE.\n";
  return {};
}

Outcome<void> show(Context& context) {
  SEED_TRY(const Json answer, context.daemon.call("token_list", Json::object()));
  if (context.json) {
    context.print(answer);
    return {};
  }
  const Look look = context.look();
  Table table;
  table.column("NAME").column("SCOPES").column("LABELS").column("CREATED").column("EXPIRES");
  table.column("LAST USED");
  for (const Json& token : list(answer, "tokens"))
    table.row({text(token, "name"), joined(list(token, "scopes")), joined(list(token, "labels")),
               date_or(token, "created_date", "-", look),
               date_or(token, "expires_date", "never", look),
               date_or(token, "last_used_date", "never", look)});
  if (table.rows() == 0 && look.terminal)
    context.say("There are no tokens. Make one with `seedctl token create NAME`.");
  else
    context.terminal.out << table.render(look);
  return {};
}

/// One that is refused does not keep the others from being revoked.
Outcome<void> revoke(Context& context, std::span<const std::string> names) {
  Json rows = Json::array();
  std::vector<std::string> failures;
  Exit exit = Exit::fine;
  for (const std::string& name : names) {
    const auto answer = context.daemon.call("token_revoke", {{"name", name}});
    rows.push_back(result_row("name", name, answer));
    if (answer) {
      context.say(fmt::format("Revoked \"{}\".", name));
      continue;
    }
    exit = answer.error().exit;
    failures.push_back(names.size() == 1
                           ? answer.error().text
                           : fmt::format("{}: {}", printable(name), answer.error().text));
    if (exit == Exit::unreachable) break;
  }
  if (context.json && names.size() > 1) context.print({{"results", rows}});
  if (context.json && names.size() == 1 && exit == Exit::fine)
    context.print(rows.front()["result"]);
  if (exit == Exit::fine) return {};
  return std::unexpected(Failure{exit, fmt::format("{}", fmt::join(failures, "\n")), false, 0});
}

Outcome<void> run_token(Context& context, const Arguments& arguments) {
  const std::span<const std::string> words = arguments.operands;
  const std::string& order = words.front();
  const auto names = words.subspan(1);
  if (order == "list" && names.empty()) return show(context);
  if (order == "create" && names.size() == 1) return create(context, names.front(), arguments);
  if (order == "revoke" && !names.empty()) return revoke(context, names);
  return misused("token: write `token list`, `token create NAME` or `token revoke NAME...`.");
}

}  // namespace

const Command token_command{
    "token",
    "create|list|revoke [NAME...]",
    1,
    any_number,
    Completes::nothing,
    "Make, list and revoke the tokens that programs log in with.",
    "A token is shown when it is made and never again; the daemon keeps only its hash. Its name "
    "says "
    "what it is for, and is what revoke takes. For curl: -H \"Authorization: Bearer TOKEN\".",
    flags,
    &run_token};

}  // namespace seed::ctl
