// Format: numbers as people read them. Sizes and rates have Transmission's units: kB = 1000 B.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "ctl/table.h"

namespace seed::ctl {

/// Sum, difference and product that stay at the ends of 64 bits: the daemon's numbers may be any.
std::int64_t sum(std::int64_t a, std::int64_t b);
std::int64_t difference(std::int64_t a, std::int64_t b);
std::int64_t product(std::int64_t a, std::int64_t b);

/// "0 B", "999 B", "1.50 kB", "12.3 MB", "456 GB". Negative: "?".
std::string size_text(std::int64_t bytes);

/// The same, or the plain number where the look wants exact ones; the same of those below.
std::string size_text(std::int64_t bytes, const Look& look);
std::string rate_text(std::int64_t bytes_per_second, const Look& look);
std::string duration_text(std::int64_t seconds, const Look& look);
std::string date_text(std::int64_t unix_seconds, const Look& look);
std::string eta_text(std::int64_t seconds, const Look& look);

/// Sizes that are powers of two, of pieces and memory: "16 KiB", "1.50 MiB".
std::string binary_size_text(std::int64_t bytes);

/// "1.50 MB/s"; "-" for nothing, so that what moves stands out.
std::string rate_text(std::int64_t bytes_per_second);

/// Two units at most: "45s", "3m 20s", "5h 2m", "3d 4h", "412d".
std::string duration_text(std::int64_t seconds);

/// The field eta: "-" when not available (-1), "∞" or "inf" when unknown (-2).
std::string eta_text(std::int64_t seconds, bool utf8);

/// The field upload_ratio: "-" when there is none (-1), "∞" or "inf" when infinite (-2).
std::string ratio_text(double ratio, bool utf8);

/// Cut, never rounded up: 100% means all of it. "0%", "45.2%", "99.9%", "100%".
std::string percent_text(double fraction);

/// Local time, "2026-11-21 04:28"; "never" for 0.
std::string date_text(std::int64_t unix_seconds);

/// A progress bar of `columns` columns, drawn in eighths of a column if `utf8`.
std::string bar_text(double fraction, std::size_t columns, bool utf8);

/// "1 torrent", "3 torrents".
std::string count_text(std::size_t count, const char* what);

}  // namespace seed::ctl
