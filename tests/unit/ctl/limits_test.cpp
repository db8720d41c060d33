#include "ctl/limits.h"

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
