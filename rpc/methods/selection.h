// The parameter `ids`: which torrents a call is about (rpc-contract, section 5).
#pragma once

#include "core/session/session.h"
#include "rpc/params.h"

namespace seed::rpc {

inline constexpr Parameter ids_parameter{
    "ids", "", ValueType::any,
    "Torrents: an id, a hash, a list of both, or \"recently_active\"; all when left out."};

struct Chosen {
  session::Selection selection;
  bool only_recent = false;  ///< "recently_active" alone: torrent_get tells what was removed
};

/// Never fails: what names no torrent chooses none.
Chosen parse_ids(const Params& params);

}  // namespace seed::rpc
