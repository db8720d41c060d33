// Sheet: labelled values under headings, as `info` and `stats` show them.
#pragma once

#include <string>
#include <string_view>

#include "ctl/table.h"

namespace seed::ctl {

class Sheet {
 public:
  explicit Sheet(const Look& look) : look_(look) {}

  /// Begins a part; ends the one before with an empty line.
  void heading(std::string_view text);
  /// A line of the part; nothing when the value is empty.
  void line(std::string_view label, const Cell& value);
  /// All of it.
  std::string text() const { return text_; }

 private:
  const Look& look_;
  std::string text_;
};

}  // namespace seed::ctl
