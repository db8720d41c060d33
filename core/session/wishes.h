// Wishes: how a FileChoice of the RPC changes what is wanted of a torrent's files.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/metainfo/magnet.h"
#include "core/session/session.h"
#include "core/torrent/record.h"

namespace seed::session {

/// As in torrent::TorrentRecord.
struct Wishes {
  std::vector<torrent::FileWish> files;
  std::vector<std::int8_t> unwanted_priorities;
};

struct WishChange {
  std::optional<Wishes> wishes;     ///< unless they are what they were
  std::optional<OrderError> error;  ///< of the lists that were left out
};

/// A list with an index beyond the files: error 6, and that list is left out, the others are
/// carried out (contract 6.3).
WishChange change_wishes(const torrent::TorrentRecord& record, const FileChoice& choice);

/// The same for a torrent that is being added: bad indices are skipped (contract 6.4).
Wishes wishes_for_new(std::uint32_t file_count, const FileChoice& choice);

/// A choice for later, when nobody knows the files yet.
std::vector<torrent::EarlyWish> early_wishes(const FileChoice& choice);
/// Of a magnet that names some files: no others (BEP 53).
std::vector<torrent::EarlyWish> early_wishes(const std::vector<metainfo::FileSpan>& selected);
/// What came of them; files beyond are skipped.
Wishes wishes_from(std::uint32_t file_count, const std::vector<torrent::EarlyWish>& early);

}  // namespace seed::session
