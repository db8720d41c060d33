#include "ctl/format.h"

#include "ctl/printable.h"
#include "tests/support/catch.h"

using namespace seed::ctl;

TEST_CASE("sizes count in thousands and have three digits") {
  CHECK(size_text(0) == "0 B");
  CHECK(size_text(999) == "999 B");
  CHECK(size_text(1000) == "1.00 kB");
  CHECK(size_text(1'234'567) == "1.23 MB");
  CHECK(size_text(12'345'678) == "12.3 MB");
  CHECK(size_text(123'456'789) == "123 MB");
  CHECK(size_text(999'999) == "1.00 MB");
  CHECK(size_text(9'999'999) == "10.0 MB");
  CHECK(size_text(5'000'000'000'000) == "5.00 TB");
  CHECK(size_text(INT64_MAX) == "9223 PB");
  CHECK(size_text(-1) == "?");
}

TEST_CASE("sizes of pieces count in powers of two") {
  CHECK(binary_size_text(16384) == "16 KiB");
  CHECK(binary_size_text(1 << 20) == "1 MiB");
  CHECK(binary_size_text(1536 * 1024) == "1.50 MiB");
  CHECK(binary_size_text(0) == "0 B");
}

TEST_CASE("a rate of nothing is a dash") {
  CHECK(rate_text(0) == "-");
  CHECK(rate_text(1500) == "1.50 kB/s");
}

TEST_CASE("durations have two units at most") {
  CHECK(duration_text(0) == "0s");
  CHECK(duration_text(59) == "59s");
  CHECK(duration_text(200) == "3m 20s");
  CHECK(duration_text(5 * 3600 + 125) == "5h 2m");
  CHECK(duration_text(3 * 86400 + 4 * 3600) == "3d 4h");
  CHECK(duration_text(500LL * 86400) == "500d");
}

TEST_CASE("eta and ratio have words for what is no number") {
  CHECK(eta_text(-1, true) == "-");
  CHECK(eta_text(-2, true) == "∞");
  CHECK(eta_text(-2, false) == "inf");
  CHECK(eta_text(60, true) == "1m 0s");
  CHECK(ratio_text(-1, true) == "-");
  CHECK(ratio_text(-2, false) == "inf");
  CHECK(ratio_text(1.999, true) == "1.99");
  CHECK(ratio_text(0.3, true) == "0.30");
}

TEST_CASE("only all of it is 100 percent") {
  CHECK(percent_text(0) == "0%");
  CHECK(percent_text(0.4567) == "45.6%");
  CHECK(percent_text(0.99999) == "99.9%");
  CHECK(percent_text(1) == "100%");
  CHECK(percent_text(7) == "100%");
  CHECK(percent_text(-3) == "0%");
}

TEST_CASE("a bar is as wide as it was asked to be") {
  for (const double fraction : {-1.0, 0.0, 0.01, 0.5, 0.51, 0.99, 1.0, 2.0}) {
    CHECK(display_width(bar_text(fraction, 10, true)) == 10);
    CHECK(bar_text(fraction, 10, false).size() == 10);
  }
  CHECK(bar_text(0.5, 4, false) == "##..");
  CHECK(bar_text(0.5, 3, true) == "█▌░");
}

TEST_CASE("dates before there were any are never") {
  CHECK(date_text(0) == "never");
  CHECK(date_text(1'790'000'000).size() == 16);
}

TEST_CASE("numbers stop at the ends of what can be counted") {
  CHECK(sum(1, 2) == 3);
  CHECK(sum(INT64_MAX, 1) == INT64_MAX);
  CHECK(sum(INT64_MIN, -1) == INT64_MIN);
  CHECK(difference(5, 7) == -2);
  CHECK(difference(INT64_MIN, 1) == INT64_MIN);
  CHECK(difference(1, INT64_MIN) == INT64_MAX);
  CHECK(product(3, -4) == -12);
  CHECK(product(INT64_MAX, 60) == INT64_MAX);
  CHECK(product(INT64_MIN, 60) == INT64_MIN);
  CHECK(product(INT64_MIN, -1) == INT64_MAX);
}
