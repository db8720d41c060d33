#include "core/trackerd/http_response.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace seed::trackerd {
namespace {

std::string_view phrase_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 414:
      return "URI Too Long";
    case 431:
      return "Request Header Fields Too Large";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Bad Request";
  }
}

}  // namespace

Buffer encode_response(const HttpAnswer& answer, bool lasts) {
  // RFC 9110, section 15.5.6: a 405 says what is allowed.
  const std::string head = fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}Connection: {}\r\n\r\n",
      answer.status, phrase_of(answer.status), answer.content_type, answer.body.size(),
      answer.status == 405 ? "Allow: GET\r\n" : "", lasts ? "keep-alive" : "close");
  Buffer out = to_buffer(head);
  out.insert(out.end(), answer.body.begin(), answer.body.end());
  return out;
}

Buffer encode_refusal(int status, std::string_view reason) {
  return encode_response({.status = status, .body = to_buffer(fmt::format("{}\n", reason))}, false);
}

}  // namespace seed::trackerd
