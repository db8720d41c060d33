// MetricsText: writes Prometheus' text format, version 0.0.4.
//
// A family is begun once, then its samples follow. Label values may be any octets: what is no UTF-8
// is replaced, and what the format asks for is escaped.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/duration_counts.h"

namespace seed::rpc {

class MetricsText {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  /// `name` without `_total` is not allowed for a counter; `help` in one line, ours.
  void counter(std::string_view name, std::string_view help) { begin(name, "counter", help); }
  void gauge(std::string_view name, std::string_view help) { begin(name, "gauge", help); }
  /// In seconds: the name ends so.
  void histogram(std::string_view name, std::string_view help) { begin(name, "histogram", help); }

  void sample(Labels labels, std::uint64_t value);
  void sample(Labels labels, double value);
  void sample(std::uint64_t value) { sample({}, value); }
  void sample(double value) { sample({}, value); }
  /// Of a histogram.
  void sample(Labels labels, const DurationCounts& counts);

  std::string take() { return std::move(out_); }

 private:
  void begin(std::string_view name, std::string_view type, std::string_view help);
  void write_labels(Labels labels, std::string_view bound = {});
  void write_value(double value);

  std::string out_;
  std::string name_;
};

}  // namespace seed::rpc
