// Placement: where a torrent's files are: one root, the torrent's own paths beneath it, renames,
// and the ".part" at files that are not complete.
//
// A torrent lies in one root at a time. While it is unfinished and incomplete_dir is on, the engine
// opens it with that root; when it is done it is moved to download_dir (PieceStore::begin_move).
// Files are made when their first octets are written, an unwanted file too when it shares a piece
// with a wanted one, as users of Transmission know it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/piece.h"
#include "core/base/result.h"
#include "core/base/safe_path.h"
#include "core/metainfo/file_layout.h"

namespace seed::storage {

/// What an unfinished file's name ends with (the setting rename_partial_files).
inline constexpr std::string_view partial_suffix = ".part";
/// What a file's name ends with while it is copied to another file system.
inline constexpr std::string_view moving_suffix = ".seedd-moving";

/// One rename of a file or folder of the torrent. Applied in order.
struct PathRename {
  std::string path;  ///< as the torrent shows it then, components joined by '/'
  std::string name;  ///< its new last component
  bool operator==(const PathRename&) const = default;
};

/// What is saved of a placement.
struct PlacementFacts {
  SafePath root;                        ///< where the files are
  std::optional<SafePath> moving_from;  ///< a move to `root` that may have to be finished
  std::optional<SafePath> copying_to;   ///< where copies may be of a move that was cut off
  std::vector<PathRename> renames;      ///< in their order
  bool renaming = false;                ///< the last one may have to be carried out on disk
  bool operator==(const PlacementFacts&) const = default;
};

/// Renames kept per torrent. Beyond: refused.
inline constexpr std::size_t renames_max = 1000;

class Placement {
 public:
  /// `layout` outlives the placement. A rename that fits nothing is left out.
  Placement(const metainfo::FileLayout& layout, PlacementFacts facts, bool suffix_partial);

  const PlacementFacts& facts() const { return facts_; }
  const SafePath& root() const { return facts_.root; }
  void set_root(SafePath root);
  void set_moving_from(std::optional<SafePath> from) { facts_.moving_from = std::move(from); }
  void set_copying_to(std::optional<SafePath> to) { facts_.copying_to = std::move(to); }
  /// What was begun before is finished on disk.
  void set_settled() {
    facts_.moving_from.reset();
    facts_.renaming = false;
  }

  /// Path beneath the root without suffix, components joined by '/': what the user sees.
  std::string name_of(FileIndex file) const;
  /// The same beneath any root, without suffix.
  SafePath path_in(const SafePath& root, FileIndex file) const;
  /// Where the file is now, its suffix included.
  SafePath path_of(FileIndex file) const;
  /// The name it has if it is not at path_of: with the suffix on or off the other way round.
  SafePath other_path_of(FileIndex file) const;
  bool is_suffixed(FileIndex file) const;
  void set_suffixed(FileIndex file, bool suffixed);
  bool suffix_partial() const { return suffix_partial_; }
  /// Whether the file has the suffix while it is not complete.
  bool may_suffix(FileIndex file) const {
    return suffix_partial_ && !own_partial_names_ && !layout_->is_pad(file) &&
           layout_->length(file) > 0;
  }
  void set_suffix_partial(bool on) { suffix_partial_ = on; }

  /// Whether `path` (file or folder) may be called `name`: Fault not_found, malformed (bad name) or
  /// exists (another of the torrent's paths has it).
  Result<void> may_rename(std::string_view path, std::string_view name) const;
  /// Carries it out here; nothing on disk. may_rename() said yes.
  void rename(PathRename rename);

 private:
  void apply(const PathRename& rename);

  const metainfo::FileLayout* layout_;
  PlacementFacts facts_;
  bool suffix_partial_;
  std::map<FileIndex, std::string> renamed_;  ///< name_of, where it is not the layout's
  std::vector<bool> suffixed_;
  /// A file of the torrent is itself called "x.part": then none gets or loses that suffix.
  bool own_partial_names_ = false;
};

}  // namespace seed::storage
