// V2Hashes: what BitTorrent v2 says of content beyond the layout (BEP 52): each file's pieces root,
// and of files of more than one piece the piece layer, as far as it is known: a .torrent has it
// beside its info dictionary, peers give it for a magnet.
//
// A layer is taken when it leads to its file's pieces root, and never else. Files of one root and
// one number of pieces share a layer that came in a .torrent.
//
// Memory: 4 octets a file, for the roots stay in the info dictionary; 8 octets a file of more than
// one piece; the layers that are there, 32 octets a piece. Nothing for v1 torrents. Bounds: those
// of the layout and of torrent_file_bytes_max.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/piece.h"
#include "core/base/result.h"
#include "core/bencode/value.h"
#include "core/metainfo/file_layout.h"

namespace seed::metainfo {

class V2Hashes {
 public:
  /// Where the roots and the files are; both must be there in all calls and be the same.
  struct Place {
    Bytes info;
    const FileLayout& layout;
  };

  V2Hashes() = default;
  /// `roots_at`: by FileIndex, octets from the start of `info`; 0 for none.
  V2Hashes(const Place& place, std::vector<std::uint32_t> roots_at);

  /// Nothing for a file without content or a pad file.
  std::optional<Sha256> root(const Place& place, FileIndex file) const;
  /// Digests of the file's pieces, one behind the other: its root for a file of one piece; empty
  /// when its layer is missing or it has no content. A view into this or into the info dictionary.
  Bytes layer(const Place& place, FileIndex file) const;
  /// Fault: malformed when the file has no layer or it is not this one.
  Result<void> set_layer(const Place& place, FileIndex file, Bytes layer);
  /// Takes a .torrent's `piece layers`. Files that it has nothing for lack their layer then.
  /// Fault: malformed for layers that do not lead to their root or belong to no file.
  Result<void> take_layers(const Place& place, const bencode::Value& layers);

  /// Files of more than one piece whose layer is missing, in their order.
  std::vector<FileIndex> files_without_layer() const;
  bool complete() const { return missing_ == 0; }
  /// The files with this root, in their order. O(files).
  std::vector<FileIndex> files_with(const Place& place, const Sha256& root) const;

 private:
  static constexpr std::uint32_t missing = ~std::uint32_t{0};

  /// A file of more than one piece.
  struct LayeredFile {
    FileIndex file;
    std::uint32_t at = missing;  ///< digests from the start of layers_
  };

  LayeredFile* find(FileIndex file);
  std::uint32_t append(Bytes layer);

  std::vector<std::uint32_t> roots_at_;
  std::vector<LayeredFile> layered_;  ///< in the order of the files
  Buffer layers_;
  std::uint32_t missing_ = 0;  ///< of layered_
};

}  // namespace seed::metainfo
