#include "rpc/json_rpc.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "core/base/limits.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

namespace {

/// Stands in for the loop: notes what was called and answers what the test wants.
struct Dispatcher {
  std::vector<std::string> called;
  Outcome outcome = R"({"x":1})";

  RpcAnswer operator()(std::string_view body) {
    return answer_request(body, the_owner(), [&](const Method& method, const Params&) {
      called.emplace_back(method.name);
      return outcome;
    });
  }
  Json json(std::string_view body) {
    const RpcAnswer answer = (*this)(body);
    CHECK(answer.status == 200);
    return Json::parse(answer.body);
  }
};

int code_of(const Json& answer) { return answer.at("error").at("code").get<int>(); }

}  // namespace

TEST_CASE("a call of the modern dialect gets its result and its id") {
  Dispatcher rpc;
  const Json answer = rpc.json(R"({"jsonrpc":"2.0","method":"session_get","id":"webui"})");
  CHECK(answer == Json::parse(R"({"jsonrpc":"2.0","result":{"x":1},"id":"webui"})"));
  CHECK(rpc.called == std::vector<std::string>{"session_get"});
}

TEST_CASE("ids come back as they were sent") {
  Dispatcher rpc;
  for (const std::string id : {"0", "9223372036854775807", "-9223372036854775808",
                               "18446744073709551615", "1.5", "null", "\"a\\\"b\""}) {
    const auto body = rpc(R"({"jsonrpc":"2.0","method":"session_get","id":)" + id + "}").body;
    CHECK(body.find("\"id\":" + id + "}") != body.npos);
  }
}

TEST_CASE("an id of another type is refused") {
  Dispatcher rpc;
  for (const std::string id : {"{}", "[]", "true"}) {
    const Json answer = rpc.json(R"({"jsonrpc":"2.0","method":"session_get","id":)" + id + "}");
    CHECK(code_of(answer) == -32600);
    CHECK(answer.at("id").is_null());
  }
  CHECK(rpc.called.empty());
}

TEST_CASE("an error has its code, message and data, and no result") {
  Dispatcher rpc;
  rpc.outcome = std::unexpected(CallError{3, "why", R"({"path":"x"})", false});
  const Json answer = rpc.json(R"({"jsonrpc":"2.0","method":"free_space","id":1})");
  CHECK(answer == Json::parse(R"({"jsonrpc":"2.0","id":1,"error":{"code":3,
    "message":"path is not absolute","data":{"error_string":"why","result":{"path":"x"}}}})"));
  rpc.outcome = std::unexpected(CallError{-32603, {}, {}, false});
  CHECK_FALSE(
      rpc.json(R"({"jsonrpc":"2.0","method":"free_space","id":1})").at("error").contains("data"));
}

TEST_CASE("a notification is run if it has an effect, and never answered") {
  Dispatcher rpc;
  for (const std::string method : {"torrent_stop", "session_get", "no_such_method"}) {
    const RpcAnswer answer = rpc(R"({"jsonrpc":"2.0","method":")" + method + "\"}");
    CHECK(answer.status == 204);
    CHECK(answer.body.empty());
  }
  CHECK(rpc.called == std::vector<std::string>{"torrent_stop"});
  rpc.outcome = std::unexpected(CallError{5, "no", {}, false});
  CHECK(rpc(R"({"jsonrpc":"2.0","method":"torrent_stop"})").status == 204);
}

TEST_CASE("what is no request is refused in the modern dialect") {
  Dispatcher rpc;
  CHECK(rpc.json("").at("error").at("data").at("error_string") == "No content");
  CHECK(code_of(rpc.json("{")) == -32700);
  CHECK(code_of(rpc.json("1")) == -32600);
  CHECK(code_of(rpc.json("\"text\"")) == -32600);
  CHECK(code_of(rpc.json(R"({"jsonrpc":"1.0","method":"session_get","id":1})")) == -32600);
  CHECK(code_of(rpc.json(R"({"jsonrpc":"2.0","method":7,"id":1})")) == -32600);
  CHECK(code_of(rpc.json(R"({"jsonrpc":"2.0","method":"session-get","id":1})")) == -32601);
  CHECK(rpc.called.empty());
}

TEST_CASE("a batch is answered in order, without its notifications") {
  Dispatcher rpc;
  const Json answer = rpc.json(R"([{"jsonrpc":"2.0","method":"session_get","id":1},
    {"jsonrpc":"2.0","method":"torrent_stop"}, 5, {"method":"session-get","tag":3},
    {"jsonrpc":"2.0","method":"session_stats","id":2}])");
  REQUIRE(answer.size() == 4);
  CHECK(answer[0].at("id") == 1);
  CHECK(code_of(answer[1]) == -32600);
  CHECK(code_of(answer[2]) == -32600);
  CHECK(answer[3].at("id") == 2);
  CHECK(rpc(R"([{"jsonrpc":"2.0","method":"torrent_stop"}])").status == 204);
}

TEST_CASE("batches are neither empty nor endless") {
  Dispatcher rpc;
  CHECK(code_of(rpc.json("[]")) == -32600);
  std::string body = "[0";
  for (std::size_t i = 0; i < limits::batch_max; ++i) body += ",0";
  CHECK(code_of(rpc.json(body + "]")) == -32600);
}

TEST_CASE("a batch whose answers get too long does no more, and says so of each call") {
  Dispatcher rpc;
  rpc.outcome = '"' + std::string(limits::batch_answer_bytes_max, 'x') + '"';
  const Json answer = rpc.json(R"([{"jsonrpc":"2.0","method":"torrent_get","id":1},
    {"jsonrpc":"2.0","method":"torrent_start","id":2}, {"jsonrpc":"2.0","method":"torrent_stop"},
    {"jsonrpc":"2.0","method":"session_get","id":3}])");
  REQUIRE(answer.size() == 3);
  CHECK(answer[0].contains("result"));
  for (const std::size_t i : {1u, 2u}) {
    CHECK(answer[i].at("id") == i + 1);
    CHECK(code_of(answer[i]) == -32603);
  }
  // Nobody hears what became of a notification.
  CHECK(rpc.called == std::vector<std::string>{"torrent_get", "torrent_stop"});
}

TEST_CASE("the legacy dialect always has a text as result and an object as arguments") {
  Dispatcher rpc;
  CHECK(rpc.json(R"({"method":"session-get","tag":7})") ==
        Json::parse(R"({"result":"success","arguments":{"x":1},"tag":7})"));
  CHECK(rpc.json(R"({"method":"nonsense"})") ==
        Json::parse(R"({"result":"no method name","arguments":{}})"));
  rpc.outcome = std::unexpected(CallError{5, "why", R"({"id":1})", false});
  CHECK(rpc.json(R"({"method":"torrent_rename_path"})") ==
        Json::parse(R"({"result":"why","arguments":{"id":1}})"));
  rpc.outcome = std::unexpected(CallError{4, {}, {}, false});
  CHECK(rpc.json(R"({"method":"torrent-add"})").at("result") == "unrecognized info");
}

TEST_CASE("legacy tags are integers, exact to 63 bits") {
  Dispatcher rpc;
  const auto body = rpc(R"({"method":"session-get","tag":9223372036854775807})").body;
  CHECK(body.find("\"tag\":9223372036854775807") != body.npos);
  CHECK(rpc.json(R"({"method":"session-get","id":4})").at("tag") == 4);
  for (const std::string tag : {"\"uuid\"", "1.5", "null", "{}"})
    CHECK_FALSE(rpc.json(R"({"method":"session-get","tag":)" + tag + "}").contains("tag"));
}

TEST_CASE("a call that was not begun because too many wait is an error like others") {
  Dispatcher rpc;
  rpc.outcome = std::unexpected(CallError{internal_error, "busy", {}, true});
  const auto modern = rpc(R"({"jsonrpc":"2.0","method":"session_get","id":1})");
  CHECK(modern.status == 200);
  CHECK(code_of(Json::parse(modern.body)) == internal_error);
  const auto legacy = rpc(R"({"method":"session-get","tag":2})");
  CHECK(legacy.status == 200);
  CHECK(Json::parse(legacy.body) == Json::parse(R"({"result":"busy","arguments":{},"tag":2})"));
  CHECK(rpc(R"({"jsonrpc":"2.0","method":"torrent_start"})").status == 204);
}
