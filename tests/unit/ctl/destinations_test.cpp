#include "ctl/destinations.h"

#include <sstream>

#include "ctl/arguments.h"
#include "tests/support/catch.h"

using namespace seed::ctl;

namespace {

struct Found {
  Outcome<std::vector<Destination>> hosts;
  std::string said;
  std::string asked = {};  ///< the last question for a secret
};

Found find(std::vector<std::string> words, Environment environment, bool person = false) {
  words.emplace_back("stats");
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  std::string asked;
  const auto ask = [&](std::string_view prompt) {
    asked = prompt;
    return std::optional<std::string>("asked");
  };
  const auto pause = [](std::chrono::milliseconds, const std::vector<Descriptor>&) {
    return std::optional<char>();
  };
  Terminal terminal{in,
                    out,
                    err,
                    person,
                    [] { return Look(); },
                    pause,
                    [] { return false; },
                    ask,
                    [] { return std::int64_t{0}; },
                    [] { return false; }};
  const auto line = parse_command_line(words);
  REQUIRE(line);
  auto hosts = find_destinations(line->arguments, environment, terminal);
  return {std::move(hosts), err.str(), asked};
}

std::string asked_for(const std::vector<std::string>& words) { return find(words, {}, true).asked; }

Target target_of(const std::vector<std::string>& words, const Environment& environment,
                 bool person = false) {
  const auto found = find(words, environment, person);
  REQUIRE(found.hosts);
  REQUIRE(found.hosts->size() == 1);
  return found.hosts->front().target;
}

}  // namespace

TEST_CASE("without a word it is the daemon of this machine") {
  const auto found = find({}, {});
  REQUIRE(found.hosts);
  CHECK(found.hosts->front().name == "127.0.0.1:9091");
  CHECK(found.hosts->front().target.url == "http://127.0.0.1:9091/rpc");
  CHECK(found.hosts->front().timeout.count() == 60);
}

TEST_CASE("several hosts stand between commas, each once") {
  const auto found = find({"--host", "a,b:1,a"}, {{"SEEDCTL_HOST", "c"}});
  REQUIRE(found.hosts);
  REQUIRE(found.hosts->size() == 2);
  CHECK((*found.hosts)[1].target.url == "http://b:1/rpc");
  CHECK(find({}, {{"SEEDCTL_HOST", "c,d"}}).hosts->size() == 2);
  CHECK_FALSE(find({"--host", "a,"}, {}).hosts);
}

TEST_CASE("a token goes before user and password, unless these are named nearer") {
  const Environment set = {
      {"SEEDCTL_TOKEN", "t"}, {"SEEDCTL_USER", "u"}, {"SEEDCTL_PASSWORD", "p"}};
  CHECK(target_of({}, set).token == "t");
  CHECK(target_of({"--token", "x"}, set).token == "x");
  const Target user = target_of({"--user", "me"}, set);
  CHECK(user.token.empty());
  CHECK(user.user == "me");
  CHECK(user.password == "p");
  CHECK(target_of({"--host", "http://in:side@nas"}, set).user == "in");
  CHECK(target_of({"--host", "http://in:side@nas"}, set).password == "side");
  CHECK(target_of({"--host", "http://in@nas"}, set).password == "p");
}

TEST_CASE("a password is asked for where there is somebody to ask") {
  CHECK(target_of({"--user", "me"}, {}, true).password == "asked");
  CHECK(target_of({"--user", "me"}, {}, false).password.empty());
}

TEST_CASE("a password is asked for whoever has named the user, and the question says where") {
  CHECK(target_of({"--host", "http://in@nas"}, {}, true).password == "asked");
  CHECK(target_of({}, {{"SEEDCTL_USER", "me"}}, true).password == "asked");
  CHECK(asked_for({"--host", "http://in@nas"}) == "Password of in at http://in@nas: ");
  CHECK(find({}, {}, true).hosts->front().target.password.empty());
}

TEST_CASE("a password without a user is told") {
  CHECK(find({"--password", "x"}, {}).hosts.error().exit == Exit::usage);
  CHECK(find({"--password", "x", "--user", "me"}, {}).hosts);
  CHECK(find({"--password", "x"}, {{"SEEDCTL_USER", "me"}}).hosts);
  CHECK(find({}, {{"SEEDCTL_PASSWORD", "x"}}).hosts);
}

TEST_CASE("hosts that are named one by one are several") {
  const auto found = find({"--host", "a", "--host", "b,c"}, {});
  REQUIRE(found.hosts);
  CHECK(found.hosts->size() == 3);
}

TEST_CASE("no password of a host is in its name or in a failure") {
  CHECK(find({"--host", "http://me:word@nas"}, {}).hosts->front().name == "http://me:***@nas");
  CHECK(find({"--host", "http://me:word@nas,"}, {}).hosts.error().text.find("word") ==
        std::string::npos);
}

TEST_CASE("certificates are the flag's before the environment's") {
  CHECK(target_of({}, {{"SEEDCTL_CACERT", "/a"}}).cacert == "/a");
  CHECK(target_of({"--cacert", "/b"}, {{"SEEDCTL_CACERT", "/a"}}).cacert == "/b");
  CHECK(target_of({"-k"}, {}).insecure);
  CHECK_FALSE(target_of({}, {}).insecure);
}

TEST_CASE("files that were named have to be there") {
  CHECK_FALSE(find({"--token-file", "/nonexistent/token"}, {}).hosts);
  CHECK_FALSE(find({"--config", "/nonexistent/hosts"}, {}).hosts);
  CHECK_FALSE(find({}, {{"SEEDCTL_CONFIG", "/nonexistent/hosts"}}).hosts);
  CHECK(find({}, {{"HOME", "/nonexistent"}}).hosts);
}
