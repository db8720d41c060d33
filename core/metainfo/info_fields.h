// Fields that both of an info dictionary's lists of files have: `files` (BEP 3) and `file tree`
// (BEP 52).
//
// No fault's text has a value of the input in it: it may be any file that its sender cannot read.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/bencode/value.h"
#include "core/metainfo/file_layout.h"

namespace seed::metainfo {

std::unexpected<Fault> malformed(std::string text);

/// A length in octets, which is an integer and never negative. Fault: malformed; the text says that
/// it is the length of `what`.
Result<std::uint64_t> length_of(const bencode::Value& value, std::string_view what);

/// BEP 47 `attr` of a file's dictionary; letters that are not known are ignored.
FileAttributes attributes_of(const bencode::Value& file);

/// Components of a list of strings behind the torrent's name; nothing when it is no such list.
/// Views into the input.
std::optional<std::vector<Bytes>> components_of(const std::optional<bencode::Value>& list,
                                                Bytes name);

/// Whether the keys of all dictionaries in it are sorted, as BEP 3 asks for.
bool keys_sorted(const bencode::Value& value);

}  // namespace seed::metainfo
