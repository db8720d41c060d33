// What one who is kept to labels may do to the labels of torrents: what they add gets theirs, and
// of a torrent that they see only those change.
#pragma once

#include <functional>
#include <optional>

#include "rpc/call_error.h"
#include "rpc/caller.h"
#include "rpc/methods/option_parameters.h"

namespace seed::rpc {

using Adjust = std::move_only_function<void(config::TorrentOptions&)>;

/// For torrent_add: labels that are named must be the caller's; none named: all of the caller's.
std::optional<CallError> limit_new_labels(const Caller& caller, OptionChanges& options);

/// For torrent_set: the others' labels stay as they are, whatever is named of them; one of the
/// caller's must stay.
std::expected<Adjust, CallError> limit_labels(const Caller& caller, OptionChanges options);

}  // namespace seed::rpc
