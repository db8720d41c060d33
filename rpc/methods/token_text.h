// What token_create and token_list say of a token, and the row of the store that all are kept in.
#pragma once

#include <array>
#include <memory>

#include "core/session/session.h"
#include "rpc/json_writer.h"
#include "rpc/params.h"
#include "rpc/tokens.h"

namespace seed::rpc {

/// What is shown of a token.
inline constexpr std::array token_members{
    Parameter{"name", "", ValueType::text, "What it is called."},
    Parameter{"scopes", "", ValueType::texts, "What it is for."},
    Parameter{"labels", "", ValueType::texts,
              "Labels of the torrents it is kept to; empty for all torrents."},
    Parameter{"created_date", "", ValueType::integer, "When it was made, in Unix seconds."},
    Parameter{"expires_date", "", ValueType::integer,
              "From when on it is refused, in Unix seconds; 0 for never."},
};

/// The name of the row, for Session::keep().
inline constexpr const char* tokens_row = "tokens";

/// Saves the tokens as they are now; the answer comes when that is durable. On the loop.
void keep_tokens(session::Session& session, std::shared_ptr<TokenBook> tokens,
                 session::OrderAnswer<void> answer);

/// name, scopes, labels, created_date, expires_date, into an object that is open.
void write_token(JsonWriter& out, const Token& token);

}  // namespace seed::rpc
