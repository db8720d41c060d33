#include "config/torrent_options.h"

#include "config/settings_access.h"
#include "tests/support/catch.h"

using namespace seed::config;

namespace {
using Texts = std::vector<std::string>;
}

TEST_CASE("options are Transmission's at first") {
  const TorrentOptions options;
  CHECK(options.download_limit == 100);
  CHECK_FALSE(options.download_limited);
  CHECK(options.honors_session_limits);
  CHECK(options.peer_limit == 50);
  CHECK(options.seed_idle_limit == 30);
  CHECK(options.seed_ratio_limit == 2.0);
  CHECK(options.labels.empty());
}

TEST_CASE("a mode is a number outside and an enum inside") {
  TorrentOptions options;
  REQUIRE(set(options, "seed_ratio_mode", std::int64_t{2}));
  CHECK(options.seed_ratio_mode == LimitMode::unlimited);
  CHECK(get(options, "seed_ratio_mode") == SettingValue(std::int64_t{2}));
  CHECK(set(options, "seed_ratio_mode", std::int64_t{3}).error().message ==
        "3 is not between 0 and 2");
}

TEST_CASE("priorities are -1, 0 and 1") {
  TorrentOptions options;
  CHECK(set(options, "bandwidth_priority", std::int64_t{-1}));
  CHECK_FALSE(set(options, "bandwidth_priority", std::int64_t{2}));
  CHECK(options.bandwidth_priority == -1);
}

TEST_CASE("labels keep their order and can be cleared") {
  TorrentOptions options;
  REQUIRE(set(options, "labels", Texts{"b", "a"}));
  CHECK(options.labels == TextList{"b", "a"});
  REQUIRE(set(options, "labels", Texts{}));
  CHECK(options.labels.empty());
}

TEST_CASE("each option is visited once") {
  std::size_t seen = 0;
  each_torrent_option([&seen](const auto&) { ++seen; });
  CHECK(seen == torrent_option_count);
}
