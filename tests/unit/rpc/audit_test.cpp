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

std::string target(std::string_view method, std::string_view arguments) {
  const Json json = Json::parse(arguments);
  return target_of(*find_method(method, Dialect::modern), Params(&json, Dialect::modern));
}

std::string changes(std::string_view method, std::string_view arguments) {
  const Json json = Json::parse(arguments);
  return changes_of(*find_method(method, Dialect::modern), Params(&json, Dialect::modern));
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
std::string lines_of(Calls&& calls, log::Level level = log::Level::info) {
  const Written written;
  {
    const log::Log log({.level = level, .fd = written.end()});
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
  const std::string hash(40, 'a');
  CHECK(target("torrent_stop", "{}") == "all");
  CHECK(target("torrent_stop", R"({"ids":[]})") == "none");
  CHECK(target("torrent_stop", R"({"ids":7})") == "7");
  CHECK(target("torrent_stop", R"({"ids":")" + hash + "\"}") == hash);
  CHECK(target("torrent_stop", R"({"ids":[1,"hunter2",[],2.5,")" + hash + "\"]}") ==
        "1," + hash + ",+3 others");
  CHECK(target("torrent_stop", R"({"ids":"hunter2"})") == "+1 others");
  CHECK(target("torrent_stop", R"({"ids":"recently_active","name":"x"})") == "recently_active");
  CHECK(target("token_revoke", R"({"name":"backup"})") == "backup");
  CHECK(target("token_revoke", "{}").empty());
  CHECK(target("session_set", R"({"ids":[1],"name":"x"})").empty());
  CHECK(target("torrent_add", R"({"filename":"/tmp/a.torrent"})") == "/tmp/a.torrent");
  CHECK(target("torrent_add", R"({"metainfo":"ZDg6..."})") == "metainfo");
}

TEST_CASE("keys in URLs and magnets are not told, nor what is neither") {
  const auto source = [](std::string_view text) {
    return target("torrent_add", R"({"filename":")" + std::string(text) + "\"}");
  };
  const auto url = source("https://me:pw@t.example/dl/0123456789abcdef0123456789abcdef?k=v");
  CHECK(holds(url, "t.example"));
  CHECK_FALSE(holds(url, "pw"));
  CHECK_FALSE(holds(url, "0123456789abcdef"));
  CHECK_FALSE(holds(url, "=v"));
  CHECK(source("magnet:?xt=urn:btih:aa&tr=http://t.example/0123456789abcdef0") ==
        "magnet urn:btih:aa");
  CHECK(source("MAGNET:?dn=urn:secret&XT=urn:btih:aa&xt.2=urn:btmh:bb&xtra=secret") ==
        "magnet urn:btih:aa urn:btmh:bb");
  CHECK(source("hunter2") == "(not understood)");
  CHECK(source("./a.torrent") == "(not understood)");
}

TEST_CASE("of a torrent that is made the path is told") {
  CHECK(target("torrent_create", R"({"path":"/srv/album","name":"other"})") == "/srv/album");
  CHECK(target("torrent_create", R"({"path":"hunter2"})").empty());
}

TEST_CASE("what a call is about is cut, however long") {
  std::string ids = "[0";
  for (int i = 0; i < 100'000; ++i) ids += ",12345";
  const auto shown = target("torrent_stop", R"({"ids":)" + ids + "]}");
  CHECK(shown.size() <= Audit::target_bytes_max);
  CHECK(shown.starts_with("0,12345,12345,"));
  CHECK(shown.ends_with(" others"));
  CHECK(target("token_revoke", R"({"name":")" + std::string(10'000, 'x') + "\"}").size() ==
        Audit::target_bytes_max);
}

TEST_CASE("a private key is in no line, whether it was good or not") {
  const std::string seed(64, '5');
  const auto text = lines_of([&](const Audit& audit) {
    call(audit, "dht_put", R"({"value":"hunter2","key_seed":")" + seed + "\"}", backup(), "{}");
    call(audit, "dht_put", R"({"value":"hunter2","key_seed":")" + seed + "\"}", backup(),
         refuse(not_allowed, ""));
  });
  CHECK(holds(text, "method=dht_put"));
  CHECK(holds(text, "key_seed"));
  CHECK_FALSE(holds(text, seed));
  CHECK_FALSE(holds(text, "hunter2"));
}

TEST_CASE("other arguments are told by name alone, those that there are") {
  CHECK(changes("torrent_add",
                R"({"labels":["secret"],"cookies":"a=b","paused":true,"hunter2":1,"pass":2})") ==
        "cookies,labels,paused,+2 others");
  CHECK(changes("torrent_set", R"({"ids":1,"peer_limit":3})") == "peer_limit");
  CHECK(changes("session_set", R"({"peer_port":1,"seed_ratio_limit":2,"hunter2":3})") ==
        "peer_port,seed_ratio_limit,+1 others");
  CHECK(changes("dht_put", R"({"value":"v","key_seed":"5eed","salt":"s","seq":1})") ==
        "key_seed,salt,seq,value");
}

TEST_CASE("no level of the log switches the audit off") {
  for (const auto level : {log::Level::error, log::Level::off}) {
    const auto text = lines_of(
        [](const Audit& audit) {
          call(audit, "torrent_remove", R"({"ids":[3]})", backup(), "{}");
          audit.failed_login("192.0.2.1", "password", 1, Instant());
        },
        level);
    CHECK(holds(text, "method=torrent_remove"));
    CHECK(holds(text, "login failed"));
  }
}

TEST_CASE("of a torrent that came as metainfo the hash is told once it is known") {
  const auto text = lines_of([](const Audit& audit) {
    call(audit, "torrent_add", R"({"metainfo":"ZDg6"})", backup(),
         R"({"torrent_added":{"hash_string":"abc","id":1,"name":"n"}})");
    call(audit, "torrent_add", R"({"metainfo":"ZDg6"})", backup(), refuse(invalid_params, ""));
  });
  CHECK(holds(text, "target=abc"));
  CHECK(holds(text, "target=metainfo"));
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
