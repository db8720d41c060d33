#include "rpc/http/pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/ascii.h"
#include "core/base/http_status.h"
#include "rpc/http/gzip.h"

namespace seed::rpc {

namespace {

constexpr std::string_view html_type = "text/html; charset=UTF-8";

/// Shorter answers do not get smaller by what gzip's frame and the client's time cost.
constexpr std::size_t gzip_bytes_min = 1024;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const auto from = text.find_first_not_of(blanks);
  if (from == text.npos) return {};
  return text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

/// Takes what is before the next `separator` out of a list.
std::string_view next_of(std::string_view& list, char separator) {
  const auto end = std::min(list.find(separator), list.size());
  const auto out = trimmed(list.substr(0, end));
  list.remove_prefix(std::min(end + 1, list.size()));
  return out;
}

/// Whether parameters of a coding, "q=0.000", say that it is not wanted.
bool is_unwanted(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto parameter = next_of(parameters, ';');
    if (parameter.size() < 3 || !same_but_for_case(parameter.substr(0, 2), "q=")) continue;
    return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
  }
  return false;
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

bool accepts_gzip(std::string_view accept_encoding) {
  while (!accept_encoding.empty()) {
    auto parameters = next_of(accept_encoding, ',');
    const auto coding = next_of(parameters, ';');
    if (same_but_for_case(coding, "gzip")) return !is_unwanted(parameters);
  }
  return false;
}

void pack(HttpAnswer& answer, const HttpExchange& exchange) {
  if (answer.body.size() < gzip_bytes_min) return;
  answer.headers.emplace_back("Vary", "Accept-Encoding");
  pack_body(answer, exchange);
}

void pack_body(HttpAnswer& answer, const HttpExchange& exchange) {
  if (answer.body.size() < gzip_bytes_min) return;
  if (!accepts_gzip(exchange.header("Accept-Encoding").value_or(""))) return;
  std::string packed = gzip(answer.body);
  if (packed.size() >= answer.body.size()) return;
  answer.body = std::move(packed);
  answer.headers.emplace_back("Content-Encoding", "gzip");
}

}  // namespace seed::rpc
