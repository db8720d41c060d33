// LINK: seed::rpc
// A client's octets, from its connection to the answers: heads, bodies, the front, the envelope of
// calls and their arguments, with a session that says nothing. The octets come in bits whose size
// the first of them says; what is answered does not depend on it, and is a row of whole answers.
#include <algorithm>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/check.h"
#include "rpc/front.h"
#include "rpc/http/conversation.h"
#include "rpc/http/conversation_exchange.h"
#include "rpc/json_rpc.h"

using namespace seed;
using namespace seed::rpc;

namespace {

using Phase = HttpConversation::Phase;

RpcAnswer answer_call(std::string_view body, const Caller& caller) {
  return answer_request(body, caller, [](const Method& method, const Params& params) -> Outcome {
    if (auto error = method.check(params)) return std::unexpected(*std::move(error));
    return "{}";
  });
}

const Front& front() {
  static const Front one({"/transmission/", std::string(48, 'a'), "0.1.0"}, {}, &answer_call);
  return one;
}

/// Sends what is to be sent and answers what is asked, until more has to come.
void go_on(HttpConversation& conversation, HttpRooms& rooms, std::size_t to_come,
           std::string& out) {
  while (true) {
    while (!conversation.unsent().empty()) {
      const auto some = conversation.unsent().substr(0, 1000);
      out += some;
      conversation.on_sent(some.size());
    }
    if (conversation.phase() != Phase::asked) return;
    ConversationExchange exchange(conversation, rooms, "127.0.0.1");
    HttpAnswer answer = front().serve(exchange);
    if (conversation.lacks_body())
      conversation.await_body();
    else
      conversation.answer(std::move(answer), {.come = to_come});
  }
}

std::string converse(std::string_view text, std::size_t step) {
  HttpRooms rooms;
  HttpConversation conversation(rooms);
  std::string out;
  while (!text.empty() && conversation.phase() != Phase::ended) {
    SEED_CHECK(conversation.phase() != Phase::asked && conversation.phase() != Phase::answering);
    const auto octets = text.substr(0, step);
    conversation.on_octets(octets);
    text.remove_prefix(octets.size());
    go_on(conversation, rooms, text.size(), out);
    if (conversation.phase() == Phase::blocked) conversation.on_late_body();
    go_on(conversation, rooms, text.size(), out);
  }
  conversation.on_end_of_input();
  go_on(conversation, rooms, text.size(), out);
  SEED_CHECK(conversation.phase() == Phase::ended);
  SEED_CHECK(rooms.refused == 0 || conversation.patient());
  return out;
}

/// Whether somebody is told to send a body depends on whether it has begun to come.
std::string without_word(std::string text) {
  constexpr std::string_view word = "HTTP/1.1 100 Continue\r\n\r\n";
  for (auto at = text.find(word); at != text.npos; at = text.find(word, at))
    text.erase(at, word.size());
  return text;
}

/// Without its head and body.
std::string_view after_answer(std::string_view text) {
  SEED_CHECK(text.starts_with("HTTP/1.1 "));
  const auto end = text.find("\r\n\r\n");
  SEED_CHECK(end != text.npos);
  const auto head = text.substr(0, end + 4);
  text.remove_prefix(head.size());
  constexpr std::string_view name = "\r\nContent-Length: ";
  const auto at = head.find(name);
  // The answer to HEAD says only how long its body would be.
  if (at == head.npos || text.empty() || text.starts_with("HTTP/1.1 ")) return text;
  const auto length = std::stoul(std::string(head.substr(at + name.size(), 10)));
  SEED_CHECK(length <= text.size());
  return text.substr(length);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view text = as_text({data + 1, size - 1});
  const auto in_bits = without_word(converse(text, std::max<std::size_t>(1, data[0])));
  SEED_CHECK(without_word(converse(text, text.size() + 1)) == in_bits);
  std::string_view left = in_bits;
  while (!left.empty()) left = after_answer(left);
  return 0;
}
