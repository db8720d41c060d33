// FileLayout: which files a torrent has, and which octets of which file a piece is made of.
//
// BEP 3: the files lie end to end and pieces run over their borders (Alignment::contiguous). BEP
// 52: each file begins on a piece border and the last piece of each is short (Alignment::per_file).
// All callers go through slices(), piece_size() and pieces_of(), so that the two look the same to
// them.
//
// Every path is safe: it is made of sanitized components, stays below the download folder, and no
// two files share one, nor is a file another's folder (pad files, which are never on disk, apart).
// A multi-file torrent's first component is the torrent's name. Made by FileLayoutBuilder alone, or
// renamed from one.
//
// Memory: 32 octets a file and its own name; a folder's name is kept once, with 12 octets. 100,000
// files in 1,000 folders, names of 19 octets: 51 octets a file (file_layout_test measures it).
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/piece.h"
#include "core/base/result.h"

namespace seed::metainfo {

enum class Alignment : std::uint8_t { contiguous, per_file };

/// BEP 47 `attr`.
struct FileAttributes {
  bool pad : 1 = false;         ///< "p": zeros that align the next file; never written to disk
  bool executable : 1 = false;  ///< "x"
  bool hidden : 1 = false;      ///< "h"
  bool symlink : 1 = false;     ///< "l": no content; see FileLayout::symlink_target
  bool operator==(const FileAttributes&) const = default;
};

/// A run of octets in one file.
struct FileSlice {
  FileIndex file;
  std::uint64_t offset = 0;  ///< octets from the start of the file
  std::uint32_t length = 0;  ///< octets, never 0
  bool operator==(const FileSlice&) const = default;
};

/// Pieces [first, last).
struct PieceRange {
  PieceIndex first;
  PieceIndex last;
  bool empty() const { return first == last; }
  std::uint32_t size() const { return last.value - first.value; }
  bool contains(PieceIndex piece) const { return first <= piece && piece < last; }
  bool operator==(const PieceRange&) const = default;
};

/// Files [first, last).
struct FileRange {
  FileIndex first;
  FileIndex last;
  bool empty() const { return first == last; }
  std::uint32_t size() const { return last.value - first.value; }
  bool operator==(const FileRange&) const = default;
};

class FileLayout;

/// The slices of a run of octets, front to back, computed as they are asked for. Holds as long as
/// its layout.
class SliceRange {
 public:
  class Iterator {
   public:
    using value_type = FileSlice;
    using reference = const FileSlice&;
    using pointer = const FileSlice*;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    Iterator() = default;
    Iterator(const FileLayout* layout, std::uint64_t position, std::uint64_t end);
    const FileSlice& operator*() const { return slice_; }
    const FileSlice* operator->() const { return &slice_; }
    Iterator& operator++();
    void operator++(int) { ++*this; }
    bool operator==(const Iterator& other) const { return position_ == other.position_; }

   private:
    void settle();

    const FileLayout* layout_ = nullptr;
    std::uint64_t position_ = 0;
    std::uint64_t end_ = 0;
    FileSlice slice_;
  };
  SliceRange(const FileLayout* layout, std::uint64_t position, std::uint64_t end)
      : layout_(layout), position_(position), end_(end) {}
  Iterator begin() const { return {layout_, position_, end_}; }
  Iterator end() const { return {layout_, end_, end_}; }
  bool empty() const { return position_ == end_; }
  std::vector<FileSlice> to_vector() const { return {begin(), end()}; }

 private:
  const FileLayout* layout_;
  std::uint64_t position_;
  std::uint64_t end_;
};

class FileLayout {
 public:
  /// No files and no pieces.
  FileLayout() = default;

  std::uint32_t file_count() const { return static_cast<std::uint32_t>(files_.size()); }
  std::uint32_t piece_count() const { return piece_count_; }
  /// Octets of every piece that is not short.
  std::uint32_t piece_length() const { return piece_length_; }
  /// Octets of all files, pad files counted.
  std::uint64_t total_size() const { return total_size_; }
  Alignment alignment() const { return alignment_; }

  /// Octets of one piece; 0 for a piece beyond the end.
  std::uint32_t piece_size(PieceIndex piece) const;

  // Of one file; `file` below file_count().
  std::uint64_t length(FileIndex file) const { return files_[file.value].length; }
  /// Octets from the start of piece 0 to the start of the file, where every piece counts as full.
  std::uint64_t offset(FileIndex file) const { return files_[file.value].begin; }
  FileAttributes attributes(FileIndex file) const { return files_[file.value].attributes; }
  bool is_pad(FileIndex file) const { return attributes(file).pad; }
  /// Last component of its path; a view into this layout.
  std::string_view name(FileIndex file) const;
  /// Components joined by '/', below the download folder: fit for SafePath::descend.
  std::string path(FileIndex file) const;
  std::vector<std::string> components(FileIndex file) const;
  /// Where a symlink (BEP 47) points: a path like those of path(), sanitized but perhaps that of no
  /// file; empty when the file is none.
  std::string_view symlink_target(FileIndex file) const;
  /// The pieces that hold octets of the file; an empty range for an empty file.
  PieceRange pieces_of(FileIndex file) const;

  /// The files that octets [offset, offset + length) of a piece are in. What goes beyond the piece
  /// is left out, and so are empty files. O(log files) to begin and O(1) a slice, but O(log files)
  /// where empty files lie between.
  SliceRange slices(PieceIndex piece, std::uint32_t offset, std::uint32_t length) const;
  SliceRange slices(const BlockRef& block) const {
    return slices(block.piece, block.offset, block.length);
  }
  SliceRange slices(PieceIndex piece) const { return slices(piece, 0, piece_length_); }
  /// The files from the first to the last that has octets in these pieces; empty files in between
  /// are in the range. An empty range for pieces beyond the end.
  FileRange files_of(PieceRange pieces) const;
  FileRange files_of(PieceIndex piece) const { return files_of({piece, {piece.value + 1}}); }

  /// A copy in which the file or folder at `path` is called `name`: for the user's renames, with
  /// which metainfo has nothing to do. Fault: malformed when `name` is not a safe component,
  /// not_found, exists when a neighbour is called so. O(files).
  Result<FileLayout> renamed(std::string_view path, std::string_view name) const;

  /// Octets that this layout occupies in memory.
  std::size_t memory_bytes() const;

 private:
  friend class FileLayoutBuilder;
  friend class SliceRange::Iterator;

  struct File {
    std::uint64_t begin = 0;  ///< see offset()
    std::uint64_t length = 0;
    std::uint32_t folder = 0;  ///< in folders_
    std::uint32_t name = 0;    ///< in names_
    std::uint8_t name_bytes = 0;
    FileAttributes attributes;
  };
  struct Folder {
    std::uint32_t parent = 0;  ///< in folders_; folder 0 is the download folder
    std::uint32_t name = 0;
    std::uint8_t name_bytes = 0;
  };
  struct Symlink {
    FileIndex file;
    std::string target;
  };
  static_assert(sizeof(File) == 32 && sizeof(Folder) == 12);

  std::uint64_t start_of(PieceIndex piece) const {
    return std::uint64_t{piece.value} * piece_length_;
  }
  /// The file that holds the octet at `position`, which is below the end of the last file.
  std::uint32_t file_at(std::uint64_t position) const;
  std::optional<std::uint32_t> folder_in(std::uint32_t parent, std::string_view name) const;
  std::optional<std::uint32_t> file_in(std::uint32_t folder, std::string_view name) const;
  std::string_view text(std::uint32_t at, std::uint8_t bytes) const {
    return std::string_view(names_).substr(at, bytes);
  }

  std::vector<File> files_;
  std::vector<Folder> folders_;
  std::vector<Symlink> symlinks_;  ///< in the order of the files
  std::string names_;              ///< of files and folders, one behind the other
  std::uint64_t total_size_ = 0;
  std::uint32_t piece_length_ = 0;
  std::uint32_t piece_count_ = 0;
  Alignment alignment_ = Alignment::contiguous;
};

}  // namespace seed::metainfo
