#include "rpc/methods/token_text.h"

#include <utility>

namespace seed::rpc {

void keep_tokens(session::Session& session, std::shared_ptr<TokenBook> tokens,
                 session::OrderAnswer<void> answer) {
  auto [text, version] = tokens->record();
  session.keep(tokens_row, std::move(text),
               [tokens = std::move(tokens), version,
                answer = std::move(answer)](session::OrderResult<void> kept) mutable {
                 if (kept) tokens->on_kept(version);
                 answer(std::move(kept));
               });
}

void write_token(JsonWriter& out, const Token& token) {
  out.key("name");
  out.text(token.name);
  out.key("scopes");
  out.begin_array();
  for (const Scope scope : all_scopes)
    if (token.scopes.lists(scope)) out.text(name_of(scope));
  out.end_array();
  out.key("labels");
  out.begin_array();
  for (const auto& label : token.labels) out.text(label);
  out.end_array();
  out.key("created_date");
  out.integer(unix_seconds(token.created));
  out.key("expires_date");
  out.integer(unix_seconds(token.expires));
}

}  // namespace seed::rpc
