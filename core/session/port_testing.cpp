#include "core/session/port_testing.h"

#include <algorithm>
#include <utility>

#include "core/base/bytes.h"
#include "core/base/limits.h"

namespace seed::session {

namespace {

constexpr std::string_view failed = "Couldn't test port";

std::string text_of(std::string_view why) { return std::string(failed) + ": " + std::string(why); }

/// The one character there is but for blanks; else 0.
char only_character(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == text.npos || text.find_last_not_of(blanks) != first) return 0;
  return text[first];
}

PortTestReply judge(const io::HttpReply& reply) {
  PortTestReply out;
  out.protocol = reply.remote.is_v4() ? IpProtocol::v4 : IpProtocol::v6;
  const char said = only_character(as_text(reply.body));
  out.open = said == '1';
  if (reply.status != 200)
    out.error = fetch_error_text(failed, reply.status);
  else if (said != '0' && said != '1')
    out.error = text_of("the checker's answer is neither 0 nor 1 (200)");
  return out;
}

}  // namespace

std::string port_test_url(std::string url, std::uint16_t port) {
  const std::string number = std::to_string(port);
  bool placed = false;
  for (const std::string_view place : {"{port}", "%p"}) {
    for (std::size_t at = url.find(place); at != url.npos; at = url.find(place, at)) {
      url.replace(at, place.size(), number);
      at += number.size();
      placed = true;
    }
  }
  if (placed) return url;
  return url + (url.ends_with('/') ? "" : "/") + number;
}

void PortTesting::ask(std::uint16_t port, std::optional<IpProtocol> protocol,
                      OrderAnswer<PortTestReply> answer) {
  if (url_.empty())
    return answer(PortTestReply{.protocol = protocol, .error = text_of("No Response (0)")});
  // Nobody can come in where nobody listens.
  if (port == 0) return answer(PortTestReply{.protocol = protocol});
  if (waiting() >= limits::port_tests_waiting_max)
    return answer(
        PortTestReply{.protocol = protocol, .error = text_of("too many ask at once (0)")});
  std::string url = port_test_url(url_, port);
  for (Test& test : tests_)
    if (test.protocol == protocol && test.url == url)
      return test.waiting.push_back(std::move(answer));
  begin(std::move(url), protocol, std::move(answer));
}

void PortTesting::begin(std::string url, std::optional<IpProtocol> protocol,
                        OrderAnswer<PortTestReply> answer) {
  auto request = fetch_request(
      rules_, url,
      {.timeout = limits::port_test_timeout, .body_bytes_max = limits::port_test_answer_bytes_max});
  if (protocol == IpProtocol::v4) request.sources.v6.reset();
  if (protocol == IpProtocol::v6) request.sources.v4.reset();
  const std::uint64_t number = ++last_number_;
  Test& test = tests_.emplace_back(Test{number, std::move(url), protocol, {}});
  test.waiting.push_back(std::move(answer));
  http_.get(std::move(request),
            [this, number](const Result<io::HttpReply>& reply) { on_reply(number, reply); });
}

void PortTesting::on_reply(std::uint64_t number, const Result<io::HttpReply>& reply) {
  const auto found = std::ranges::find(tests_, number, &Test::number);
  Test test = std::move(*found);
  tests_.erase(found);
  const PortTestReply out = reply ? judge(*reply)
                                  : PortTestReply{.protocol = test.protocol,
                                                  .error = fetch_error_text(failed, reply.error())};
  for (auto& answer : test.waiting) answer(out);
}

std::size_t PortTesting::waiting() const {
  std::size_t count = 0;
  for (const Test& test : tests_) count += test.waiting.size();
  return count;
}

}  // namespace seed::session
