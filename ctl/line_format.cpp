#include "ctl/line_format.h"

#include <fmt/format.h>

namespace seed::ctl {

namespace {

/// What stands behind a backslash; others stay as they are.
std::string escaped(char letter) {
  switch (letter) {
    case 'n':
      return "\n";
    case 't':
      return "\t";
    case '0':
      return std::string(1, '\0');
    case '\\':
      return "\\";
    default:
      return {'\\', letter};
  }
}

}  // namespace

Outcome<LineFormat> LineFormat::parse(std::string_view text, const Schema& schema) {
  LineFormat out;
  if (text.empty()) return out;
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool doubled = i + 1 < text.size() && text[i + 1] == text[i];
    if (text[i] == '\\' && i + 1 < text.size()) {
      plain += escaped(text[++i]);
    } else if ((text[i] == '{' || text[i] == '}') && doubled) {
      plain += text[i++];
    } else if (text[i] == '{') {
      const std::size_t end = text.find('}', i);
      if (end == text.npos)
        return misused(fmt::format("--format: the brace of \"{}\" is not closed.", text.substr(i)));
      SEED_TRY(std::vector<Column> column, parse_columns(text.substr(i + 1, end - i - 1), schema));
      if (column.size() != 1) return misused("--format: one column in each pair of braces.");
      out.parts_.push_back({std::move(plain), std::move(column)});
      plain.clear();
      i = end;
    } else {
      plain += text[i];
    }
  }
  if (!plain.ends_with('\n') && !plain.ends_with('\0')) plain += '\n';
  out.parts_.push_back({std::move(plain), {}});
  return out;
}

std::vector<std::string> LineFormat::fields() const {
  std::vector<std::string> out;
  for (const Part& part : parts_)
    for (const Column& column : part.column) out.push_back(column.field);
  return out;
}

std::string LineFormat::line(const Json& torrent, const Look& look) const {
  std::string out;
  for (const Part& part : parts_) {
    out += part.text;
    for (const Column& column : part.column) out += column.cell(torrent, look).text;
  }
  return out;
}

}  // namespace seed::ctl
