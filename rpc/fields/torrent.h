// The fields of torrent_get (rpc-contract, section 6.2): facts of the torrent, and its options,
// which come from config/torrent_options.def.
#pragma once

#include <span>
#include <string_view>

#include "rpc/fields/field.h"

namespace seed::rpc {

/// All of them, in the order of the docs.
std::span<const Field<session::TorrentSnapshot>> torrent_fields();

/// The field of this name; null when there is none. The legacy dialect takes either spelling.
const Field<session::TorrentSnapshot>* find_torrent_field(std::string_view name, Dialect dialect);

}  // namespace seed::rpc
