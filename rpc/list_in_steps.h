// list_in_steps: a list of many torrents, asked of the session some at a time: each is copied on
// the loop, and ten thousand of them would be a long turn.
#pragma once

#include <cstddef>
#include <expected>
#include <functional>

#include "core/session/session.h"
#include "rpc/call_error.h"

namespace seed::rpc {

/// Torrents copied in one turn of the loop.
inline constexpr std::size_t list_step = 500;

/// The session's list, by the loop: waits for it. The query is moved from one thread to another.
using AskList = std::function<std::expected<session::ListReply, CallError>(session::ListQuery)>;

/// Of all: with `since` what has changed after it, each torrent once as it was copied last; `full`
/// and without torrents when that is not known. Without, all there are; what changed after the
/// first step is after the reply's `sequence`.
std::expected<session::ListReply, CallError> list_in_steps(const AskList& ask,
                                                           session::ListQuery query);

}  // namespace seed::rpc
