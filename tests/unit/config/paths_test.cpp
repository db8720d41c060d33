#include "config/paths.h"

#include <map>

#include "tests/support/catch.h"

using namespace seed::config;

namespace {

Disk disk_of(std::map<std::string, std::string> files) {
  return {[files](const std::string& path) { return files.contains(path); },
          [files](const std::string& path) -> std::optional<std::string> {
            const auto at = files.find(path);
            if (at == files.end()) return std::nullopt;
            return at->second;
          }};
}

}  // namespace

TEST_CASE("a user's paths are in the home") {
  CHECK(default_paths({{"HOME", "/home/a/"}}, disk_of({})) ==
        DefaultPaths{"/home/a/.local/state/seedd", "/home/a/Downloads", ""});
}

TEST_CASE("systemd and XDG go over the home") {
  const Environment environment{
      {"HOME", "/home/a"}, {"XDG_STATE_HOME", "/x/state"}, {"XDG_CONFIG_HOME", "/x/config"}};
  const auto disk = disk_of({{"/x/config/seedd/seedd.toml", ""},
                             {"/etc/seedd/seedd.toml", ""},
                             {"/x/config/user-dirs.dirs", "XDG_DOWNLOAD_DIR=\"/srv/down\"\n"}});
  CHECK(default_paths(environment, disk) ==
        DefaultPaths{"/x/state/seedd", "/srv/down", "/x/config/seedd/seedd.toml"});
  auto service = environment;
  service["STATE_DIRECTORY"] = "/var/lib/seedd:/var/lib/other";
  CHECK(default_paths(service, disk).state_dir == "/var/lib/seedd");
}

TEST_CASE("relative XDG paths are ignored") {
  CHECK(default_paths({{"HOME", "/h"}, {"XDG_STATE_HOME", "state"}, {"XDG_CONFIG_HOME", ""}},
                      disk_of({{"/h/.config/seedd/seedd.toml", ""}})) ==
        DefaultPaths{"/h/.local/state/seedd", "/h/Downloads", "/h/.config/seedd/seedd.toml"});
}

TEST_CASE("without a home there is the system's place and no download folder") {
  for (const auto* home : {"/", "/nonexistent", "", "relative"}) {
    INFO(home);
    CHECK(default_paths({{"HOME", home}}, disk_of({{"/etc/seedd/seedd.toml", ""}})) ==
          DefaultPaths{"/var/lib/seedd", "", "/etc/seedd/seedd.toml"});
  }
}

TEST_CASE("the user's download folder is read as the desktop writes it") {
  const auto download_dir = [](const std::string& text) {
    return default_paths({{"HOME", "/h"}}, disk_of({{"/h/.config/user-dirs.dirs", text}}))
        .download_dir;
  };
  CHECK(download_dir("# x\nXDG_MUSIC_DIR=\"$HOME/M\"\nXDG_DOWNLOAD_DIR=\"$HOME/T\xc3\xa9l/\"\n") ==
        "/h/T\xc3\xa9l");
  CHECK(download_dir("XDG_DOWNLOAD_DIR=\"/a\\\"b\"") == "/a\"b");
  CHECK(download_dir("XDG_DOWNLOAD_DIR=\"$HOME/\"\n") == "/h/Downloads");
  CHECK(download_dir("XDG_DOWNLOAD_DIR=relative\n") == "/h/Downloads");
  CHECK(download_dir("XDG_DOWNLOAD_DIR=\"relative\"\n") == "/h/Downloads");
  CHECK(download_dir("XDG_DOWNLOAD_DIR=") == "/h/Downloads");
}

TEST_CASE("a config file is looked for in the user's folder, then in the system's") {
  using Places = std::vector<std::string>;
  CHECK(config_places({{"HOME", "/h"}}) ==
        Places{"/h/.config/seedd/seedd.toml", "/etc/seedd/seedd.toml"});
  CHECK(config_places({{"HOME", "/h"}, {"XDG_CONFIG_HOME", "/x"}}) ==
        Places{"/x/seedd/seedd.toml", "/etc/seedd/seedd.toml"});
  CHECK(config_places({{"HOME", "/"}}) == Places{"/etc/seedd/seedd.toml"});
}
