#include "core/session/session_totals.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>

#include "core/bencode/document.h"
#include "core/bencode/writer.h"

namespace seed::session {

Totals SessionTotals::current(Instant now) const {
  Totals totals = run_;
  totals.seconds_active = static_cast<std::uint64_t>(seconds_of(now - started_));
  return totals;
}

Totals SessionTotals::cumulative(Instant now) const {
  Totals sum = before_;
  const Totals run = current(now);
  sum.uploaded += run.uploaded;
  sum.downloaded += run.downloaded;
  sum.files_added += run.files_added;
  sum.session_count += run.session_count;
  sum.seconds_active += run.seconds_active;
  return sum;
}

Buffer SessionTotals::encode(Instant now) const {
  const Totals sum = cumulative(now);
  bencode::DictWriter out;
  // A sum beyond what load() reads stays at its end.
  const auto write = [&](std::string_view key, std::uint64_t value) {
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    out.integer(key, static_cast<std::int64_t>(std::min(value, most)));
  };
  write("uploaded", sum.uploaded);
  write("downloaded", sum.downloaded);
  write("files added", sum.files_added);
  write("seconds active", sum.seconds_active);
  write("session count", sum.session_count);
  return out.take();
}

void SessionTotals::load(Bytes encoded) {
  const auto document = bencode::Document::parse(encoded);
  if (!document) return;
  const auto value = [&](std::string_view key) {
    return static_cast<std::uint64_t>(
        std::max<std::int64_t>(0, document->root().integer_or(key, 0)));
  };
  before_ = {value("uploaded"), value("downloaded"), value("files added"), value("seconds active"),
             value("session count")};
}

}  // namespace seed::session
