// Command: one row of the table from which parsing, --help, completions and the man page are made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/daemon.h"
#include "ctl/outcome.h"
#include "ctl/schema.h"
#include "ctl/terminal.h"

namespace seed::ctl {

/// A --option of a command, or one of all commands.
struct Flag {
  std::string_view letter;  ///< "y" for -y, "" for none
  std::string_view name;    ///< "yes" for --yes
  std::string_view value;   ///< what follows it, "DIR"; "" for a switch
  std::string_view doc;
  bool repeats = false;
};

/// What a shell may complete the operands with.
enum class Completes : std::uint8_t {
  nothing,
  files,
  torrent_options,
  session_settings,
  settings,
  commands,
  methods
};

/// Beyond this many operands there is no counting.
inline constexpr std::size_t any_number = 1'000'000;

/// The command line of a command, checked against its row.
struct Arguments {
  std::vector<std::string> operands;
  std::map<std::string, std::vector<std::string>, std::less<>> flags;

  bool has(std::string_view flag) const { return flags.contains(flag); }
  /// The last value given, "" when there is none.
  std::string value(std::string_view flag) const;
  std::vector<std::string> values(std::string_view flag) const;
  /// A whole number of 0 or more; `fallback` when the flag is not there.
  Outcome<std::int64_t> whole(std::string_view flag, std::int64_t fallback) const;
};

/// What a command works with.
struct Context {
  Daemon& daemon;
  Terminal& terminal;
  const Schema& schema;
  bool json = false;
  /// What the options of all commands say about the look: --exact, --no-header, --color.
  bool exact = false;
  bool headers = true;
  std::optional<bool> colours;   ///< nothing: as the terminal has it
  std::vector<Json>* documents;  ///< where print() puts them instead; null: they are written
  std::string hosts_path;        ///< of the user's file of hosts
  bool hosts_named = false;      ///< the user has named it: it must be there
  std::string host;              ///< which of several this is; "" when there is one

  Look look() const;
  /// One line for people; nothing with --json. Foreign text is made printable.
  void say(std::string_view line) const;
  void print(const Json& document) const;
};

struct Command {
  std::string_view name;
  std::string_view operands;  ///< as in the usage line: "TORRENT..."
  std::size_t operands_min = 0;
  std::size_t operands_max = 0;
  Completes completes = Completes::nothing;
  std::string_view summary;
  std::string_view details;  ///< more lines, "" for none
  std::span<const Flag> flags;
  Outcome<void> (*run)(Context& context, const Arguments& arguments) = nullptr;
};

/// One of the rows of {"results": [...]}, which a command prints when it was given several things:
/// {"source": "a.torrent", "result": ...}, or "error" with the words of the failure.
Json result_row(std::string_view key, std::string_view name, const Outcome<Json>& answer);

/// All commands, in the order of the help.
std::span<const Command* const> all_commands();
const Command* find_command(std::string_view name);
/// Whether its words name torrents.
bool takes_torrents(const Command& command);

/// The options that all commands have.
std::span<const Flag> common_flags();

}  // namespace seed::ctl
