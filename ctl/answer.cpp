#include "ctl/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ctl/printable.h"

namespace seed::ctl {

namespace {

/// More than a refusal has to say.
constexpr std::size_t words_bytes_max = 300;

/// What a small page of HTML says, in one line.
std::string words_of(std::string_view page) {
  std::string out;
  bool in_tag = false;
  for (const char c : page) {
    if (c == '<' || c == '>') in_tag = c == '<';
    const bool blank = in_tag || c == '>' || static_cast<unsigned char>(c) <= ' ';
    if (!blank)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
    if (out.size() == words_bytes_max) break;
  }
  while (out.ends_with(' ')) out.pop_back();
  return printable(out);
}

/// Statuses that seedd answers with beside 200, or that what stands before it does.
constexpr std::array known_statuses = {400L, 411L, 413L, 429L, 431L, 500L, 501L, 502L, 503L, 504L};
constexpr std::array passing_statuses = {429L, 502L, 503L, 504L};

/// Refusals that are neither a login nor a wrong place, by what the page says.
Failure told_refusal(const std::string& place, const HttpAnswer& answer) {
  // A gateway answers for a daemon that does not.
  const bool gateway = answer.status == 502 || answer.status == 504;
  Failure out{gateway ? Exit::unreachable : Exit::refused, {}};
  out.passing = std::ranges::find(passing_statuses, answer.status) != passing_statuses.end();
  out.retry_after_s = out.passing ? std::max<std::int64_t>(0, answer.retry_after_s) : 0;
  const std::string said = words_of(answer.body);
  out.text = said.empty() ? fmt::format("{} answers with HTTP status {}.", place, answer.status)
                          : fmt::format("{} refuses: {}", place, said);
  if (out.retry_after_s > 0)
    out.text += fmt::format(" Try again in {} s.", out.retry_after_s);
  else if (out.passing)
    out.text += " Try again.";
  return out;
}

/// What seedd answers when it has no room or no time (rpc/bridge.h), and nothing has begun.
bool is_passing(std::int64_t code, std::string_view reason) {
  static constexpr std::int64_t internal_error = -32603;
  return code == internal_error &&
         (reason.starts_with("busy") || reason == "timed out" || reason.ends_with("is stopping"));
}

Failure read_error(std::string_view method, const Json& error) {
  std::string reason = printable(text(member(error, "data"), "error_string"));
  if (reason.empty()) reason = printable(text(error, "message"));
  if (integer(error, "code") == -32601)
    return {Exit::refused,
            fmt::format("this daemon does not know {}: it may be older than seedctl.", method)};
  if (reason.empty()) reason = fmt::format("error {}", integer(error, "code"));
  const bool passes = is_passing(integer(error, "code"), reason);
  return {Exit::refused, fmt::format("the daemon refuses {}: {}", method, reason), passes};
}

}  // namespace

Failure read_status(const Target& target, const HttpAnswer& answer) {
  const std::string place = place_of(target);
  switch (answer.status) {
    case 401:
      return {Exit::refused,
              !target.token.empty() ? fmt::format("{} does not accept this token: it may have "
                                                  "expired, been revoked, or be another daemon's.",
                                                  place)
              : target.user.empty()
                  ? fmt::format("{} asks who you are: name a file with your token by --token-file "
                                "or SEEDCTL_TOKEN_FILE, or give --user and be asked for the "
                                "password. `seedctl help hosts` says how to keep them.",
                                place)
                  : fmt::format("{} does not accept this user and password.", place)};
    case 403: {
      const std::string said = words_of(answer.body);
      return {Exit::refused,
              said.empty()
                  ? fmt::format("{} turns this machine away (403): its rpc_whitelist does not name "
                                "this address, or too many logins failed.",
                                place)
                  : fmt::format("{} turns this away: {}", place, said)};
    }
    case 421:
      return {Exit::refused,
              fmt::format("{} does not know itself by this host name (421): use its IP address, or "
                          "add the name to its rpc_host_whitelist.",
                          place)};
    default:
      if (std::ranges::find(known_statuses, answer.status) != known_statuses.end())
        return told_refusal(place, answer);
      return {Exit::unreachable,
              fmt::format("{} answers with HTTP status {}, which seedd does not: is it seedd, and "
                          "is the path right? See rpc_url and --host.",
                          place, answer.status)};
  }
}

std::string request_text(std::string_view method, const Json& params) {
  Json request = {{"jsonrpc", "2.0"}, {"id", 1}, {"method", std::string(method)}};
  if (!params.is_null()) request["params"] = params;
  return request.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Outcome<Json> read_answer(const Target& target, std::string_view method, const HttpAnswer& answer) {
  if (answer.status != 200) return std::unexpected(read_status(target, answer));
  Json document = Json::parse(answer.body, nullptr, false);
  const Json& error = member(document, "error");
  if (error.is_object()) return std::unexpected(read_error(method, error));
  const auto result = document.is_object() ? document.find("result") : document.end();
  if (!document.is_object() || result == document.end() || !document.contains("jsonrpc"))
    return unreachable(
        fmt::format("what answers at {} is not seedd, or no JSON-RPC 2.0.", place_of(target)));
  return std::move(*result);
}

std::string connect_reason(const Target& target, std::string_view words, int system_error) {
  if (target.unix_socket.empty()) return std::string(words);
  if (system_error == 0) return fmt::format("no connection to {}", target.unix_socket);
  return fault_from_errno(system_error, target.unix_socket).text;
}

Failure distrusted(const Target& target, std::string_view reason) {
  return {
      Exit::unreachable,
      fmt::format("the certificate of {} is not trusted ({}).\n"
                  "If it is your own, name its file with --cacert or SEEDCTL_CACERT; --insecure "
                  "trusts whoever answers.",
                  place_of(target), reason)};
}

Failure no_answer(const Target& target, std::string_view reason) {
  return {Exit::unreachable,
          fmt::format("seedd does not answer at {}: is it running? ({}.)\n"
                      "Start it with `systemctl start seedd` or `seedd`, or name another one with "
                      "--host or SEEDCTL_HOST.",
                      place_of(target), reason)};
}

}  // namespace seed::ctl
