// File tree: the files of an info dictionary as BitTorrent v2 has them (BEP 52, "file tree").
//
// Refused: what is a file and a folder at once, a file without a name, one with content and without
// a pieces root, and one that says it is a pad file (BEP 47), for v2 has none. A pieces root of a
// file without content means nothing and is ignored, as libtorrent does; empty folders are left
// out.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/bencode/value.h"
#include "core/metainfo/file_layout.h"

namespace seed::metainfo {

struct FileTree {
  FileLayout layout;  ///< Alignment::per_file
  /// By FileIndex of `layout`: octets from the start of the info dictionary to the pieces root; 0
  /// for a file without content.
  std::vector<std::uint32_t> roots_at;
  bool is_multi_file = false;
};

struct FileTreeContext {
  Bytes info;  ///< the info dictionary as it came, which holds the tree
  Bytes name;  ///< the torrent's, safe
  std::uint32_t piece_length = 0;
  /// One file alone lies in a folder of the torrent's name, too: a hybrid that says so by `files`.
  /// Else a tree of one file is that file, by its own name.
  bool in_folder = false;
};

/// Fault: malformed or too_large, without a prefix.
Result<FileTree> parse_file_tree(const bencode::Value& tree, const FileTreeContext& context);

/// Whether the v1 part of a hybrid has the same content (BEP 52, "Upgrade Path"): the same files in
/// the same order, with pad files so that all begin on a piece border; behind the last file there
/// may be a pad or none. Attributes may differ. Fault: malformed.
Result<void> check_alike(const FileLayout& v1, const FileLayout& v2);

}  // namespace seed::metainfo
