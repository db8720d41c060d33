#include "ctl/answer.h"

#include <fmt/format.h>

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
  return out;
}

Failure read_error(std::string_view method, const Json& error) {
  std::string reason = text(member(error, "data"), "error_string");
  if (reason.empty()) reason = text(error, "message");
  if (integer(error, "code") == -32601)
    return {Exit::refused,
            fmt::format("this daemon does not know {}: it may be older than seedctl.", method)};
  if (reason.empty()) reason = fmt::format("error {}", integer(error, "code"));
  return {Exit::refused, fmt::format("the daemon refuses {}: {}", method, reason)};
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
    case 413:
      return {Exit::refused, fmt::format("{} says that this is too large (413).", place)};
    case 421:
      return {Exit::refused,
              fmt::format("{} does not know itself by this host name (421): use its IP address, or "
                          "add the name to its rpc_host_whitelist.",
                          place)};
    case 503:
      return {Exit::refused, fmt::format("{} is busy (503): try again.", place)};
    default:
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
