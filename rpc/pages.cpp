#include "rpc/pages.h"

#include <fmt/format.h>

#include <utility>

#include "core/base/http_status.h"
#include "rpc/gzip.h"

namespace seed::rpc {

namespace {

constexpr std::string_view html_type = "text/html; charset=UTF-8";

/// Shorter answers do not get smaller by what gzip's frame and the client's time cost.
constexpr std::size_t gzip_bytes_min = 1024;

bool accepts_gzip(const HttpExchange& exchange) {
  const auto accepted = exchange.header("Accept-Encoding");
  return accepted && accepted->find("gzip") != accepted->npos &&
         accepted->find("gzip;q=0") == accepted->npos;
}

}  // namespace

HttpAnswer page(int status, std::string_view title, std::string_view text) {
  HttpAnswer out;
  out.status = status;
  out.content_type = html_type;
  out.body = fmt::format("<h1>{}: {}</h1>", status, title);
  if (!text.empty()) out.body += fmt::format("<p>{}</p>", text);
  return out;
}

HttpAnswer refusal(int status, std::string_view text) {
  return page(status, reason_of(status), text);
}

HttpAnswer try_again(std::string_view why, std::string after_seconds) {
  HttpAnswer out = refusal(503, fmt::format("{} Try again.", why));
  out.headers.emplace_back("Retry-After", std::move(after_seconds));
  return out;
}

HttpAnswer wrong_method(std::string allowed) {
  HttpAnswer out = refusal(405);
  out.headers.emplace_back("Allow", std::move(allowed));
  return out;
}

HttpAnswer refuse_body(BodyFault fault) {
  if (fault == BodyFault::broken) return refusal(400);
  if (fault == BodyFault::too_large) return refusal(413);
  return try_again("Too many large requests at once.", "10");
}

void pack(HttpAnswer& answer, const HttpExchange& exchange) {
  if (answer.body.size() < gzip_bytes_min || !accepts_gzip(exchange)) return;
  std::string packed = gzip(answer.body);
  if (packed.size() < answer.body.size()) {
    answer.body = std::move(packed);
    answer.headers.emplace_back("Content-Encoding", "gzip");
  }
  answer.headers.emplace_back("Vary", "Accept-Encoding");
}

}  // namespace seed::rpc
