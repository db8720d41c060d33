// Wishes: how a FileChoice of the RPC changes what is wanted of a torrent's files.
#pragma once

#include <optional>
#include <vector>

#include "core/session/session.h"
#include "core/torrent/record.h"

namespace seed::session {

/// One wish a file after `choice`; nothing when it says nothing. An index beyond the files: error
/// 6, and that list is not carried out, the others are (contract 6.3).
std::optional<OrderResult<std::vector<torrent::FileWish>>> change_wishes(
    const torrent::TorrentRecord& record, const FileChoice& choice);

/// The same for a torrent that is being added: bad indices are skipped (contract 6.4).
std::vector<torrent::FileWish> wishes_for_new(std::uint32_t file_count, const FileChoice& choice);

}  // namespace seed::session
