// Metainfo: all that a .torrent or an info dictionary says, checked and made safe.
//
// BEP 3, 5 (nodes), 12 (announce-list), 19 (url-list), 27 (private), 47 (attributes and pad files)
// and 52 (v2 and hybrids). A value that does not change after parsing, but for piece layers that
// come later; it is held by shared_ptr<const Metainfo> and crosses threads.
//
// A v2 torrent has Alignment::per_file. A hybrid has the layout of its v1 part, contiguous and with
// pad files, whose pieces begin where those of its v2 part do; that both parts say the same was
// checked. A .torrent need not have its piece layers: it is then like a magnet's.
//
// Info-hashes are over the octets as they came, sorted or not. Everything that contradicts itself
// is refused with a text for the user. Text for showing (comment and the like) is well-formed
// UTF-8; the name and all paths are safe as FileLayout says.
//
// Bounds: torrent_file_bytes_max, files_max, piece_bytes_max, pieces_max, trackers_per_torrent_max
// of base/limits.h; nodes_max and web_seeds_max below.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/instant.h"
#include "core/base/piece.h"
#include "core/base/result.h"
#include "core/metainfo/file_layout.h"
#include "core/metainfo/v2_hashes.h"

namespace seed::metainfo {

/// DHT nodes kept of one torrent: enough to join by. Beyond: left out.
inline constexpr std::size_t nodes_max = 64;
/// Web seeds kept of one torrent. Beyond: left out.
inline constexpr std::size_t web_seeds_max = 256;

/// Tiers of announce URLs (BEP 12), best tier first. Each URL is http, https or udp, and is there
/// once.
using AnnounceTiers = std::vector<std::vector<std::string>>;

/// A host by name or address, as BEP 5 and magnets give it.
struct HostPort {
  std::string host;  ///< not empty
  std::uint16_t port = 0;
  auto operator<=>(const HostPort&) const = default;
};

struct Metainfo {
  InfoHashes hashes;
  std::string name;  ///< one safe component
  FileLayout layout;
  bool is_multi_file = false;  ///< files lie in a folder of the torrent's name
  bool is_private = false;     ///< BEP 27: no DHT, PEX or LSD
  AnnounceTiers announce_tiers;
  std::vector<std::string> web_seeds;  ///< http and https URLs
  std::vector<HostPort> nodes;
  std::string comment;
  std::string created_by;
  std::string source;               ///< what private trackers use to tell torrents apart
  WallTime created = no_time;       ///< no_time when it was not said
  Buffer info;                      ///< the raw info dictionary, for BEP 9
  std::uint64_t torrent_bytes = 0;  ///< of the .torrent parsed; 0 for parse_info
  std::size_t piece_hashes_at = 0;  ///< octets from the start of `info`; has_v1() alone
  V2Hashes v2;                      ///< empty without has_v2()

  bool has_v1() const { return hashes.v1.has_value(); }
  bool has_v2() const { return hashes.v2.has_value(); }

  // Of torrents with has_v1().
  /// The SHA-1 of one piece; `piece` below layout.piece_count().
  Sha1 piece_hash(PieceIndex piece) const {
    return *Sha1::from(Bytes(info).subspan(piece_hashes_at + piece.value * Sha1::size, Sha1::size));
  }

  // Of torrents with has_v2(). A piece is of one file; pads behind it are not in its tree.
  /// The root of the piece's tree: its file's pieces root for a file of one piece, else of the
  /// file's layer, and nothing when that is missing. O(log files).
  std::optional<Sha256> piece_root(PieceIndex piece) const;
  /// Octets of the piece that its tree is over: all but pads.
  std::uint32_t tree_bytes(PieceIndex piece) const;
  /// Leaves of the piece's tree, padding counted: a power of two. As many as a whole piece has
  /// blocks; for a file of one piece as its own blocks need.
  std::uint32_t leaf_width(PieceIndex piece) const;
  /// Nothing for a file without content or a pad file.
  std::optional<Sha256> pieces_root(FileIndex file) const { return v2.root(v2_place(), file); }
  /// See V2Hashes::layer.
  Bytes piece_layer(FileIndex file) const { return v2.layer(v2_place(), file); }
  bool layers_complete() const { return v2.complete(); }
  std::vector<FileIndex> files_without_layer() const { return v2.files_without_layer(); }
  /// One file's piece layer, from peers. Fault: malformed when it does not lead to its root.
  Result<void> set_layer(FileIndex file, Bytes layer) {
    return v2.set_layer(v2_place(), file, layer);
  }
  /// Files of the same content have the same root. O(files).
  std::vector<FileIndex> files_with_root(const Sha256& root) const {
    return v2.files_with(v2_place(), root);
  }
  V2Hashes::Place v2_place() const { return {info, layout}; }
};

/// A .torrent. White space behind its end is forgiven, for web servers add it.
/// Fault: malformed, too_large or unsupported, with a text for the user that begins "torrent: ".
Result<Metainfo> parse_torrent(Bytes torrent);

/// An info dictionary alone, as it comes from peers (BEP 9): no trackers, no comment. Its hashes
/// are computed, not compared: that is the caller's.
Result<Metainfo> parse_info(Bytes info);

/// `url` without blanks around it when it is a tracker we can speak to (http, https, udp); empty
/// otherwise.
std::string usable_tracker(Bytes url);
/// The same for web seeds (http, https), with blanks inside percent-encoded.
std::string usable_web_seed(Bytes url);

}  // namespace seed::metainfo
