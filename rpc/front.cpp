#include "rpc/front.h"

#include <fmt/format.h>

#include <utility>

#include "config/password.h"
#include "rpc/fields/session.h"
#include "rpc/gzip.h"
#include "rpc/json_text.h"

namespace seed::rpc {

namespace {

constexpr std::string_view html_type = "text/html; charset=UTF-8";
constexpr std::string_view json_type = "application/json; charset=UTF-8";
constexpr const char* session_header = "X-Transmission-Session-Id";

/// Shorter answers do not get smaller by what gzip's frame and the client's time cost.
constexpr std::size_t gzip_bytes_min = 1024;

/// A small page; clients show its text with the tags stripped. `text` is ours, never foreign.
HttpAnswer page(int status, std::string_view title, std::string_view text = {}) {
  HttpAnswer out;
  out.status = status;
  out.content_type = html_type;
  out.body = fmt::format("<h1>{}: {}</h1>", status, title);
  if (!text.empty()) out.body += fmt::format("<p>{}</p>", text);
  return out;
}

/// Of a request that cannot be read.
HttpAnswer refusal(int status) {
  switch (status) {
    case 400:
      return page(status, "Bad Request");
    case 413:
      return page(status, "Payload Too Large");
    case 414:
      return page(status, "URI Too Long");
    case 416:
      return page(status, "Range Not Satisfiable");
    case 431:
      return page(status, "Request Header Fields Too Large");
    case 501:
      return page(status, "Not Implemented");
    default:
      return page(500, "Internal Server Error");
  }
}

HttpAnswer try_again(std::string_view why, std::string after_seconds) {
  HttpAnswer out = page(503, "Service Unavailable", fmt::format("{} Try again.", why));
  out.headers.emplace_back("Retry-After", std::move(after_seconds));
  return out;
}

HttpAnswer refuse_body(BodyFault fault) {
  if (fault == BodyFault::broken) return refusal(400);
  if (fault == BodyFault::too_large) return refusal(413);
  return try_again("Too many large requests at once.", "10");
}

HttpAnswer wrong_method(std::string allowed) {
  HttpAnswer out = page(405, "Method Not Allowed");
  out.headers.emplace_back("Allow", std::move(allowed));
  return out;
}

bool accepts_gzip(const HttpExchange& exchange) {
  const auto accepted = exchange.header("Accept-Encoding");
  return accepted && accepted->find("gzip") != accepted->npos &&
         accepted->find("gzip;q=0") == accepted->npos;
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

Front::Front(Names names, const config::Settings& settings, Answering answering)
    : names_(std::move(names)),
      answering_(std::move(answering)),
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

Front::Place Front::place_of(std::string_view path) const {
  if (path.starts_with(names_.base)) {
    const std::string_view rest = path.substr(names_.base.size());
    if (rest == "rpc" || rest == "rpc/") return Place::rpc;
    if (rest.starts_with("web/")) return Place::web;
    if (rest.empty() || rest == "web") return Place::outside;
    return Place::elsewhere_in_base;
  }
  return path == "/rpc" ? Place::plain_rpc : Place::outside;
}

HttpAnswer Front::serve(HttpExchange& exchange) const {
  HttpAnswer out = answer_anyone(exchange, *access());
  out.headers.emplace_back("Server", "Transmission");
  out.headers.emplace_back("X-Seedd-Version", names_.version);
  out.headers.emplace_back("X-Frame-Options", "SAMEORIGIN");
  out.headers.emplace_back("Content-Security-Policy", "frame-ancestors 'self'");
  return out;
}

HttpAnswer Front::answer_anyone(HttpExchange& exchange, const Access& access) const {
  if (!access.allows_peer(exchange.peer()))
    return page(403, "Forbidden",
                "Unauthorized IP address. The setting rpc_whitelist says who may connect.");
  if (exchange.fault() != 0) return refusal(exchange.fault());
  const auto method = exchange.method();
  if (method == "OPTIONS") return page(200, "OK");
  if (method != "GET" && method != "POST") return refusal(501);
  const LoginVerdict login = access.judge_login(exchange.header("Authorization"));
  if (login == LoginVerdict::no_turn) return try_again("Too many logins at once.", "1");
  if (login == LoginVerdict::bad) {
    HttpAnswer out = page(401, "Unauthorized", "Unauthorized User");
    out.headers.emplace_back("WWW-Authenticate", "Basic realm=\"Transmission\"");
    return out;
  }
  HttpAnswer out = answer(exchange, access);
  out.trusted = out.status != 403;
  return out;
}

HttpAnswer Front::answer(HttpExchange& exchange, const Access& access) const {
  const auto method = exchange.method();
  const Place place = place_of(exchange.path());
  if (place == Place::outside) return redirect();
  if (place == Place::web) return method == "GET" ? page(404, "Not Found") : wrong_method("GET");
  if (!access.allows_host(exchange.header("Host"), exchange.peer()))
    return page(421, "Misdirected Request",
                "The name you reached the server by is not on the setting rpc_host_whitelist. Add "
                "it there, use an IP address, or ask for a password.");
  if (place == Place::rpc) return serve_rpc(exchange);
  if (place == Place::plain_rpc) return serve_plain_rpc(exchange);
  return page(404, "Not Found");
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

HttpAnswer Front::serve_rpc(HttpExchange& exchange) const {
  const auto id = exchange.header(session_header);
  if (!id || !config::equal_secrets(*id, names_.session_id)) return wrong_session();
  if (exchange.method() != "POST") return wrong_method("POST");
  return serve_call(exchange);
}

HttpAnswer Front::serve_plain_rpc(HttpExchange& exchange) const {
  if (is_foreign(exchange))
    return page(403, "Forbidden", "Pages of other sites may not call this.");
  if (exchange.method() != "POST") return wrong_method("POST");
  return serve_call(exchange);
}

HttpAnswer Front::serve_call(HttpExchange& exchange) const {
  const auto body = exchange.read_body();
  if (!body) return refuse_body(body.error());
  if (!exchange.make_room_for_tree(json_tree_bytes(*body))) return refuse_body(BodyFault::no_room);
  RpcAnswer said = answering_(*body);
  HttpAnswer out;
  out.status = said.status;
  if (said.body.empty()) return out;
  out.content_type = json_type;
  out.body = std::move(said.body);
  if (out.body.size() >= gzip_bytes_min && accepts_gzip(exchange)) {
    std::string packed = gzip(out.body);
    if (packed.size() < out.body.size()) {
      out.body = std::move(packed);
      out.headers.emplace_back("Content-Encoding", "gzip");
    }
    out.headers.emplace_back("Vary", "Accept-Encoding");
  }
  return out;
}

}  // namespace seed::rpc
