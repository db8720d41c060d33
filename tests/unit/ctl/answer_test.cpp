#include "ctl/answer.h"

#include <cerrno>

#include "tests/support/catch.h"

using namespace seed::ctl;

namespace {

Target target() { return *parse_target("nas"); }

Outcome<Json> read(long status, std::string body) {
  return read_answer(target(), "torrent_get", {status, "", std::move(body)});
}

}  // namespace

TEST_CASE("hosts are read in all their forms") {
  CHECK(parse_target("")->url == "http://127.0.0.1:9091/rpc");
  CHECK(parse_target("nas")->url == "http://nas:9091/rpc");
  CHECK(parse_target("nas:81")->url == "http://nas:81/rpc");
  CHECK(parse_target("::1")->url == "http://[::1]:9091/rpc");
  CHECK(parse_target("[::1]:81")->url == "http://[::1]:81/rpc");
  CHECK(parse_target("nas/seed/rpc")->url == "http://nas:9091/seed/rpc");
  CHECK(parse_target("https://nas/")->url == "https://nas/rpc");
  CHECK(parse_target("unix:/run/x")->unix_socket == "/run/x");
  CHECK_FALSE(parse_target("unix:x"));
  CHECK_FALSE(parse_target("ftp://nas"));
  CHECK_FALSE(parse_target("a b"));
}

TEST_CASE("user and password leave the URL") {
  const auto with_user = parse_target("http://me:p%40ss:word@nas:81");
  REQUIRE(with_user);
  CHECK(with_user->user == "me");
  CHECK(with_user->password == "p@ss:word");
  CHECK(with_user->url == "http://nas:81/rpc");
}

TEST_CASE("only a path of our own gives way to Transmission's") {
  CHECK(target().path_is_ours);
  CHECK(compatible(target()).url == "http://nas:9091/transmission/rpc");
  CHECK_FALSE(parse_target("nas/rpc")->path_is_ours);
}

TEST_CASE("a request is JSON-RPC 2.0") {
  const Json request = Json::parse(request_text("session_get", Json::object()));
  CHECK(request["jsonrpc"] == "2.0");
  CHECK(request["method"] == "session_get");
  CHECK(request["params"] == Json::object());
  CHECK(request.contains("id"));
}

TEST_CASE("the result comes out") {
  CHECK(read(200, R"({"jsonrpc":"2.0","id":1,"result":{"a":1}})") == Json{{"a", 1}});
}

TEST_CASE("an error is the daemon's no, in its own words") {
  const auto plain = read(200, R"({"jsonrpc":"2.0","id":1,"error":{"code":4,"message":"short"}})");
  REQUIRE_FALSE(plain);
  CHECK(plain.error().exit == Exit::refused);
  CHECK(plain.error().text.find("short") != std::string::npos);
  const auto more = read(200,
                         R"({"jsonrpc":"2.0","id":1,"error":{"code":4,"message":"short",
                             "data":{"error_string":"the long story"}}})");
  CHECK(more.error().text.find("the long story") != std::string::npos);
}

TEST_CASE("what is no seedd is no connection") {
  for (const char* body : {"", "<html>", "[]", "{}", "7", R"({"result":"success"})"})
    CHECK(read(200, body).error().exit == Exit::unreachable);
  for (const long status : {200L + 4, 302L, 404L, 418L})
    CHECK(read(status, "").error().exit == Exit::unreachable);
}

TEST_CASE("a login that is missing or wrong is told apart") {
  CHECK(read(401, "").error().text.find("--user") != std::string::npos);
  Target named = target();
  named.user = "me";
  CHECK(read_answer(named, "x", {401, "", ""}).error().text.find("does not accept") !=
        std::string::npos);
  named.user.clear();
  named.token = "t";
  CHECK(read_answer(named, "x", {401, "", ""}).error().text.find("this token") !=
        std::string::npos);
  CHECK(read(403, "").error().exit == Exit::refused);
  CHECK(read(403, "<h1>403: Forbidden</h1><p>Pages of other\nsites.</p>").error().text ==
        "http://nas:9091/rpc turns this away: 403: Forbidden Pages of other sites.");
  CHECK(read(421, "").error().text.find("rpc_host_whitelist") != std::string::npos);
}

TEST_CASE("a socket file that does not answer is named, not a host that nobody meant") {
  const std::string curls = "Failed to connect to localhost port 80 after 0 ms";
  const Target file = *parse_target("unix:/run/x.sock");
  CHECK(connect_reason(file, curls, ENOENT) == "/run/x.sock: No such file or directory");
  CHECK(connect_reason(file, curls, 0) == "no connection to /run/x.sock");
  CHECK(connect_reason(target(), curls, ENOENT) == curls);
}

TEST_CASE("no answer says what to do") {
  const Failure failure = no_answer(target(), "refused");
  CHECK(failure.exit == Exit::unreachable);
  CHECK(failure.text.find("http://nas:9091/rpc") != std::string::npos);
  CHECK(failure.text.find("is it running?") != std::string::npos);
}

TEST_CASE("what seedd refuses is told in its own words") {
  const auto refusal = [](long status, std::string body, std::int64_t after = 0) {
    return read_status(target(), {status, "", std::move(body), after});
  };
  const Failure slow = refusal(429, "<h1>429: Too Many Requests</h1><p>A login failed.</p>", 8);
  CHECK(slow.exit == Exit::refused);
  CHECK(slow.passing);
  CHECK(slow.retry_after_s == 8);
  CHECK(slow.text ==
        "http://nas:9091/rpc refuses: 429: Too Many Requests A login failed. Try again in 8 s.");
  const Failure plain = refusal(400, "<h1>400: Bad Request</h1><p>This port speaks HTTPS.</p>");
  CHECK(plain.exit == Exit::refused);
  CHECK_FALSE(plain.passing);
  CHECK(plain.text.find("speaks HTTPS") != std::string::npos);
  CHECK(refusal(431, "").exit == Exit::refused);
  CHECK(refusal(500, "").exit == Exit::refused);
  CHECK(refusal(503, "<p>16 event streams are open</p>").text.find("16 event streams") !=
        std::string::npos);
  CHECK(refusal(503, "").passing);
  CHECK(refusal(502, "").passing);
  CHECK(refusal(504, "").exit == Exit::unreachable);
  CHECK(refusal(403, "<p>This needs the scope read.</p>").text.find("scope read") !=
        std::string::npos);
}

TEST_CASE("a daemon that is busy or stopping refuses for now only") {
  const auto with = [](int code, const char* reason) {
    const Json error = {
        {"code", code}, {"message", "Internal error"}, {"data", {{"error_string", reason}}}};
    return read(200, Json{{"jsonrpc", "2.0"}, {"id", 1}, {"error", error}}.dump()).error();
  };
  for (const char* reason : {"busy: too many calls wait", "timed out", "the daemon is stopping"}) {
    CHECK(with(-32603, reason).passing);
    CHECK(with(-32603, reason).exit == Exit::refused);
  }
  CHECK_FALSE(with(-32603, "no such thing").passing);
  CHECK_FALSE(with(5, "busy").passing);
}

TEST_CASE("the daemon's words make no lines of their own") {
  const auto forged = read(
      200, R"({"jsonrpc":"2.0","id":1,"error":{"code":4,"message":"no\nseedctl: yes\u001b[2J"}})");
  CHECK(forged.error().text == "the daemon refuses torrent_get: no\\nseedctl: yes\\x1b[2J");
}

TEST_CASE("a password in a host is not shown") {
  CHECK(shown_host("http://me:p%40ss:word@nas:81") == "http://me:***@nas:81");
  CHECK(shown_host("me:secret@nas") == "me:***@nas");
  CHECK(shown_host("http://me:se/cret@nas") == "http://me:***@nas");
  CHECK(shown_host("http://me:half") == "http://me:***");
  for (const char* plain : {"nas", "nas:9091", "nas:9091/a", "http://me@nas:81", "::1", "[::1]:81",
                            "http://nas:81/x@y", "unix:/run/a:b@c", ""})
    CHECK(shown_host(plain) == plain);
  CHECK(has_password("http://me:secret@nas"));
  CHECK_FALSE(has_password("http://me@nas:81"));
  CHECK(parse_target("http://me:se cret@nas").error().text.find("cret") == std::string::npos);
}
