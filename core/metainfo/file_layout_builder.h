// FileLayoutBuilder: makes a FileLayout of what a torrent says, whatever it says.
//
// Each component goes through sanitize_component; empty ones are left out, as others do. Paths that
// would collide on disk get a number in front of the extension ("a.txt", "a.1.txt"):
// - of files with one path, the first keeps it;
// - a file whose path is a folder of other files makes way for the folder;
// - a new name never takes a path that another file came with.
// Names are compared as octets. The same torrent gives the same paths always.
//
// Bounds: files_max of base/limits.h and below. O(n log n) in the octets of all paths, also for
// torrents made to collide.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/limits.h"
#include "core/base/result.h"
#include "core/base/safe_path.h"
#include "core/metainfo/file_layout.h"

namespace seed::metainfo {

/// Components of one path. Real ones have below 20. Beyond: refused.
inline constexpr std::size_t path_depth_max = 128;
/// Octets of one path below the download folder, which may take the other 1 KiB of a path that the
/// system takes. Beyond: refused.
inline constexpr std::size_t layout_path_bytes_max = path_bytes_max - 1024;

/// Folders in one torrent. Beyond: refused.
inline constexpr std::size_t folders_max = limits::files_max;

/// One file as a torrent has it.
struct FileEntry {
  std::uint64_t length = 0;  ///< octets
  /// Raw components, the torrent's name first where it is a folder. Not empty.
  std::vector<std::string> path;
  FileAttributes attributes;
  /// Raw components of a symlink's target (BEP 47), the torrent's name first.
  std::vector<std::string> symlink_path;
};

class FileLayoutBuilder {
 public:
  FileLayoutBuilder(std::uint32_t piece_length, Alignment alignment);

  /// Fault: too_large for too many files or folders, a path too long or too deep, or more octets in
  /// all than pieces_max pieces hold; the text names the file.
  Result<void> add(const FileEntry& file);
  /// add() without copies of what the torrent holds anyway.
  Result<void> add(std::span<const Bytes> path, std::uint64_t length, FileAttributes attributes,
                   std::span<const Bytes> symlink_path);

  /// The layout of all files added. Fault: malformed without files, or with a piece length of 0 or
  /// beyond piece_bytes_max.
  Result<FileLayout> finish() &&;

 private:
  using NameInFolder = std::pair<std::uint32_t, std::string>;
  using NameViewInFolder = std::pair<std::uint32_t, std::string_view>;
  struct LessName {
    using is_transparent = void;
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      if (a.first != b.first) return a.first < b.first;
      return std::string_view(a.second) < std::string_view(b.second);
    }
  };

  std::uint32_t append_name(std::string_view name);
  std::uint32_t folder_of(std::uint32_t parent, const std::string& name, std::size_t depth);
  Result<void> append(std::uint64_t length, FileAttributes attributes, std::uint32_t folder,
                      std::string_view name);
  NameViewInFolder key_of(std::uint32_t file) const;
  void separate();
  bool is_taken(const NameViewInFolder& name) const;
  void rename(std::uint32_t file, std::uint32_t& next_number);

  FileLayout layout_;
  std::uint64_t end_ = 0;  ///< of the last file, see FileLayout::offset
  std::uint64_t pieces_ = 0;
  std::map<NameInFolder, std::uint32_t, LessName> folders_;
  std::vector<std::uint32_t> last_folders_;  ///< of the newest file, from the top
  // While names are set apart:
  std::vector<std::uint32_t> by_name_;  ///< files by folder, name and index
  std::set<NameInFolder, LessName> given_;
  std::vector<std::pair<std::uint32_t, std::string>> renamed_;
  std::uint32_t last_resort_ = 1000;  ///< a number used once, see rename()
};

}  // namespace seed::metainfo
