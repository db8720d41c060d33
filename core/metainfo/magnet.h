// Magnet: a torrent's name, hashes and where to ask for it, as one URI (BEP 9, BEP 52, BEP 53).
//
// "magnet:?xt=urn:btih:<40 hexadecimal digits or 32 of base32>" (v1) and "xt=urn:btmh:1220<64
// hexadecimal digits>" (v2, the multihash of SHA-256); more than one of a kind only if they are the
// same. Then in any order dn, tr, ws, x.pe, so, xs, as. Parameters may be numbered ("tr.1").
// Unknown ones are ignored.
//
// What is malformed is refused, and the text names the parameter. URLs are a matter of taste: those
// of schemes that we do not speak (wss, ftp) and what is no URL at all are left out, for links in
// the wild are full of them. So are empty parameters.
//
// Bounds: magnet_bytes_max, and those below and of metainfo.h for lists; what is beyond a list's
// bound is left out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/digest.h"
#include "core/base/piece.h"
#include "core/base/result.h"
#include "core/metainfo/metainfo.h"

namespace seed::metainfo {

/// Octets of a magnet URI. With 256 trackers real ones stay below 32 KiB. Beyond: refused.
inline constexpr std::size_t magnet_bytes_max = 128 * 1024;
/// Peers and file ranges kept of one magnet. Beyond: left out; for file ranges refused, as a part
/// of a selection is another selection.
inline constexpr std::size_t magnet_list_max = 1024;
/// Exact sources, and acceptable ones: each is tried with an HTTP request. Beyond: left out.
inline constexpr std::size_t magnet_sources_max = 16;
/// Octets of the name: four of the longest a file may have. Beyond: cut.
inline constexpr std::size_t magnet_name_bytes_max = 1024;

/// Files first to last, both included (BEP 53).
struct FileSpan {
  FileIndex first;
  FileIndex last;
  auto operator<=>(const FileSpan&) const = default;
};

struct Magnet {
  InfoHashes hashes;                  ///< v1, v2 or both
  std::string name;                   ///< dn: for showing; not safe as a path; may be empty
  std::vector<std::string> trackers;  ///< tr: http, https or udp, each once, each a tier of its own
  std::vector<std::string> web_seeds;           ///< ws
  std::vector<HostPort> peers;                  ///< x.pe: an address (IPv6 bare) or a name
  std::vector<FileSpan> selected;               ///< so: sorted, apart; empty: all files
  std::vector<std::string> exact_sources;       ///< xs: http and https
  std::vector<std::string> acceptable_sources;  ///< as: http and https
  bool operator==(const Magnet&) const = default;
};

/// Also takes a bare info-hash of 40 hexadecimal digits, as RPC clients send it.
/// Fault: malformed, too_large, or unsupported for a magnet of something else; the text begins
/// "magnet: ".
Result<Magnet> parse_magnet(std::string_view text);

/// Hashes, dn, so, one tr a tracker, one ws a web seed, x.pe; percent-encoded. xs and as are left
/// out: they are about where the magnet came from. At most magnet_bytes_max octets: trackers, web
/// seeds and peers that would be beyond are left out, the last first. All else parses to the same
/// if `magnet` holds what parse_magnet or magnet_of may give.
std::string encode_magnet(const Magnet& magnet);

/// What a magnet for this torrent says: hashes, name, trackers and web seeds.
Magnet magnet_of(const Metainfo& metainfo);

}  // namespace seed::metainfo
