#include "rpc/metrics_text.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <iterator>

#include "core/base/bytes.h"

namespace seed::rpc {

namespace {

/// Every second of DurationCounts' bounds: enough to tell 1 ms from 5.
constexpr std::size_t bounds_step = 2;

void append_escaped(std::string& out, std::string_view value) {
  for (const char letter : to_utf8(value)) {
    if (letter == '\\' || letter == '"') out += '\\';
    if (letter == '\n')
      out += "\\n";
    else
      out += letter;
  }
}

}  // namespace

void MetricsText::begin(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  fmt::format_to(std::back_inserter(out_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void MetricsText::write_labels(Labels labels, std::string_view bound) {
  if (labels.size() == 0 && bound.empty()) return;
  char mark = '{';
  const auto add = [&](std::string_view name, std::string_view value) {
    out_ += std::exchange(mark, ',');
    out_ += name;
    out_ += "=\"";
    append_escaped(out_, value);
    out_ += '"';
  };
  for (const auto& [name, value] : labels) add(name, value);
  if (!bound.empty()) add("le", bound);
  out_ += '}';
}

void MetricsText::write_value(double value) {
  if (std::isnan(value))
    out_ += " NaN\n";
  else if (std::isinf(value))
    out_ += value > 0 ? " +Inf\n" : " -Inf\n";
  else
    fmt::format_to(std::back_inserter(out_), " {}\n", value);
}

void MetricsText::sample(Labels labels, std::uint64_t value) {
  out_ += name_;
  write_labels(labels);
  fmt::format_to(std::back_inserter(out_), " {}\n", value);
}

void MetricsText::sample(Labels labels, double value) {
  out_ += name_;
  write_labels(labels);
  write_value(value);
}

void MetricsText::sample(Labels labels, const DurationCounts& counts) {
  std::uint64_t below = 0;
  const auto line = [&](std::string_view bound) {
    out_ += name_;
    out_ += "_bucket";
    write_labels(labels, bound);
    fmt::format_to(std::back_inserter(out_), " {}\n", below);
  };
  for (std::size_t i = 0; i + 1 < counts.counts.size(); ++i) {
    below += counts.counts[i];
    if (i % bounds_step != 0) continue;
    line(fmt::format("{}", std::ldexp(1e-6, static_cast<int>(i))));
  }
  below += counts.counts.back();
  line("+Inf");
  out_ += name_;
  out_ += "_sum";
  write_labels(labels);
  write_value(seconds_of(counts.sum));
  out_ += name_;
  out_ += "_count";
  write_labels(labels);
  fmt::format_to(std::back_inserter(out_), " {}\n", below);
}

}  // namespace seed::rpc
