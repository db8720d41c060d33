#include "rpc/health.h"

#include <utility>
#include <variant>
#include <vector>

#include "rpc/json_writer.h"

namespace seed::rpc {

HttpAnswer health_answer(std::span<const session::Trouble> troubles, bool with_texts) {
  JsonWriter json;
  json.begin_object();
  json.key("status");
  json.text(troubles.empty() ? "ok" : "failing");
  json.key("reasons");
  json.begin_array();
  for (const auto& trouble : troubles) {
    json.begin_object();
    json.key("code");
    json.text(trouble.code);
    json.key("text");
    json.text(with_texts ? std::string_view(trouble.text) : std::string_view());
    json.end_object();
  }
  json.end_array();
  json.end_object();
  HttpAnswer out;
  out.status = troubles.empty() ? 200 : 503;
  out.content_type = "application/json; charset=UTF-8";
  out.body = json.take();
  return out;
}

HttpAnswer Health::serve_alive() const {
  const auto turned = probe_.ask<std::monostate>(
      [](Responder<std::monostate> responder) { responder.answer(std::monostate()); },
      Wait::prompt);
  return turned ? health_answer({}, true) : blocked(turned.error().text);
}

HttpAnswer Health::serve_ready() const {
  const auto troubles = probe_.ask<std::vector<session::Trouble>>(
      [&loop = loop_](Responder<std::vector<session::Trouble>> responder) {
        responder.answer(loop.session.troubles());
      },
      Wait::prompt);
  if (!troubles) return blocked(troubles.error().text);
  return health_answer(*troubles, !hides_texts_);
}

HttpAnswer Health::blocked(std::string_view why) const {
  const session::Trouble trouble{"loop_blocked",
                                 "the daemon's loop does not answer: " + std::string(why)};
  return health_answer(std::span(&trouble, 1), true);
}

}  // namespace seed::rpc
