#include "core/torrent/seed_limits.h"

#include "tests/support/catch.h"

namespace seed::torrent {
namespace {

using config::LimitMode;

config::Settings limited_settings() {
  config::Settings settings;
  settings.ratio_limit_enabled = true;
  settings.ratio_limit = 2;
  settings.idle_seeding_limit_enabled = true;
  settings.idle_seeding_limit = 30;
  return settings;
}

TEST_CASE("a torrent's own limits go before those of the session") {
  config::TorrentOptions options;
  options.seed_ratio_mode = LimitMode::own;
  options.seed_ratio_limit = 0.5;
  options.seed_idle_mode = LimitMode::own;
  options.seed_idle_limit = 7;
  const auto limits = seed_limits(options, limited_settings());
  CHECK(limits.ratio == 0.5);
  CHECK(limits.idle == Duration(7min));
}

TEST_CASE("each limit of the session holds only while it is on") {
  config::TorrentOptions options;
  options.seed_ratio_mode = LimitMode::session;
  options.seed_idle_mode = LimitMode::session;
  auto settings = limited_settings();
  CHECK(seed_limits(options, settings).ratio == 2.0);
  CHECK(seed_limits(options, settings).idle == Duration(30min));
  settings.ratio_limit_enabled = false;
  CHECK_FALSE(seed_limits(options, settings).ratio);
  CHECK(seed_limits(options, settings).idle);
  settings.idle_seeding_limit_enabled = false;
  CHECK_FALSE(seed_limits(options, settings).idle);
}

TEST_CASE("a torrent that is to seed for ever has no limits") {
  config::TorrentOptions options;
  options.seed_ratio_mode = LimitMode::unlimited;
  options.seed_idle_mode = LimitMode::unlimited;
  const auto limits = seed_limits(options, limited_settings());
  CHECK_FALSE(limits.ratio);
  CHECK_FALSE(limits.idle);
}

TEST_CASE("the ratio is of the size of what was wanted") {
  const SeedLimits limits{.ratio = 1.5, .idle = std::nullopt};
  CHECK(reached(limits, {.size = 100, .uploaded = 149, .idle = 24h}) == SeedLimit::none);
  CHECK(reached(limits, {.size = 100, .uploaded = 150}) == SeedLimit::ratio);
  CHECK(left_to_send(limits, {.size = 100, .uploaded = 149}) == 1u);
  CHECK_FALSE(left_to_send(limits, {.size = 100, .uploaded = 150}));
}

TEST_CASE("a torrent of no octets never reaches a ratio") {
  const SeedLimits limits{.ratio = 0, .idle = std::nullopt};
  CHECK(reached(limits, {.size = 0, .uploaded = 0}) == SeedLimit::none);
  CHECK(reached(limits, {.size = 1, .uploaded = 0}) == SeedLimit::ratio);
}

TEST_CASE("one that nobody asks for reaches the idle limit") {
  const SeedLimits limits{.ratio = 2, .idle = 30min};
  CHECK(reached(limits, {.size = 100, .uploaded = 0, .idle = 30min - 1ns}) == SeedLimit::none);
  CHECK(reached(limits, {.size = 100, .uploaded = 0, .idle = 30min}) == SeedLimit::idle);
  CHECK(reached(limits, {.size = 100, .uploaded = 200, .idle = 30min}) == SeedLimit::ratio);
}

TEST_CASE("without limits nothing is reached") {
  CHECK(reached({}, {.size = 1, .uploaded = 1000, .idle = 1000h}) == SeedLimit::none);
  CHECK_FALSE(left_to_send({}, {.size = 1, .uploaded = 0}));
}

}  // namespace
}  // namespace seed::torrent
