#include "ctl/limits.h"

#include <cstdint>

#include "ctl/schema.h"

#include "tests/support/catch.h"

using namespace seed::ctl;

namespace {

Json parsed(Whose whose, const std::string& word) {
  const auto out = parse_limits(whose, std::vector{word});
  return out ? *out : Json(out.error().text);
}

}  // namespace

TEST_CASE("a rate is kB/s without a unit, and switches its limit on") {
  const auto down = [](int rate) {
    return Json{{"speed_limit_down", rate}, {"speed_limit_down_enabled", true}};
  };
  CHECK(parsed(Whose::session, "down=500") == down(500));
  CHECK(parsed(Whose::session, "down=500k") == down(500));
  CHECK(parsed(Whose::session, "down=1.5M") == down(1500));
  CHECK(parsed(Whose::session, "down=2MB/s") == down(2000));
  CHECK(parsed(Whose::session, "down=1G") == down(1000000));
  CHECK(parsed(Whose::session, "down=0") == down(0));
  CHECK(parsed(Whose::group, "down=500") == down(500));
  CHECK(parsed(Whose::torrent, "up=7") == Json{{"upload_limit", 7}, {"upload_limited", true}});
  for (const char* bad :
       {"down=x", "down=", "down=-1", "down=1T", "down=1e99", "down=nan", "down=M"})
    CHECK(parsed(Whose::session, bad).is_string());
}

TEST_CASE("none lifts a limit, and session leaves it to the session") {
  CHECK(parsed(Whose::session, "down=none") == Json{{"speed_limit_down_enabled", false}});
  CHECK(parsed(Whose::session, "turtle=on") == Json{{"alt_speed_enabled", true}});
  CHECK(parsed(Whose::session, "turtle-down=50") == Json{{"alt_speed_down", 50}});
  CHECK(parsed(Whose::torrent, "ratio=1.5") ==
        Json{{"seed_ratio_limit", 1.5}, {"seed_ratio_mode", 1}});
  CHECK(parsed(Whose::torrent, "ratio=none") == Json{{"seed_ratio_mode", 2}});
  CHECK(parsed(Whose::torrent, "idle=session") == Json{{"seed_idle_mode", 0}});
  CHECK(parsed(Whose::torrent, "session=off") == Json{{"honors_session_limits", false}});
  CHECK(parsed(Whose::torrent, "session=maybe").is_string());
  CHECK(parsed(Whose::session, "peers=none").is_string());
  CHECK(parsed(Whose::session, "peers=9") == Json{{"peer_limit_global", 9}});
}

TEST_CASE("a limit that there is not is an error that names those there are") {
  CHECK(parsed(Whose::torrent, "turtle=on") ==
        "there is no limit turtle: there are down, up, session, ratio, idle, peers.");
  CHECK(parsed(Whose::session, "down").is_string());
}

TEST_CASE("limits are shown as they are set") {
  const Json torrent = {{"download_limit", 1500},
                        {"download_limited", true},
                        {"seed_ratio_mode", 1},
                        {"seed_ratio_limit", 2.0},
                        {"honors_session_limits", true}};
  const Look look;
  CHECK(limit_text(Whose::torrent, "down", torrent, look) == "1.50 MB/s");
  CHECK(limit_text(Whose::torrent, "up", torrent, look) == "none");
  CHECK(limit_text(Whose::torrent, "ratio", torrent, look) == "2.00");
  CHECK(limit_text(Whose::torrent, "idle", torrent, look) == "session");
  CHECK(limit_text(Whose::torrent, "session", torrent, look) == "on");
}

TEST_CASE("bytes are a thousandth, and what is no whole kB/s is none") {
  const auto down = [](const std::string& rate) {
    return parsed(Whose::session, "turtle-down=" + rate);
  };
  const auto is = [](int rate) { return Json{{"alt_speed_down", rate}}; };
  CHECK(down("5000B") == is(5));
  CHECK(down("5000B/s") == is(5));
  CHECK(down("5kB/s") == is(5));
  CHECK(down("1.1M") == is(1100));
  for (const char* bad : {"800B/s", "800B", "1.5", "1.5k", "1.2345M", "500b", "5Mb", "5Mb/s", "B"})
    CHECK(down(bad).is_string());
  CHECK(down("800B") ==
        "turtle-down: \"800B\" is not a rate in whole kB/s such as 500, 1.5M or 8000B (B is for "
        "bytes, and b for nothing).");
}

TEST_CASE("every limit is an option that the daemon has") {
  const auto has = [](const std::vector<Option>& options, Whose whose) {
    for (const Json& field : limit_fields(whose)) {
      INFO(field);
      CHECK(find_option(options, field.get<std::string>()) != nullptr);
    }
  };
  has(Schema::built_in().session, Whose::session);
  has(Schema::built_in().torrent, Whose::torrent);
}

TEST_CASE("a limit beyond what can be counted is shown as the most") {
  const Json torrent = {{"download_limit", INT64_MAX},
                        {"download_limited", true},
                        {"seed_idle_mode", 1},
                        {"seed_idle_limit", INT64_MIN}};
  CHECK(limit_text(Whose::torrent, "down", torrent, Look()) == "9223 PB/s");
  CHECK(limit_text(Whose::torrent, "idle", torrent, Look()) == "?");
}
