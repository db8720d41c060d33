// LineFormat: what `list --format` writes for each torrent: "{id}\t{name}\n".
//
// In braces stands a column, or a field of torrent_get by its own name; {{ and }} are braces; \n,
// \t,
// \0 and \\ are what they are in C. A line ends where the format says so, else with a newline.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ctl/columns.h"

namespace seed::ctl {

class LineFormat {
 public:
  LineFormat() = default;
  /// Exit::usage for a brace that is not closed and for columns that there are not.
  static Outcome<LineFormat> parse(std::string_view text, const Schema& schema);

  bool empty() const { return parts_.empty(); }
  std::vector<std::string> fields() const;
  std::string line(const Json& torrent, const Look& look) const;

 private:
  struct Part {
    std::string text;            ///< stands as it is
    std::vector<Column> column;  ///< one behind the text, or none
  };
  std::vector<Part> parts_;
};

}  // namespace seed::ctl
