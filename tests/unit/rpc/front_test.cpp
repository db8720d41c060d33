#include "rpc/front.h"

#include "tests/support/catch.h"
#include "tests/unit/rpc/http_request.h"

using namespace seed;
using namespace seed::rpc;
using test::header_of;
using test::Request;

namespace {

const std::string id(48, 'a');

struct Server {
  config::Settings settings;
  RpcAnswer said{200, "{}"};
  std::vector<Route> routes;
  std::shared_ptr<TokenBook> tokens = std::make_shared<TokenBook>();
  Caller caller;  ///< of the last call
  int status_of(Request request) { return serve(request).status; }
  HttpAnswer serve(Request& request) {
    const Front front(
        {"/transmission/", id, "0.1.0"}, settings,
        [this](std::string_view, const Caller& by) {
          caller = by;
          return said;
        },
        routes, GateTools{.tokens = tokens});
    return front.serve(request);
  }
};

Request with_id(Request request = {}) {
  request.headers["X-Transmission-Session-Id"] = id;
  return request;
}

}  // namespace

TEST_CASE("without the session id the answer is 409, by any method, with the id in it twice") {
  Server server;
  for (const char* method : {"GET", "POST"}) {
    Request request(method, "/transmission/rpc");
    const HttpAnswer answer = server.serve(request);
    CHECK(answer.status == 409);
    CHECK(header_of(answer, "X-Transmission-Session-Id") == id);
    CHECK(header_of(answer, "X-Transmission-Rpc-Version") == "6.0.1");
    CHECK(answer.body.find("X-Transmission-Session-Id: " + id) != answer.body.npos);
    CHECK_FALSE(request.body_read);
  }
  Request wrong = with_id();
  wrong.headers["X-Transmission-Session-Id"] = std::string(48, 'b');
  CHECK(server.status_of(wrong) == 409);
}

TEST_CASE("with the session id the call is carried out") {
  Server server;
  for (const char* path : {"/transmission/rpc", "/transmission/rpc/"}) {
    Request request = with_id(Request("POST", path));
    const HttpAnswer answer = server.serve(request);
    CHECK(answer.status == 200);
    CHECK(answer.content_type == "application/json; charset=UTF-8");
    CHECK(header_of(answer, "Server") == "Transmission");
    CHECK(header_of(answer, "X-Transmission-Session-Id").empty());
  }
  CHECK(server.status_of(with_id(Request("GET", "/transmission/rpc"))) == 405);
  CHECK(server.status_of(with_id(Request("POST", "/transmission/rpcxyz"))) == 404);
}

TEST_CASE("each path is answered as the contract's table has it") {
  Server server;
  for (const char* path : {"/transmission/", "/transmission/web", "/", "/x", "/transmission"}) {
    Request request("GET", path);
    const HttpAnswer answer = server.serve(request);
    CHECK(answer.status == 301);
    CHECK(header_of(answer, "Location") == "/transmission/web/");
  }
  CHECK(server.status_of({"GET", "/transmission/web/"}) == 404);
  CHECK(server.status_of({"POST", "/transmission/web/x"}) == 405);
  // Behind the session id like the RPC itself.
  CHECK(server.status_of({"GET", "/transmission/other"}) == 409);
  CHECK(server.status_of(with_id(Request("GET", "/transmission/other"))) == 404);
  for (const char* method : {"PUT", "DELETE", "HEAD", "PATCH", "TRACE"})
    CHECK(server.status_of({method, "/transmission/rpc"}) == 501);
}

TEST_CASE("the checks come in the contract's order") {
  Server server;
  server.settings.rpc_authentication_required = true;
  server.settings.rpc_username = "a";
  server.settings.rpc_password = "b";
  Request request("OPTIONS", "/transmission/rpc");
  request.address = "192.0.2.1";
  CHECK(server.status_of(request) == 403);
  request.address = "127.0.0.1";
  CHECK(server.status_of(request) == 200);
  request.verb = "POST";
  const HttpAnswer refused = server.serve(request);
  CHECK(refused.status == 401);
  CHECK(header_of(refused, "WWW-Authenticate") == "Basic realm=\"Transmission\"");
  CHECK(server.status_of({"GET", "/"}) == 401);
  request.headers["Authorization"] = "Basic YTpi";
  CHECK(server.status_of(request) == 409);
}

TEST_CASE("a foreign host name is told so, but not before the redirects") {
  Server server;
  Request request = with_id();
  request.headers["Host"] = "evil.example";
  CHECK(server.status_of(request) == 421);
  request.target = "/";
  CHECK(server.status_of(request) == 301);
  request.target = "/rpc";
  CHECK(server.status_of(request) == 421);
}

TEST_CASE("the plain path needs no session id and refuses pages of other sites") {
  Server server;
  Request request("POST", "/rpc");
  CHECK(server.status_of(request) == 200);
  CHECK(server.status_of({"GET", "/rpc"}) == 405);
  request.headers["Origin"] = "http://localhost:9091";
  request.headers["Sec-Fetch-Site"] = "same-origin";
  CHECK(server.status_of(request) == 200);
  for (const char* origin : {"http://evil.example", "null", "http://localhost", ""}) {
    request.headers["Origin"] = origin;
    CHECK(server.status_of(request) == 403);
  }
  request.headers.erase("Origin");
  for (const char* site : {"cross-site", "same-site", "nonsense"}) {
    request.headers["Sec-Fetch-Site"] = site;
    CHECK(server.status_of(request) == 403);
  }
}

TEST_CASE("a foreign page's request is not carried out") {
  Server server;
  Request request("POST", "/rpc");
  request.headers["Origin"] = "http://evil.example";
  server.serve(request);
  CHECK_FALSE(request.body_read);
}

TEST_CASE("a body that is not there says why") {
  Server server;
  Request request = with_id();
  for (const auto& [fault, status] :
       {std::pair{BodyFault::too_large, 413}, std::pair{BodyFault::broken, 400},
        std::pair{BodyFault::no_room, 503}}) {
    request.body_fault = fault;
    CHECK(server.serve(request).status == status);
  }
  CHECK(header_of(server.serve(request), "Retry-After") == "10");
}

TEST_CASE("a body of more than finds room in memory is not read into it") {
  Server server;
  Request request = with_id();
  request.body = "[" + std::string(8000, ',') + "]";
  CHECK(server.status_of(request) == 200);
  request.body = "[" + std::string(12'000, ',') + "]";
  CHECK(server.status_of(request) == 503);
}

TEST_CASE("what cannot be read is refused with a page, once the address is known") {
  Server server;
  Request request;
  for (const int status : {400, 414, 416, 431, 500, 501}) {
    request.broken = status;
    const HttpAnswer answer = server.serve(request);
    CHECK(answer.status == status);
    CHECK(answer.body.starts_with("<h1>" + std::to_string(status) + ": "));
    CHECK(header_of(answer, "Server") == "Transmission");
  }
  request.address = "192.0.2.1";
  CHECK(server.serve(request).status == 403);
}

TEST_CASE("every answer names seedd's own version") {
  Server server;
  for (const char* path : {"/", "/transmission/rpc", "/transmission/nothing"}) {
    Request request("GET", path);
    CHECK(header_of(server.serve(request), "X-Seedd-Version") == "0.1.0");
  }
}

TEST_CASE("a notification is 204 without a type") {
  Server server;
  Request request = with_id();
  server.said = {204, ""};
  CHECK(server.serve(request).status == 204);
  CHECK(server.serve(request).content_type.empty());
}

TEST_CASE("long answers are packed for those who ask for it") {
  Server server;
  server.said.body = std::string(100'000, 'x');
  Request request = with_id();
  CHECK(server.serve(request).body.size() == 100'000);
  request.headers["Accept-Encoding"] = "deflate, gzip";
  HttpAnswer answer = server.serve(request);
  CHECK(header_of(answer, "Content-Encoding") == "gzip");
  CHECK(answer.body.size() < 1000);
  server.said.body = "{}";
  CHECK(header_of(server.serve(request), "Content-Encoding").empty());
}

TEST_CASE("new settings hold from the next request on") {
  config::Settings settings;
  Front front({"/transmission/", id, "0.1.0"}, settings,
              [](std::string_view, const Caller&) { return RpcAnswer(); });
  Request request("GET", "/");
  CHECK(front.serve(request).status == 301);
  settings.rpc_authentication_required = true;
  front.on_settings(settings);
  CHECK(front.serve(request).status == 401);
}

TEST_CASE("who calls is told: by which name, from where, and that they may do anything") {
  Server server;
  Request request = with_id();
  server.serve(request);
  CHECK(server.caller.name == "anyone");
  CHECK(server.caller.address == "127.0.0.1");
  CHECK(server.caller.local);
  CHECK_FALSE(server.caller.logged_in);
  CHECK(server.caller.scopes.allow(Scope::admin));
  server.settings.rpc_authentication_required = true;
  server.settings.rpc_whitelist_enabled = false;
  server.settings.rpc_username = "a";
  server.settings.rpc_password = "b";
  request.headers["Authorization"] = "Basic YTpi";
  request.address = "192.0.2.1";
  server.serve(request);
  CHECK(server.caller.name == "user a");
  CHECK_FALSE(server.caller.local);
  CHECK(server.caller.logged_in);
  for (const auto& [peer, local] :
       {std::pair{"", true}, std::pair{"::1", true}, std::pair{"::ffff:127.0.0.1", true},
        std::pair{"127.8.8.8", true}, std::pair{"10.0.0.1", false}, std::pair{"rubbish", false}}) {
    request.address = peer;
    server.serve(request);
    INFO(peer);
    CHECK(server.caller.local == local);
  }
}

namespace {

Route route(std::string method, std::string path, std::string says) {
  return {.path = std::move(path),
          .method = std::move(method),
          .login = true,
          .scope = std::nullopt,
          .guard = Guard::same_site,
          .labelled = false,
          .handler = [says](HttpExchange& exchange, const Caller&) {
            HttpAnswer out;
            out.body = says + exchange.query("q").value_or("");
            return out;
          }};
}

}  // namespace

TEST_CASE("other routes are found by path and method, with their query") {
  Server server;
  server.routes = {route("GET", "/events", "events"), route("POST", "/events", "posted"),
                   route("GET", "/transmission/web/", "file")};
  Request request("GET", "/events");
  request.asked = "a=1&q=two%20words&q=3";
  CHECK(server.serve(request).body == "eventstwo words");
  request.verb = "POST";
  CHECK(server.serve(request).body == "postedtwo words");
  CHECK(server.status_of({"GET", "/events/"}) == 301);
  Request file("GET", "/transmission/web/index.html");
  CHECK(server.serve(file).body == "file");
  file.verb = "POST";
  const HttpAnswer wrong = server.serve(file);
  CHECK(wrong.status == 405);
  CHECK(header_of(wrong, "Allow") == "GET");
}

TEST_CASE("other routes refuse foreign pages and hosts, unless they ask for no guard") {
  Server server;
  server.routes = {route("GET", "/events", "")};
  Request request("GET", "/events");
  request.headers["Origin"] = "http://evil.example";
  CHECK(server.status_of(request) == 403);
  server.routes[0].guard = Guard::none;
  CHECK(server.status_of(request) == 200);
  server.routes[0].guard = Guard::session_id;
  CHECK(server.status_of(request) == 409);
  server.routes[0].guard = Guard::same_site;
  request.headers = {{"Host", "evil.example"}};
  CHECK(server.status_of(request) == 421);
}

TEST_CASE("a route without a login is answered to those who have none, as to nobody") {
  Server server;
  server.settings.rpc_authentication_required = true;
  server.settings.rpc_password = "b";
  server.routes = {route("GET", "/healthz", "fine")};
  CHECK(server.status_of({"GET", "/healthz"}) == 401);
  server.routes[0].login = false;
  Caller seen;
  seen.scopes = Scopes::all();
  server.routes[0].handler = [&](HttpExchange&, const Caller& by) {
    seen = by;
    return HttpAnswer();
  };
  CHECK(server.status_of({"GET", "/healthz"}) == 200);
  CHECK(seen.scopes.none());
  Request by_name("GET", "/healthz");
  by_name.headers["Host"] = "nas.example";
  CHECK(server.status_of(by_name) == 200);
  server.settings.rpc_authentication_required = false;
  CHECK(server.status_of(by_name) == 421);
}

namespace {

/// The header of a token with these, which the server knows.
std::string bearer(Server& server, Scopes scopes, std::vector<std::string> labels = {}) {
  const std::string text = token_text(Buffer(token_secret_bytes, 1));
  Token token;
  token.name = "t";
  token.digest = sha256(as_bytes(text));
  token.scopes = scopes;
  token.labels = std::move(labels);
  server.tokens->load({token});
  return "Bearer " + text;
}

}  // namespace

TEST_CASE("a route asks for its scope, and lets in who is kept to labels only if it says so") {
  Server server;
  server.routes = {route("GET", "/metrics", "")};
  server.routes[0].scope = Scope::control;
  Request request("GET", "/metrics");
  CHECK(server.status_of(request) == 200);
  request.headers["Authorization"] = bearer(server, Scopes().with(Scope::read));
  CHECK(server.status_of(request) == 403);
  request.headers["Authorization"] = bearer(server, Scopes().with(Scope::control));
  CHECK(server.status_of(request) == 200);
  request.headers["Authorization"] = bearer(server, Scopes().with(Scope::control), {"films"});
  CHECK(server.status_of(request) == 403);
  server.routes[0].labelled = true;
  CHECK(server.status_of(request) == 200);
}

TEST_CASE("calls by a token go through, with its name, scopes and labels") {
  Server server;
  server.settings.rpc_authentication_required = true;
  Request request("POST", "/rpc");
  CHECK(server.status_of(request) == 401);
  request.headers["Authorization"] = bearer(server, Scopes().with(Scope::add), {"films"});
  CHECK(server.status_of(request) == 200);
  CHECK(server.caller.name == "token t");
  CHECK(server.caller.scopes == Scopes().with(Scope::add));
  CHECK(server.caller.labels == std::vector<std::string>{"films"});
}

TEST_CASE("pages of a listed origin may call what needs no session id, and read the answers") {
  Server server;
  server.settings.rpc_cors_origins = "https://other.example, https://panel.example";
  server.routes = {route("GET", "/events", "")};
  Request request("POST", "/rpc");
  request.headers["Origin"] = "https://panel.example";
  request.headers["Sec-Fetch-Site"] = "cross-site";
  HttpAnswer answer = server.serve(request);
  CHECK(answer.status == 200);
  CHECK(header_of(answer, "Access-Control-Allow-Origin") == "https://panel.example");
  CHECK(header_of(answer, "Vary") == "Origin");
  CHECK(header_of(answer, "Access-Control-Allow-Credentials").empty());
  request.verb = "OPTIONS";
  request.target = "/events";
  answer = server.serve(request);
  CHECK(answer.status == 200);
  CHECK(header_of(answer, "Access-Control-Allow-Origin") == "https://panel.example");
  CHECK(header_of(answer, "Access-Control-Allow-Methods") == "GET");
  CHECK(header_of(answer, "Access-Control-Allow-Headers").find("Authorization") == 0);
  server.settings.rpc_authentication_required = true;
  request.verb = "GET";
  answer = server.serve(request);
  CHECK(answer.status == 401);
  CHECK(header_of(answer, "Access-Control-Allow-Origin") == "https://panel.example");
}

TEST_CASE(
    "nothing of an answer is for pages of an origin that is not listed, nor of the old path") {
  Server server;
  server.settings.rpc_cors_origins = "https://panel.example";
  for (const char* origin : {"https://evil.example", "null", "*", "https://panel.example.evil",
                             "http://panel.example", "https://panel.example:444"}) {
    Request request("POST", "/rpc");
    request.headers["Origin"] = origin;
    for (const char* method : {"POST", "OPTIONS"}) {
      request.verb = method;
      const HttpAnswer answer = server.serve(request);
      INFO(method << ' ' << origin);
      CHECK(answer.status == (request.verb == "POST" ? 403 : 200));
      CHECK(header_of(answer, "Access-Control-Allow-Origin").empty());
    }
  }
  Request old = with_id();
  old.headers["Origin"] = "https://panel.example";
  for (const char* method : {"POST", "OPTIONS"}) {
    old.verb = method;
    CHECK(header_of(server.serve(old), "Access-Control-Allow-Origin").empty());
  }
}

TEST_CASE("wrong passwords slow down those who never logged in, not those with the session id") {
  Server server;
  server.settings.rpc_authentication_required = true;
  server.settings.rpc_username = "a";
  server.settings.rpc_password = "b";
  const Front front(
      {"/transmission/", id, "0.1.0"}, server.settings,
      [](std::string_view, const Caller&) { return RpcAnswer{200, "{}"}; }, {},
      GateTools{.now = [] { return Instant(); }});
  Request request;
  for (const char* wrong : {"a:1", "a:2", "a:3", "a:4"}) {
    request.headers["Authorization"] = "Basic " + to_base64(as_bytes(std::string_view(wrong)));
    front.serve(request);
  }
  CHECK(front.serve(request).status == 429);
  request.headers["Authorization"] = "Basic YTpi";
  CHECK(front.serve(request).status == 429);
  Request known = with_id(request);
  CHECK(front.serve(known).status == 200);
}

namespace {

/// One front for several requests, at a clock that stands.
struct Lasting {
  explicit Lasting(config::Settings settings)
      : front(
            {"/transmission/", id, "0.1.0"}, with_login(std::move(settings)),
            [](std::string_view, const Caller&) { return RpcAnswer{200, "{}"}; }, {},
            GateTools{.now = [] { return Instant(); }}) {}
  static config::Settings with_login(config::Settings settings) {
    settings.rpc_authentication_required = true;
    settings.rpc_username = "a";
    settings.rpc_password = "b";
    return settings;
  }
  int status(Request request, std::string_view login) const {
    if (!login.empty()) request.headers["Authorization"] = "Basic " + to_base64(as_bytes(login));
    return front.serve(request).status;
  }

  Front front;
};

}  // namespace

TEST_CASE("a login stands for the host's name") {
  const Lasting server{config::Settings()};
  Request request("POST", "/transmission/rpc");
  request.headers["Host"] = "evil.example";
  CHECK(server.status(request, "a:b") == 409);
  CHECK(server.status(with_id(request), "a:b") == 200);
  request.target = "/rpc";
  CHECK(server.status(request, "a:b") == 200);
  CHECK(server.status(request, "") == 401);
}

TEST_CASE("logins that pages of other sites send along are not looked at where none would help") {
  const Lasting server{config::Settings()};
  Request page("POST", "/rpc");
  page.headers["Origin"] = "https://evil.example";
  for (int i = 0; i < 20; ++i) CHECK(server.status(page, "a:" + std::to_string(i)) == 403);
  CHECK(server.status(page, "a:b") == 403);
  CHECK(server.status(page, "") == 401);
  CHECK(server.status({"POST", "/rpc"}, "a:b") == 200);
  // A link to the page of seedd is another's too: who follows it may log in.
  Request link("GET", "/transmission/web/");
  link.headers["Sec-Fetch-Site"] = "cross-site";
  CHECK(server.status(link, "a:b") == 404);
  for (int i = 0; i < 20; ++i) server.status(link, "a:" + std::to_string(i));
  CHECK(server.status(link, "a:b") == 429);
  CHECK(server.status({"GET", "/transmission/web/"}, "a:b") == 404);
}

TEST_CASE("a request that is asked about twice, for want of its body, fails once at most") {
  const Lasting server{config::Settings()};
  Request good = with_id(Request("POST", "/transmission/rpc"));
  good.headers["Authorization"] = "Basic YTpi";
  for (int i = 0; i < 9; ++i) {
    good.body_fault = BodyFault::not_yet;
    server.front.serve(good);
    good.body_fault.reset();
    CHECK(server.front.serve(good).status == 200);
  }
  int tried = 0;
  // Of one that is not let in the body is not asked for, so there is no second time.
  for (const int expected : {401, 401, 401, 429}) {
    Request wrong = with_id(Request("POST", "/transmission/rpc"));
    wrong.headers["Authorization"] = "Basic " + to_base64(as_bytes(std::to_string(tried++) + ":"));
    CHECK(server.front.serve(wrong).status == expected);
    CHECK_FALSE(wrong.body_read);
  }
}
