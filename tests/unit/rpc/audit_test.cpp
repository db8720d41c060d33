#include "rpc/audit.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "core/log/log.h"
#include "rpc/methods.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

namespace {

std::string target(std::string_view arguments) {
  const Json json = Json::parse(arguments);
  return target_of(Params(&json, Dialect::modern));
}

/// What a log wrote into a pipe.
class Written {
 public:
  Written() { REQUIRE(::pipe2(ends_, O_NONBLOCK) == 0); }
  ~Written() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  int end() const { return ends_[1]; }
  std::string text() const {
    std::string out(65536, '\0');
    const auto count = ::read(ends_[0], out.data(), out.size());
    out.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return out;
  }

 private:
  int ends_[2] = {-1, -1};
};

/// The lines that calls leave; the log is written when it ends.
template <typename Calls>
std::string lines_of(Calls&& calls) {
  const Written written;
  {
    const log::Log log({.fd = written.end()});
    calls(Audit(log.logger("audit")));
  }
  return written.text();
}

void call(const Audit& audit, std::string_view method, std::string_view arguments,
          const Caller& caller, const Outcome& outcome) {
  const Json json = Json::parse(arguments);
  audit.call(*find_method(method, Dialect::modern), Params(&json, Dialect::modern, caller),
             outcome);
}

Caller backup() {
  Caller out;
  out.name = "token backup";
  out.address = "192.0.2.1";
  out.scopes = Scopes().with(Scope::add);
  return out;
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("a call is about the ids, the name or the source that it gives") {
  CHECK(target("{}").empty());
  CHECK(target(R"({"ids":7})") == "7");
  CHECK(target(R"({"ids":[1,"abcdef",[],2.5]})") == "1,abcdef,?,2.5");
  CHECK(target(R"({"ids":"recently_active","name":"x"})") == "recently_active");
  CHECK(target(R"({"name":"backup"})") == "backup");
  CHECK(target(R"({"filename":"/tmp/a.torrent"})") == "/tmp/a.torrent");
  CHECK(target(R"({"metainfo":"ZDg6..."})") == "metainfo");
}

TEST_CASE("keys in URLs and magnets are not told") {
  const auto url =
      target(R"({"filename":"https://me:pw@t.example/dl/0123456789abcdef0123456789abcdef?k=v"})");
  CHECK(holds(url, "t.example"));
  CHECK_FALSE(holds(url, "pw"));
  CHECK_FALSE(holds(url, "0123456789abcdef"));
  CHECK_FALSE(holds(url, "=v"));
  const auto magnet =
      target(R"({"filename":"magnet:?xt=urn:btih:aa&tr=http://t.example/0123456789abcdef0"})");
  CHECK(magnet == "magnet urn:btih:aa");
}

TEST_CASE("what a call is about is cut, however long") {
  std::string ids = "[0";
  for (int i = 0; i < 100'000; ++i) ids += ",12345";
  CHECK(target(R"({"ids":)" + ids + "]}").size() == Audit::target_bytes_max);
  CHECK(target(R"({"name":")" + std::string(10'000, 'x') + "\"}").size() ==
        Audit::target_bytes_max);
}

TEST_CASE("other arguments are told by name alone") {
  const Json json = Json::parse(R"({"ids":1,"labels":["secret"],"cookies":"a=b","paused":true})");
  CHECK(changes_of(Params(&json, Dialect::modern)) == "cookies,labels,paused");
}

TEST_CASE("a call that changes something leaves a line: who, from where, what, and how it ended") {
  const auto text = lines_of(
      [](const Audit& audit) { call(audit, "torrent_remove", R"({"ids":[3]})", backup(), "{}"); });
  for (const char* part : {"audit", "who=\"token backup\"", "address=192.0.2.1",
                           "method=torrent_remove", "target=3", "outcome=ok"}) {
    INFO(part);
    CHECK(holds(text, part));
  }
}

TEST_CASE("a call that only reads leaves a line when it is refused for want of a scope") {
  CHECK(lines_of([](const Audit& audit) {
          call(audit, "torrent_get", "{}", backup(), "{}");
          call(audit, "torrent_get", "{}", backup(), refuse(invalid_params, ""));
        }).empty());
  const auto text = lines_of([](const Audit& audit) {
    call(audit, "torrent_get", "{}", backup(), refuse(not_allowed, ""));
  });
  CHECK(holds(text, "outcome=\"error 101\""));
}

TEST_CASE("no name that is given can forge a line") {
  const auto text = lines_of([](const Audit& audit) {
    call(audit, "token_revoke", R"({"name":"x\noutcome=ok who=me"})", backup(),
         refuse(invalid_params, ""));
  });
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  CHECK_FALSE(holds(text, "\noutcome"));
}

TEST_CASE("failed logins are told, one line in ten seconds") {
  const auto text = lines_of([](const Audit& audit) {
    Instant now{};
    for (int i = 0; i < 100; ++i, now += 100ms) audit.failed_login("192.0.2.1", "password", 7, now);
    audit.failed_login("192.0.2.1", "password", 7, now);
  });
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
  CHECK(holds(text, "suppressed=99"));
}
