// ServerWatch: whether the proxy itself can be had, by what became of the connections to it.
#pragma once

#include <optional>

#include "core/base/instant.h"
#include "core/base/result.h"
#include "core/io/clock.h"

namespace seed::proxy {

class ServerWatch {
 public:
  /// So long nobody need try again: it would only be another of many that fail.
  static constexpr Duration pause = 5s;

  /// `clock` outlives it.
  explicit ServerWatch(const io::Clock& clock) : clock_(clock) {}

  /// It could not be connected to, or would not have us.
  void on_fault(const Fault& fault) {
    trouble_ = fault;
    until_ = clock_.now() + pause;
  }
  /// It has done, or tried, what it was asked.
  void on_answer() { forget(); }
  void forget() {
    trouble_.reset();
    until_ = never;
  }

  /// What is wrong with it, as far as is known.
  const std::optional<Fault>& trouble() const { return trouble_; }
  bool pauses(Instant now) const { return trouble_ && until_ != never && now < until_; }
  void on_deadline(Instant now) {
    if (until_ <= now) until_ = never;
  }
  /// When the pause ends; `never` when there is none.
  Instant until() const { return until_; }

 private:
  const io::Clock& clock_;
  std::optional<Fault> trouble_;
  Instant until_ = never;
};

}  // namespace seed::proxy
