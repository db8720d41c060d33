// List: a whole blocklist as it is published, plain or by gzip, made into a table.
//
// Lines end with LF, CR or both; a byte-order mark is passed over. Bounds:
// limits::blocklist_text_bytes_max of text, limits::blocklist_rules_max rules, and
// limits::blocklist_line_bytes_max a line (beyond: the line is unreadable).
#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/blocklist/table.h"

namespace seed::blocklist {

struct List {
  Table table;
  std::uint64_t unreadable = 0;  ///< lines
};

/// Fault malformed: no line is a rule, or it is damaged gzip data. Fault too_large: a bound.
Result<List> parse_list(Bytes bytes);

}  // namespace seed::blocklist
