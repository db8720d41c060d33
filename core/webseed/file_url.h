// file_url: where a web seed has a file of a torrent (BEP 19, "Metadata Extension" and "Multi-File
// Torrents").
//
//   one file      the seed's URL as it is; if it ends in '/', and the torrent's name
//   many          the seed's URL, a '/' if it has none, the torrent's name and the file's path
//
// Names are the torrent's own, percent-encoded octet by octet; they may be in any encoding.
#pragma once

#include <string>
#include <string_view>

#include "core/metainfo/original_paths.h"

namespace seed::webseed {

std::string file_url(std::string_view seed, const metainfo::Metainfo& metainfo,
                     const metainfo::OriginalPaths& paths, FileIndex file);

}  // namespace seed::webseed
