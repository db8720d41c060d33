// primary_mime_type: what kind of thing a torrent is, by the file extension that holds most octets.
// For showing (the RPC's primary_mime_type); file contents are never looked at.
#pragma once

#include <string_view>

#include "core/metainfo/file_layout.h"

namespace seed::metainfo {

/// The media type for a file name's extension in any case ("a.MKV"); "application/octet-stream"
/// for names without one or with one that is not known. A static text.
std::string_view mime_type_of(std::string_view file_name);

/// The media type with most octets; of equals the first by name. Pad files do not count. For a
/// layout without octets "application/octet-stream".
std::string_view primary_mime_type(const FileLayout& layout);

}  // namespace seed::metainfo
