// Limits: the limits that people set most, by short words instead of a pair of options each.
//
//   down=500  down=1.5M  down=none      kB/s without a unit, whole ones; 8000B are 8
//   ratio=2   idle=30 (minutes)  peers=60
//   turtle=on turtle-down=50 turtle-up=20       of the session only
//   ratio=session                               of a torrent only: as the session has it
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "ctl/json.h"
#include "ctl/outcome.h"
#include "ctl/table.h"

namespace seed::ctl {

/// Whose limits they are, for they have other names and modes there.
enum class Whose { session, torrent, group };

/// The words, for the help: "down, up, ratio".
std::string limit_words(Whose whose);
/// The names of all that is read to show them.
Json limit_fields(Whose whose);

/// What session_set, torrent_set or group_set takes for "down=500". Exit::usage otherwise.
Outcome<Json> parse_limits(Whose whose, std::span<const std::string> words);

/// The limits of an answer that has limit_fields(), as the lines of a table: word and value.
void add_limits(Table& table, Whose whose, const Json& from, const Look& look);
/// One of them as people read it.
std::string limit_text(Whose whose, std::string_view word, const Json& from, const Look& look);

}  // namespace seed::ctl
