// Schema: what can be set, with its type and doc, read from the schema.json that the build embeds.
//
// seedctl has no list of settings of its own: a row added to the daemon's tables shows up here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/json.h"
#include "ctl/outcome.h"

namespace seed::ctl {

enum class ValueType : std::uint8_t {
  boolean,
  integer,
  number,
  string,
  choice,
  list,
  integers,
  pairs
};

/// One thing that session_set or torrent_set takes.
struct Option {
  std::string name;  ///< as RPC has it
  std::string key;   ///< as the config file has it; mostly the same
  ValueType type = ValueType::string;
  std::string unit;     ///< "" for none
  std::string allowed;  ///< to follow "is not"
  std::string doc;
  std::string note;  ///< what has no effect, "" for nothing to say
  std::vector<std::string> choices;
  bool writable = true;
  std::optional<std::int64_t> low = std::nullopt;   ///< the least number allowed
  std::optional<std::int64_t> high = std::nullopt;  ///< the largest
};

/// A method of the RPC.
struct MethodRow {
  std::string name;
  std::string scope;
  std::string doc;
  std::vector<std::string> parameters;
};

/// A kind of event of the stream.
struct EventRow {
  std::string name;
  std::string doc;
};

struct Schema {
  std::vector<Option> session;                   ///< of session_get and session_set; facts too
  std::vector<Option> torrent;                   ///< of torrent_set: options and orders
  std::vector<std::string> torrent_fields = {};  ///< names of what torrent_get can be asked for
  std::vector<Option> settings = {};             ///< all of them, by their key in the file
  std::vector<MethodRow> methods = {};
  std::vector<EventRow> events = {};

  /// From {"settings": [...], "session_facts": [...], "torrent_options": [...],
  /// "torrent_fields": [...], "methods": [...], "events": [...]}; other keys are let be.
  static Schema parse(std::string_view document);
  /// The one that was embedded by the build.
  static const Schema& built_in();
};

/// One "name=value" of the command line, as RPC wants it.
struct Assignment {
  std::string name;
  Json value;
};

/// Name in either spelling, also with hyphens; nothing when there is none.
const Option* find_option(const std::vector<Option>& options, std::string_view name);

/// Checks name, type and range, and the names of a choice: the daemon would move a number into its
/// range without a word, as Transmission does. Lists are divided by commas; announce URLs also by
/// \n, and tiers by two of either. Failures are Exit::usage and name what is allowed.
Outcome<Assignment> parse_assignment(const std::vector<Option>& options, std::string_view text);

/// True for "name=value" with a name that could be an option's.
bool is_assignment(std::string_view text);

/// The names nearest to a mistyped one, as ". Did you mean a or b?"; "." when none is near.
std::string suggestion(const std::vector<std::string>& names, std::string_view mistyped);

}  // namespace seed::ctl
