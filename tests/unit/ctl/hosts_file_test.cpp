#include "ctl/hosts_file.h"

#include "tests/support/catch.h"

using namespace seed::ctl;

namespace {

std::string complaint(std::string_view text) {
  const auto hosts = parse_hosts(text, "/c/seedctl.toml");
  return hosts ? "" : hosts.error().text;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("hosts have names, in the order of the file, and files beside it") {
  const auto hosts = parse_hosts(
      "default = \"nas\"\n[hosts.zoo]\nhost = \"unix:/run/x\"\n[hosts.nas]\nhost = "
      "\"https://nas/rpc\"\nuser = \"me\"\npassword_file = \"/p\"\ntoken_file = \"t\"\ncacert = "
      "\"a.pem\"\ninsecure = true\ntimeout = 9\n",
      "/c/seedctl.toml");
  REQUIRE(hosts);
  REQUIRE(hosts->hosts.size() == 2);
  CHECK(hosts->hosts[0].name == "zoo");
  CHECK(hosts->default_name == "nas");
  const HostEntry& nas = *hosts->find("nas");
  CHECK(nas.host == "https://nas/rpc");
  CHECK(nas.password_file == "/p");
  CHECK(nas.token_file == "/c/t");
  CHECK(nas.cacert == "/c/a.pem");
  CHECK(nas.insecure);
  CHECK(nas.timeout == 9);
  CHECK_FALSE(nas.has_secret());
  CHECK(hosts->find("none") == nullptr);
  CHECK(parse_hosts("", "x")->hosts.empty());
}

TEST_CASE("a password in the URL of a host is a secret of the file") {
  const auto secret = [](const std::string& host) {
    return parse_hosts("[hosts.a]\nhost = \"" + host + "\"\n", "x")->hosts[0].has_secret();
  };
  CHECK(secret("https://me:word@nas/rpc"));
  CHECK_FALSE(secret("https://me@nas:9091/rpc"));
  CHECK_FALSE(secret("unix:/run/x"));
}

TEST_CASE("a mistake in the file of hosts is named with its line") {
  CHECK(has(complaint("[hosts.a]\n\nhots = \"x\""), "/c/seedctl.toml:3: hots: "));
  CHECK(has(complaint("[hosts.a]\nhots = \"x\""), "Did you mean host"));
  CHECK(has(complaint("[hosts.a]\nhost = 7"), ":2: host: a text"));
  CHECK(has(complaint("[hosts.a]\ninsecure = \"yes\""), ":2: insecure: true or false"));
  CHECK(has(complaint("[hosts.a]\ntimeout = 1.5"), ":2: timeout: a whole number"));
  CHECK(has(complaint("defalt = \"a\""), "Did you mean default"));
  CHECK(has(complaint("default = \"a\""), "there is no [hosts.a]"));
  CHECK(has(complaint("[hosts]\na = 1"), "a host is a table"));
  CHECK(has(complaint("[hosts.\"a,b\"]\n"), "comma"));
  CHECK(has(complaint("= broken"), "/c/seedctl.toml:1"));
}
