#include "rpc/gate.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <utility>

#include "core/base/endpoint.h"
#include "rpc/http/pages.h"

namespace seed::rpc {

namespace {

bool is_local(std::string_view peer) {
  if (peer.empty()) return true;
  const auto address = IpAddress::parse(peer);
  return address && address->is_loopback();
}

/// Browsers ask for name and password when they are told of Basic.
HttpAnswer unauthorized(bool bearer) {
  HttpAnswer out = refusal(401, "Unauthorized User");
  out.headers.emplace_back("WWW-Authenticate", bearer ? "Bearer error=\"invalid_token\""
                                                      : "Basic realm=\"Transmission\"");
  return out;
}

std::optional<HttpAnswer> slowed(const Throttle::Answer& said) {
  if (said.say == Throttle::Say::go_on) return std::nullopt;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(said.left).count();
  HttpAnswer out = said.say == Throttle::Say::locked
                       ? refusal(403, "Too many failed logins. Try again later.")
                       : refusal(429, "A login failed. Wait before the next try.");
  out.headers.emplace_back("Retry-After", fmt::format("{}", seconds));
  return out;
}

/// Who may reach a socket file need not be slowed: its mode decides, and they share one name.
bool is_throttled(const Throttle::Who& who) { return !who.address.empty(); }

void become(Caller& caller, Token token) {
  caller.name = "token " + token.name;
  caller.scopes = token.scopes;
  caller.labels = std::move(token.labels);
  caller.logged_in = true;
  caller.token = token.digest;
}

void become_anyone(Caller& caller) { caller.scopes = Scopes::all(); }

}  // namespace

Instant GateTools::steady_now() {
  return Instant(
      std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

Caller Gate::nobody(const HttpExchange& exchange) {
  Caller out;
  out.address = exchange.peer();
  out.local = is_local(exchange.peer());
  return out;
}

std::expected<Caller, HttpAnswer> Gate::admit(const HttpExchange& exchange, const Access& access,
                                              const Marks& marks) const {
  Caller caller = nobody(exchange);
  const auto authorization = exchange.header("Authorization");
  const auto bearer = authorization ? parse_bearer(*authorization) : std::nullopt;
  auto text = bearer;
  if (authorization && !bearer)
    if (const auto login = parse_basic(*authorization); login && is_token_text(login->password))
      text = login->password;
  if (text) {
    const WallTime now = tools_.wall();
    auto token = tools_.tokens->find(*text, now);
    if (token && !token->has_expired(now)) {
      become(caller, *std::move(token));
      return caller;
    }
  }
  // What is no token is ignored where none is asked for (rpc-contract, section 1.4).
  if (!access.login_required() && !(text && is_token_text(*text))) {
    become_anyone(caller);
    return caller;
  }
  const Throttle::Who who{exchange.peer(), marks.proven, marks.foreign};
  if (!authorization) {
    if (is_throttled(who))
      if (auto refused = slowed(throttle_.look(who, tools_.now())))
        return Refused(*std::move(refused));
    return Refused(unauthorized(false));
  }
  return admit_unknown(std::move(caller), access, *authorization, bearer.has_value(), who);
}

/// What is answered before anything is looked at.
std::optional<HttpAnswer> Gate::hold_back(const Throttle::Who& who, const Sha256& login,
                                          bool bearer) const {
  if (!is_throttled(who)) return std::nullopt;
  const Instant now = tools_.now();
  if (!throttle_.knows_wrong(who, login, now)) return slowed(throttle_.ask(who, now));
  if (auto locked = slowed(throttle_.look(who, now))) return locked;
  return unauthorized(bearer);
}

std::expected<Caller, HttpAnswer> Gate::admit_unknown(Caller caller, const Access& access,
                                                      const std::string& authorization, bool bearer,
                                                      const Throttle::Who& who) const {
  const Sha256 login = access.print_of(authorization);
  if (auto refused = hold_back(who, login, bearer)) return Refused(*std::move(refused));
  if (bearer || !access.login_required()) return Refused(fail(who, access, login, bearer));
  switch (access.judge_login(authorization)) {
    case LoginVerdict::no_turn:
      throttle_.take_back(who);
      return Refused(try_again("Too many logins at once.", "1"));
    case LoginVerdict::bad:
      return Refused(fail(who, access, login, false));
    case LoginVerdict::good:
      break;
  }
  throttle_.on_success(who);
  caller.name = "user " + access.username();
  caller.scopes = Scopes::all();
  caller.logged_in = true;
  return caller;
}

HttpAnswer Gate::fail(const Throttle::Who& who, const Access& access, const Sha256& login,
                      bool bearer) const {
  const Instant now = tools_.now();
  std::uint32_t failures = 0;
  if (is_throttled(who))
    failures = throttle_.on_failure(who, login, access.failures_allowed(), now);
  tools_.audit.failed_login(who.address, bearer ? "token" : "password", failures, now);
  return unauthorized(bearer);
}

}  // namespace seed::rpc
