#include "rpc/methods/folder_limits.h"

#include <string>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

namespace {

/// A service: its home is its state folder, and the downloads are in it.
config::Settings service() {
  config::Settings out;
  out.download_dir = "/var/lib/seedd/Downloads";
  out.incomplete_dir = "/srv/incomplete";
  return out;
}

struct Rules {
  config::Settings settings = service();
  std::string state_dir = "/var/lib/seedd";

  bool refuses(std::string_view folder, bool admin) const {
    const auto rules =
        folder_rules(settings, state_dir, {"/var/lib/seedd/.config/seedd", "/etc/seedd"});
    const auto refused = folder_refusal(rules, "location", folder, admin);
    if (!refused) return false;
    CHECK(refused->code == session::OrderErrorCode::not_allowed);
    CHECK(refused->text.starts_with("location: "));
    return true;
  }
};

}  // namespace

TEST_CASE("a folder is in another by whole names, however it is written") {
  CHECK(is_within("/a/b", "/a"));
  CHECK(is_within("/a/b", "/a/b"));
  CHECK(is_within("//a/./b/", "/a//b"));
  CHECK(is_within("/a", "/"));
  CHECK_FALSE(is_within("/ab", "/a"));
  CHECK_FALSE(is_within("/a", "/a/b"));
  CHECK_FALSE(is_within("/a/../b", "/a"));
  CHECK_FALSE(is_within("a/b", "a"));
  CHECK_FALSE(is_within("/a", ""));
}

TEST_CASE("without the scope admin torrents go where the owner lets them") {
  Rules rules;
  for (const char* folder : {"/var/lib/seedd/Downloads", "/var/lib/seedd/Downloads/films/",
                             "/srv/incomplete", "/srv/incomplete/x"})
    CHECK_FALSE(rules.refuses(folder, false));
  for (const char* folder : {"/var/lib/seedd", "/var/lib/seedd/Downloads2", "/srv", "/", "/tmp",
                             "/var/lib/seedd/.config/seedd", "/etc/seedd", "/media/films"}) {
    INFO(folder);
    CHECK(rules.refuses(folder, false));
  }
  rules.settings.rpc_token_dirs = {"/media"};
  CHECK_FALSE(rules.refuses("/media/films", false));
  CHECK(rules.refuses("/mediathek", false));
}

TEST_CASE("a refusal names the setting that would allow it") {
  const auto rules = folder_rules(service(), "/var/lib/seedd", {});
  CHECK(folder_refusal(rules, "download_dir", "/tmp", false)->text.find("rpc_token_dirs") !=
        std::string::npos);
}

TEST_CASE("the owner may name any folder but those of seedd itself") {
  Rules rules;
  for (const char* folder : {"/", "/tmp", "/home/me", "/var/lib/seedd/films", "/etc"}) {
    INFO(folder);
    CHECK_FALSE(rules.refuses(folder, true));
  }
  CHECK_FALSE(rules.refuses("/etc/seedd/films", true));
  for (const char* folder : {"/var/lib/seedd", "/var/lib/seedd/.config/seedd", "/etc/seedd/"}) {
    INFO(folder);
    CHECK(rules.refuses(folder, true));
  }
  rules.settings.download_dir = "/srv/downloads";
  CHECK(rules.refuses("/var/lib/seedd/films", true));
}

TEST_CASE("a folder of seedd that is the download folder too is open") {
  Rules rules;
  rules.settings.download_dir = "/var/lib/seedd";
  CHECK_FALSE(rules.refuses("/var/lib/seedd", false));
  CHECK_FALSE(rules.refuses("/var/lib/seedd/films", false));
  CHECK(rules.refuses("/var/lib/seedd/.config/seedd", false));
}

TEST_CASE("a torrent's name must not be the rest of the way to a folder of seedd") {
  Rules rules;
  rules.settings.download_dir = "/var/lib/seedd";
  CHECK(rules.refuses("/var/lib/seedd/.config", false));
  rules.settings.rpc_token_dirs = {"/var/lib"};
  rules.settings.download_dir = "/srv";
  CHECK(rules.refuses("/var/lib/seedd", false));
  CHECK_FALSE(rules.refuses("/var/lib", false));
}
