// What token_create and token_list say of a token, and the row of the store that all are kept in.
#pragma once

#include "rpc/json_writer.h"
#include "rpc/tokens.h"

namespace seed::rpc {

/// The name of the row, for Session::keep().
inline constexpr const char* tokens_row = "tokens";

/// name, scopes, labels, created_date, expires_date, into an object that is open.
void write_token(JsonWriter& out, const Token& token);

}  // namespace seed::rpc
