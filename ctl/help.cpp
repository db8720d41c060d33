#include "ctl/help.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "ctl/columns.h"
#include "ctl/words.h"

namespace seed::ctl {

namespace {

struct Named {
  std::string_view name;
  std::string_view doc;
};

constexpr std::array selectors = {
    Named{"all", "every torrent"},
    Named{"7 or 2,5-9", "ids, as `seedctl list` shows them"},
    Named{"HASH", "an info-hash, or its first 6 digits or more"},
    Named{"TEXT", "a name, or a part that only one name has; the case of A to Z does not matter"},
    Named{"id: hash: name:", "in front of a word: read it as this and nothing else"},
};

constexpr std::array statuses = {
    Named{"0", "fine"},
    Named{"1", "the daemon says no, or what was asked for is not there, or not well (health)"},
    Named{"2", "the command line or the file of hosts makes no sense"},
    Named{"3", "no daemon answers; of several hosts the largest of their statuses counts"},
    Named{"141", "whoever read the output has gone (as in `| head`)"},
};

constexpr std::array files = {
    Named{"~/.config/seedd/seedctl.toml",
          "the daemons that you have given names, with how they let you in; below "
          "$XDG_CONFIG_HOME when that is set, or as --config or SEEDCTL_CONFIG name it. "
          "`seedctl help hosts` says how it looks. With secrets in it it is for its owner alone "
          "(chmod 600), and so are the files of tokens and passwords that it names"},
};

constexpr std::array variables = {
    Named{"SEEDCTL_HOST", "the daemon, as --host has it (127.0.0.1:9091)"},
    Named{"SEEDCTL_USER", "user"},
    Named{"SEEDCTL_PASSWORD", "password"},
    Named{"SEEDCTL_PASSWORD_FILE", "file whose first line is the password"},
    Named{"SEEDCTL_TOKEN", "bearer token, instead of user and password"},
    Named{"SEEDCTL_TOKEN_FILE", "file whose first line is the token"},
    Named{"SEEDCTL_CACERT", "file of certificates to trust"},
    Named{"SEEDCTL_CONFIG", "file of hosts (~/.config/seedd/seedctl.toml)"},
    Named{"NO_COLOR", "if set and not empty: no colours"},
};

constexpr std::array examples = {
    Named{"seedctl add film.torrent --label film --wait", "add one and wait until it is there"},
    Named{"seedctl list --state downloading --sort -down", "what comes in, the fastest first"},
    Named{"seedctl top", "watch it all"},
    Named{"seedctl why 7", "why does it not move?"},
    Named{"seedctl limits down=2M up=500k", "hold all to these rates"},
    Named{"seedctl limits 7 ratio=2", "let this one seed until its ratio is 2"},
    Named{"seedctl settings --origin --changed", "who has set what"},
    Named{"seedctl list --format '{hash}\\t{name}'", "a line each, for scripts"},
    Named{"seedctl --host nas,attic stats", "ask two daemons"},
    Named{"seedctl token create sonarr --scope read,add --out sonarr.token", "let a program in"},
};

constexpr std::string_view about =
    "seedctl tells a running seedd what to do and shows what it does. On a terminal tables have "
    "bars and colours; in a pipe they are plain; with --json the daemon's result comes as it is, "
    "and what goes wrong is still said in words on the standard error.";

std::string spelling(const Flag& flag) {
  std::string out = flag.letter.empty() ? std::string() : fmt::format("-{}, ", flag.letter);
  out += fmt::format("--{}", flag.name);
  return flag.value.empty() ? out : fmt::format("{} {}", out, flag.value);
}

/// "  name   doc", the doc wrapped under itself; long names have a line of their own.
std::string entry(std::string_view name, std::string_view doc, std::size_t indent) {
  if (name.size() + 4 > indent)
    return fmt::format("  {}\n{:{}}{}\n", name, "", indent, wrapped(doc, indent));
  return fmt::format("  {:<{}}{}\n", name, indent - 2, wrapped(doc, indent));
}

template <typename Rows>
std::string entries(std::string_view heading, const Rows& rows) {
  std::string out = fmt::format("\n{}:\n", heading);
  for (const Named& row : rows) out += entry(row.name, row.doc, 20);
  return out;
}

std::string flag_entries(std::string_view heading, std::span<const Flag> flags) {
  if (flags.empty()) return {};
  std::string out = fmt::format("\n{}:\n", heading);
  for (const Flag& flag : flags) out += entry(spelling(flag), flag.doc, 26);
  return out;
}

/// Lines that begin with four blanks are examples, and stay as they are.
bool is_verbatim(std::string_view line) { return line.starts_with("    "); }

std::string paragraphs(std::string_view text) {
  std::string out;
  for (const std::string_view line : split(text, '\n'))
    out += (is_verbatim(line) ? std::string(line) : wrapped(line, 0)) + "\n";
  return out;
}

std::string option_doc(const Option& option) {
  std::string out = option.doc;
  if (!option.unit.empty()) out += fmt::format(" In {}.", option.unit);
  if (!option.choices.empty()) out += fmt::format(" One of {}.", fmt::join(option.choices, ", "));
  if (!option.writable) out += " Can only be read.";
  if (!option.note.empty()) out += fmt::format(" ({})", option.note);
  return out;
}

std::string method_doc(const MethodRow& method) {
  std::string out = method.doc;
  if (!method.parameters.empty())
    out += fmt::format(" Takes {}.", fmt::join(method.parameters, ", "));
  return out + fmt::format(" Scope {}.", method.scope);
}

const std::vector<Option>* options_of(const Command& command, const Schema& schema) {
  if (command.completes == Completes::torrent_options) return &schema.torrent;
  if (command.completes == Completes::session_settings) return &schema.session;
  if (command.completes == Completes::settings) return &schema.settings;
  return nullptr;
}

bool has_columns(const Command& command) {
  return std::ranges::find(command.flags, "columns", &Flag::name) != command.flags.end();
}

bool has_types(const Command& command) {
  return std::ranges::find(command.flags, "type", &Flag::name) != command.flags.end();
}

std::vector<Named> column_rows() {
  std::vector<Named> out;
  for (const ColumnRow& row : all_columns()) out.push_back({row.name, row.doc});
  return out;
}

/// Text for roff: no backslash is taken for an escape, no dot or quote for a request.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n'))
      out.append("\\&").push_back(c);
    else
      out += c;
  }
  return out;
}

std::string roff_entry(std::string_view name, std::string_view doc) {
  return fmt::format(".TP\n.B {}\n{}\n", roff(name), roff(doc));
}

template <typename Rows>
std::string roff_entries(std::string_view heading, const Rows& rows) {
  std::string out = fmt::format(".SH {}\n", heading);
  for (const Named& row : rows) out += roff_entry(row.name, row.doc);
  return out;
}

std::string roff_paragraphs(std::string_view text) {
  std::string out;
  bool verbatim = false;
  for (const std::string_view line : split(text, '\n')) {
    if (line.empty()) {
      if (!verbatim) out += ".PP\n";
      continue;
    }
    if (is_verbatim(line) != verbatim) out += verbatim ? ".fi\n.RE\n.PP\n" : ".RS\n.nf\n";
    verbatim = is_verbatim(line);
    out += roff(verbatim ? line.substr(4) : line) + "\n";
  }
  return verbatim ? out + ".fi\n.RE\n" : out;
}

std::string roff_command(const Command& command) {
  std::string out = fmt::format(".SS {}\n.B seedctl {}\n{}\n.PP\n{}\n", roff(command.name),
                                roff(command.name), roff(command.operands), roff(command.summary));
  if (!command.details.empty()) out += roff_paragraphs(command.details);
  for (const Flag& flag : command.flags) out += roff_entry(spelling(flag), flag.doc);
  return out;
}

}  // namespace

std::string wrapped(std::string_view text, std::size_t indent, std::size_t columns) {
  std::string out;
  std::size_t used = indent;
  for (const std::string_view word : split(text, ' ')) {
    if (out.empty()) {
      out = word;
    } else if (used + 1 + word.size() > columns) {
      out += fmt::format("\n{:{}}{}", "", indent, word);
      used = indent;
    } else {
      out += fmt::format(" {}", word);
      ++used;
    }
    used += word.size();
  }
  return out;
}

std::string general_help() {
  std::string out = "Usage: seedctl [OPTIONS] COMMAND [WORDS]\n\n" + wrapped(about, 0) + "\n";
  out += "\nCommands:\n";
  for (const Command* command : all_commands()) out += entry(command->name, command->summary, 16);
  out += "\n`seedctl COMMAND --help` says more of each.\n";
  out += flag_entries("Options", common_flags());
  out += entries("Torrents are named by", selectors);
  out += "\nExamples:\n";
  for (const Named& example : examples)
    out += fmt::format("  {}\n      {}\n", example.name, example.doc);
  out += entries("Environment", variables);
  out += entries("Exit status", statuses);
  return out;
}

std::string command_help(const Command& command, const Schema& schema) {
  std::string out =
      fmt::format("Usage: seedctl {}{}{} [OPTIONS]\n\n{}\n", command.name,
                  command.operands.empty() ? "" : " ", command.operands, command.summary);
  if (!command.details.empty()) out += "\n" + paragraphs(command.details);
  out += flag_entries("Options", command.flags);
  if (has_columns(command)) out += entries("Columns", column_rows());
  if (has_types(command)) {
    out += "\nEvents:\n";
    for (const EventRow& event : schema.events) out += entry(event.name, event.doc, 20);
  }
  if (takes_torrents(command)) out += entries("Torrents are named by", selectors);
  if (const auto* options = options_of(command, schema)) {
    out += "\nNames:\n";
    for (const Option& option : *options) out += entry(option.name, option_doc(option), 32);
  }
  if (command.completes == Completes::methods) {
    out += "\nMethods:\n";
    for (const MethodRow& method : schema.methods)
      out += entry(method.name, method_doc(method), 26);
  }
  out += flag_entries("Options of all commands", common_flags());
  return out + entries("Exit status", statuses);
}

std::string manual_page(const Schema& schema) {
  std::string out = ".TH SEEDCTL 1\n.SH NAME\nseedctl \\- control a running seedd\n";
  out += ".SH SYNOPSIS\n.B seedctl\n[OPTIONS] COMMAND [WORDS]\n";
  out += fmt::format(".SH DESCRIPTION\n{}\n.SH OPTIONS\n", roff(about));
  for (const Flag& flag : common_flags()) out += roff_entry(spelling(flag), flag.doc);
  out += roff_entries("NAMING TORRENTS", selectors);
  out += roff_entries("EXAMPLES", examples);
  out += ".SH COMMANDS\n";
  for (const Command* command : all_commands()) out += roff_command(*command);
  out += roff_entries("COLUMNS OF LIST AND WATCH", column_rows());
  out += ".SH OPTIONS OF TORRENTS\n";
  for (const Option& option : schema.torrent) out += roff_entry(option.name, option_doc(option));
  out += ".SH SETTINGS OF THE SESSION\n";
  for (const Option& option : schema.session) out += roff_entry(option.name, option_doc(option));
  out += ".SH METHODS OF THE RPC\n";
  for (const MethodRow& method : schema.methods) out += roff_entry(method.name, method_doc(method));
  out += ".SH EVENTS\n";
  for (const EventRow& event : schema.events) out += roff_entry(event.name, event.doc);
  out += roff_entries("FILES", files);
  out += roff_entries("ENVIRONMENT", variables);
  out += roff_entries("EXIT STATUS", statuses);
  return out + ".SH SEE ALSO\n.BR seedd (1)\n";
}

}  // namespace seed::ctl
