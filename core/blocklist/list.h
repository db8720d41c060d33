// List: a whole blocklist as it is published, plain or by gzip, made into a table.
//
// Lines end with LF, CR or both; a byte-order mark is passed over. What is mostly unreadable, or
// begins as a web page does, is no list, whatever else is in it. Bounds:
// limits::blocklist_text_bytes_max of text, limits::blocklist_rules_max rules, and
// limits::blocklist_line_bytes_max a line (beyond: the line is unreadable).
#pragma once

#include <atomic>
#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/blocklist/table.h"

namespace seed::blocklist {

struct List {
  Table table;
  std::uint64_t unreadable = 0;  ///< lines
};

/// Fault malformed: no line is a rule, more lines are unreadable than can be read, its first octet
/// that is no blank is '<', or it is damaged gzip data. Fault too_large: a bound. Fault cancelled:
/// `called_off` (another thread's; nullptr: nobody's) became true, which is looked at every few
/// thousand lines.
Result<List> parse_list(Bytes bytes, const std::atomic<bool>* called_off = nullptr);

}  // namespace seed::blocklist
