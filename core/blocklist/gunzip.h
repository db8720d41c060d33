// gunzip: RFC 1952 data of one member or several, inflated part by part into bounded memory.
#pragma once

#include <cstddef>
#include <functional>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace seed::blocklist {

/// Begins as gzip data does.
bool is_gzip(Bytes bytes);

/// Gives `sink` what `bytes` inflate to, in parts of 64 KiB at most, until it says false: the rest
/// is left. `bytes_max` in all: beyond, Fault too_large. Fault malformed: damaged or cut short;
/// `sink` has had what came before. What follows the last member and is none is left out, as gzip
/// itself does.
Result<void> gunzip(Bytes bytes, std::size_t bytes_max, const std::function<bool(Bytes)>& sink);

}  // namespace seed::blocklist
