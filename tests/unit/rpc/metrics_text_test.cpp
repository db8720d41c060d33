#include "rpc/metrics_text.h"

#include <limits>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

TEST_CASE("a family has its help and type once, then its samples") {
  MetricsText out;
  out.counter("seedd_things_total", "Things.");
  out.sample({{"kind", "a"}}, std::uint64_t{3});
  out.sample({{"kind", "b"}, {"side", "left"}}, std::uint64_t{4});
  out.gauge("seedd_share_ratio", "Share.");
  out.sample(0.5);
  CHECK(out.take() ==
        "# HELP seedd_things_total Things.\n"
        "# TYPE seedd_things_total counter\n"
        "seedd_things_total{kind=\"a\"} 3\n"
        "seedd_things_total{kind=\"b\",side=\"left\"} 4\n"
        "# HELP seedd_share_ratio Share.\n"
        "# TYPE seedd_share_ratio gauge\n"
        "seedd_share_ratio 0.5\n");
}

TEST_CASE("a label's value cannot break out of its line") {
  MetricsText out;
  out.gauge("x", "X.");
  out.sample({{"name", "a\"b\\c\nd\xff"}}, std::uint64_t{1});
  CHECK(out.take() == "# HELP x X.\n# TYPE x gauge\nx{name=\"a\\\"b\\\\c\\nd\xef\xbf\xbd\"} 1\n");
}

TEST_CASE("numbers that are none are written as Prometheus reads them") {
  MetricsText out;
  out.gauge("x", "X.");
  out.sample(std::numeric_limits<double>::quiet_NaN());
  out.sample(-std::numeric_limits<double>::infinity());
  CHECK(out.take() == "# HELP x X.\n# TYPE x gauge\nx NaN\nx -Inf\n");
}

TEST_CASE("a histogram's buckets add up, and end with all of it") {
  DurationCounts counts;
  counts.add(500ns);
  counts.add(3us);
  counts.add(1h);
  MetricsText out;
  out.histogram("x_seconds", "X.");
  out.sample({{"m", "a"}}, counts);
  const std::string text = out.take();
  CHECK(text.find("x_seconds_bucket{m=\"a\",le=\"1e-06\"} 1\n") != text.npos);
  CHECK(text.find("x_seconds_bucket{m=\"a\",le=\"4e-06\"} 2\n") != text.npos);
  CHECK(text.find("x_seconds_bucket{m=\"a\",le=\"4.194304\"} 2\n") != text.npos);
  CHECK(text.find("x_seconds_bucket{m=\"a\",le=\"+Inf\"} 3\n") != text.npos);
  CHECK(text.find("x_seconds_sum{m=\"a\"} 3600.0000035\n") != text.npos);
  CHECK(text.find("x_seconds_count{m=\"a\"} 3\n") != text.npos);
}
