// parse_info_into: reads an info dictionary (BEP 3, 27, 47, 52) into a Metainfo. The part of
// metainfo.h that is about content; what is around the info dictionary is in metainfo.cpp.
#pragma once

#include "core/base/result.h"
#include "core/bencode/value.h"
#include "core/metainfo/metainfo.h"

namespace seed::metainfo {

/// Fills hashes, name, layout, flags, source, info and piece hashes of `out`. `info` is a
/// dictionary. Fault: as parse_torrent, without the "torrent: ".
Result<void> parse_info_into(Metainfo& out, const bencode::Value& info);

}  // namespace seed::metainfo
