#include "ctl/sheet.h"

#include <algorithm>

#include "ctl/printable.h"

namespace seed::ctl {

namespace {

constexpr std::size_t label_columns = 18;

}  // namespace

void Sheet::heading(std::string_view text) {
  if (!text_.empty()) text_ += '\n';
  text_ += paint(printable(text), Style::bold, look_.colours) + '\n';
}

void Sheet::line(std::string_view label, const Cell& value) {
  if (value.text.empty()) return;
  std::string name = "  " + std::string(label);
  name.resize(std::max(name.size() + 2, label_columns + 2), ' ');
  text_ += paint(name, Style::dim, look_.colours);
  text_ += paint(value.text, value.style, look_.colours) + '\n';
}

}  // namespace seed::ctl
