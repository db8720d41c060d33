// Creation: what a new torrent is to be, of files that somebody listed (BEP 3, 47, 52), and its
// info dictionary once they are hashed.
//
//   files, options --plan_creation--> plan --(hash its pieces)--> digests --encode_info--> info
//
// The same input gives the same octets always. v1 has its files by name or as they were given; v2
// and hybrids by name, for a tree has no other order; names are compared as octets, component by
// component. A hybrid has pad files where v2 would begin a piece, behind the last file too, as
// libtorrent makes them.
//
// Piece length, when it is not given: the smallest power of two with which the content has at most
// 2048 pieces, from 16 KiB to 16 MiB. Transmission 4 aims at 1024 within the same limits,
// libtorrent at a hash list of twice the root of the size, which gives it 100 to 5000.
//
// Bounds: those of FileLayoutBuilder; creation_depth_max.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/limits.h"
#include "core/base/piece.h"
#include "core/base/result.h"
#include "core/metainfo/file_layout.h"

namespace seed::metainfo {

/// Components of a path in a file tree: each is a dictionary, and six are around and in them.
/// Beyond: refused.
inline constexpr std::size_t creation_depth_max = limits::bencode_depth_max - 6;
/// Octets of a piece that a new torrent may have: libtorrent makes and others read no larger ones.
inline constexpr std::uint32_t creation_piece_bytes_max = 128u << 20;

enum class TorrentVersion : std::uint8_t { v1, v2, hybrid };

/// A file, or a symbolic link that is to stay one, as it lies on disk.
struct SourceFile {
  /// Components below the torrent's folder; its name alone when the torrent is one file.
  std::vector<std::string> path;
  std::uint64_t length = 0;   ///< octets; of a link none
  FileAttributes attributes;  ///< not `pad`
  /// Of a link: components below the torrent's folder, to be a file or folder in it.
  std::vector<std::string> symlink_target;
};

struct CreationOptions {
  TorrentVersion version = TorrentVersion::hybrid;
  std::string name;                  ///< of the folder, or of the one file
  bool is_folder = true;             ///< false: one file, which lies in no folder
  std::uint32_t piece_length = 0;    ///< octets; 0: chosen
  bool as_given = false;             ///< keep the order of the files: v1 alone
  std::vector<std::string> exclude;  ///< patterns, see excludes() of glob.h
  bool is_private = false;           ///< BEP 27
  std::string source;                ///< what private trackers ask for; empty: left out
};

/// One file of the plan, in the order of its layout.
struct PlannedFile {
  static constexpr std::uint32_t pad = ~std::uint32_t{0};
  std::uint32_t source = pad;  ///< its number among the files given
  std::vector<std::string> path;
  std::vector<std::string> symlink_target;
};

struct CreationPlan {
  TorrentVersion version = TorrentVersion::hybrid;
  std::string name;
  bool is_folder = true;
  bool is_private = false;
  std::string source;
  std::vector<PlannedFile> files;
  /// Lengths, attributes and pieces; by the index in `files`. Per file for v2; contiguous for v1
  /// and hybrids, whose pads make the pieces the same.
  FileLayout layout;

  bool has_v1() const { return version != TorrentVersion::v2; }
  bool has_v2() const { return version != TorrentVersion::v1; }
};

/// The piece length chosen for content of so many octets.
std::uint32_t chosen_piece_length(std::uint64_t total_size);

/// Fault: malformed for options or files that make no torrent, too_large beyond a bound; the text
/// is for the user and names the file.
Result<CreationPlan> plan_creation(std::vector<SourceFile> files, const CreationOptions& options);

/// Digests by piece of the plan's layout, one behind the other; views that hold during the call.
struct PieceDigests {
  Bytes v1;  ///< SHA-1 of the piece, pads hashed as zeros; empty without v1
  Bytes v2;  ///< the root of the piece's tree, see Metainfo::piece_root; empty without v2
};

struct EncodedInfo {
  Buffer info;          ///< the info dictionary
  Buffer piece_layers;  ///< bencoded, for TorrentParts; empty without v2
};

/// `digests`: of all pieces of the plan.
EncodedInfo encode_info(const CreationPlan& plan, const PieceDigests& digests);

}  // namespace seed::metainfo
