#include "rpc/front.h"

#include <fmt/format.h>

#include <utility>

#include "config/password.h"
#include "rpc/fields/session.h"
#include "rpc/http/pages.h"

namespace seed::rpc {

namespace {

constexpr const char* session_header = "X-Transmission-Session-Id";

std::vector<Route> with_rpc(const std::string& base, const Answering& answering,
                            std::vector<Route> routes) {
  const auto handler = [answering](HttpExchange& exchange, const Caller& caller) {
    return serve_call(exchange, caller, answering);
  };
  const auto rpc = [&](std::string path, Guard guard) {
    routes.push_back({.path = std::move(path),
                      .method = "POST",
                      .login = true,
                      .scope = std::nullopt,
                      .guard = guard,
                      .labelled = true,
                      .handler = handler});
  };
  rpc(base + "rpc", Guard::session_id);
  rpc(base + "rpc/", Guard::session_id);
  rpc("/rpc", Guard::same_site);
  return routes;
}

/// A path that ends with a slash stands for what is below it.
bool is_at(const Route& route, std::string_view path) {
  return route.path == path || (route.path.ends_with('/') && path.starts_with(route.path));
}

/// A page of an origin that may call.
bool is_listed(const HttpExchange& exchange, const Access& access) {
  return access.allows_origin(exchange.header("Origin").value_or(""));
}

HttpAnswer forbidden_scope(Scope scope) {
  return refusal(403, fmt::format("This needs the scope {}.", name_of(scope)));
}

}  // namespace

bool is_foreign(const HttpExchange& exchange) {
  const auto site = exchange.header("Sec-Fetch-Site");
  if (site && *site != "same-origin" && *site != "none") return true;
  const auto origin = exchange.header("Origin");
  if (!origin) return false;
  const auto scheme_end = origin->find("://");
  if (scheme_end == origin->npos) return true;  // "null" as well
  const auto host = exchange.header("Host");
  return !host || origin->substr(scheme_end + 3) != *host;
}

Front::Front(Names names, const config::Settings& settings, const Answering& answering,
             std::vector<Route> routes, GateTools tools)
    : names_(std::move(names)),
      routes_(with_rpc(names_.base, answering, std::move(routes))),
      gate_(std::move(tools)),
      access_(std::make_shared<const Access>(settings)) {}

void Front::on_settings(const config::Settings& settings) {
  // And what it replaces, which goes when the lock is given up.
  std::shared_ptr<const Access> fresh;
  const std::lock_guard lock(mutex_);  // close() closes the newest
  fresh = std::make_shared<const Access>(settings, *access_);
  access_.swap(fresh);
}

std::shared_ptr<const Access> Front::access() const {
  const std::lock_guard lock(mutex_);
  return access_;
}

Front::Place Front::place_of(std::string_view path, std::string_view method) const {
  Place out;
  for (const Route& route : routes_) {
    if (!is_at(route, path)) continue;
    if (!out.allowed.empty()) out.allowed += ", ";
    out.allowed += route.method;
    if (out.route == nullptr || (!out.method_fits && route.method == method)) {
      out.route = &route;
      out.method_fits = route.method == method;
    }
  }
  return out;
}

HttpAnswer Front::serve(HttpExchange& exchange) const {
  const auto rules = access();
  // Nothing is known of one that cannot be read.
  const bool good = exchange.fault() == 0;
  const Place place = good ? place_of(exchange.path(), exchange.method()) : Place();
  HttpAnswer out = answer_anyone(exchange, *rules, place);
  let_read(out, exchange, *rules, place);
  out.headers.emplace_back("Server", "Transmission");
  out.headers.emplace_back("X-Seedd-Version", names_.version);
  out.headers.emplace_back("X-Frame-Options", "SAMEORIGIN");
  out.headers.emplace_back("Content-Security-Policy", "frame-ancestors 'self'");
  return out;
}

HttpAnswer Front::answer_anyone(HttpExchange& exchange, const Access& access,
                                const Place& place) const {
  if (!access.allows_peer(exchange.peer()))
    return refusal(403, "Unauthorized IP address. The setting rpc_whitelist says who may connect.");
  if (exchange.fault() != 0) return refusal(exchange.fault());
  const auto method = exchange.method();
  if (method == "OPTIONS") return page(200, "OK");
  if (method != "GET" && method != "POST") return refusal(501);
  Caller caller = Gate::nobody(exchange);
  if (place.route == nullptr || place.route->login) {
    const bool foreign = is_foreign(exchange) && !is_listed(exchange, access);
    // No login helps there: none is looked at, lest pages of others try some from here.
    if (foreign && place.route != nullptr && place.route->guard == Guard::same_site &&
        exchange.header("Authorization"))
      return *check_guard(exchange, access, Guard::same_site, false);
    auto admitted = gate_.admit(exchange, access, {knows_session(exchange), foreign});
    if (!admitted) return std::move(admitted).error();
    caller = *std::move(admitted);
  }
  caller.rules = access.rules_number();
  HttpAnswer out = answer(exchange, access, place, caller);
  out.trusted = out.status != 403;
  return out;
}

/// What a browser asks before it lets pages of another origin call, and read what is answered
/// (Fetch Standard, "HTTP extensions"). No login that it remembers is sent along: pages bring their
/// own.
void Front::let_read(HttpAnswer& answer, const HttpExchange& exchange, const Access& access,
                     const Place& place) {
  if (place.route == nullptr || place.route->guard != Guard::same_site) return;
  const auto origin = exchange.header("Origin");
  if (!origin || !access.allows_origin(*origin)) return;
  answer.headers.emplace_back("Access-Control-Allow-Origin", *origin);
  answer.headers.emplace_back("Vary", "Origin");
  if (exchange.method() != "OPTIONS" || answer.status != 200) return;
  answer.headers.emplace_back("Access-Control-Allow-Methods", place.allowed);
  answer.headers.emplace_back("Access-Control-Allow-Headers",
                              "Authorization, Content-Type, Last-Event-ID");
  answer.headers.emplace_back("Access-Control-Max-Age", "600");
}

HttpAnswer Front::answer(HttpExchange& exchange, const Access& access, const Place& place,
                         const Caller& caller) const {
  if (place.route == nullptr) return answer_unrouted(exchange, access);
  const Route& route = *place.route;
  // A page that has its own name lead here has no login: browsers keep one for the name it was
  // given to. Where a login is required, what anybody may ask tells nothing.
  const bool asked_for = route.login && route.guard != Guard::session_id;
  const bool vouched_for = asked_for ? caller.logged_in : access.login_required();
  if (auto refused = check_guard(exchange, access, route.guard, vouched_for))
    return *std::move(refused);
  if (!place.method_fits) return wrong_method(place.allowed);
  if (route.login && route.scope && !caller.scopes.allow(*route.scope))
    return forbidden_scope(*route.scope);
  if (!caller.labels.empty() && !route.labelled)
    return refusal(403, "A token that is kept to labels may not see this.");
  return route.handler(exchange, caller);
}

HttpAnswer Front::answer_unrouted(HttpExchange& exchange, const Access& access) const {
  std::string_view path = exchange.path();
  if (!path.starts_with(names_.base)) return redirect();
  path.remove_prefix(names_.base.size());
  if (path.empty() || path == "web") return redirect();
  if (path.starts_with("web/"))
    return exchange.method() == "GET" ? refusal(404) : wrong_method("GET");
  if (auto refused = check_host(exchange, access, access.login_required()))
    return *std::move(refused);
  // The contract's order: what is not there is behind the session id as well.
  return knows_session(exchange) ? refusal(404) : wrong_session();
}

std::optional<HttpAnswer> Front::check_guard(const HttpExchange& exchange, const Access& access,
                                             Guard guard, bool vouched_for) const {
  if (guard == Guard::none) return std::nullopt;
  if (auto refused = check_host(exchange, access, vouched_for)) return refused;
  if (guard == Guard::session_id && !knows_session(exchange)) return wrong_session();
  if (guard == Guard::same_site && is_foreign(exchange) && !is_listed(exchange, access))
    return refusal(403, "Pages of other sites may not call this.");
  return std::nullopt;
}

/// `vouched_for`: a login stands for the name (rpc-contract, section 1.5).
std::optional<HttpAnswer> Front::check_host(const HttpExchange& exchange, const Access& access,
                                            bool vouched_for) const {
  if (vouched_for || access.allows_host(exchange.header("Host"), exchange.peer()))
    return std::nullopt;
  return refusal(421,
                 "The name you reached the server by is not on the setting rpc_host_whitelist. Add "
                 "it there, use an IP address, or ask for a password.");
}

bool Front::knows_session(const HttpExchange& exchange) const {
  const auto id = exchange.header(session_header);
  return id && config::equal_secrets(*id, names_.session_id);
}

HttpAnswer Front::redirect() const {
  HttpAnswer out = page(301, "Moved Permanently");
  out.headers.emplace_back("Location", names_.base + "web/");
  return out;
}

HttpAnswer Front::wrong_session() const {
  // One client reads the id from the text, the others from the header.
  HttpAnswer out = page(
      409, "Conflict",
      fmt::format("Your request had no valid session id. Send it again with this header, which "
                  "keeps pages of other sites out.</p><p><code>{}: {}</code>",
                  session_header, names_.session_id));
  out.headers.emplace_back(session_header, names_.session_id);
  out.headers.emplace_back("X-Transmission-Rpc-Version", std::string(rpc_version_semver));
  return out;
}

}  // namespace seed::rpc
