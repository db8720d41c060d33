#include "core/metainfo/file_layout.h"

#include <algorithm>

namespace seed::metainfo {

SliceRange::Iterator::Iterator(const FileLayout* layout, std::uint64_t position, std::uint64_t end)
    : layout_(layout), position_(position), end_(end) {
  if (position_ == end_) return;
  slice_.file.value = layout_->file_at(position_);
  settle();
}

SliceRange::Iterator& SliceRange::Iterator::operator++() {
  position_ += slice_.length;
  if (position_ == end_) return *this;
  const FileLayout::File& next = layout_->files_[slice_.file.value + 1];
  if (next.length != 0) {
    ++slice_.file.value;
  } else {
    slice_.file.value = layout_->file_at(position_);
  }
  settle();
  return *this;
}

void SliceRange::Iterator::settle() {
  const FileLayout::File& file = layout_->files_[slice_.file.value];
  slice_.offset = position_ - file.begin;
  slice_.length =
      static_cast<std::uint32_t>(std::min(end_ - position_, file.length - slice_.offset));
}

std::uint32_t FileLayout::piece_size(PieceIndex piece) const {
  if (piece.value >= piece_count_) return 0;
  const std::uint64_t start = start_of(piece);
  const File& last = alignment_ == Alignment::contiguous ? files_.back() : files_[file_at(start)];
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(piece_length_, last.begin + last.length - start));
}

std::string_view FileLayout::name(FileIndex file) const {
  const File& entry = files_[file.value];
  return text(entry.name, entry.name_bytes);
}

std::vector<std::string> FileLayout::components(FileIndex file) const {
  std::vector<std::string> out{std::string(name(file))};
  for (std::uint32_t at = files_[file.value].folder; at != 0; at = folders_[at].parent)
    out.emplace_back(text(folders_[at].name, folders_[at].name_bytes));
  std::ranges::reverse(out);
  return out;
}

std::string FileLayout::path(FileIndex file) const {
  const File& entry = files_[file.value];
  std::size_t size = entry.name_bytes;
  for (std::uint32_t at = entry.folder; at != 0; at = folders_[at].parent)
    size += folders_[at].name_bytes + std::size_t{1};

  // Filled from the back, for folders know their parents and not the other way round.
  std::string out(size, '/');
  std::size_t front = size - entry.name_bytes;
  name(file).copy(out.data() + front, entry.name_bytes);
  for (std::uint32_t at = entry.folder; at != 0; at = folders_[at].parent) {
    const std::string_view folder = text(folders_[at].name, folders_[at].name_bytes);
    front -= folder.size() + 1;
    folder.copy(out.data() + front, folder.size());
  }
  return out;
}

std::string_view FileLayout::symlink_target(FileIndex file) const {
  const auto found = std::ranges::lower_bound(symlinks_, file, {}, &Symlink::file);
  if (found == symlinks_.end() || found->file != file) return {};
  return found->target;
}

PieceRange FileLayout::pieces_of(FileIndex file) const {
  const File& entry = files_[file.value];
  const auto piece_of = [this](std::uint64_t position) {
    return static_cast<std::uint32_t>(position / piece_length_);
  };
  const std::uint32_t first = piece_of(entry.begin);
  if (entry.length == 0) return {{first}, {first}};
  return {{first}, {piece_of(entry.begin + entry.length - 1) + 1}};
}

SliceRange FileLayout::slices(PieceIndex piece, std::uint32_t offset, std::uint32_t length) const {
  const std::uint32_t size = piece_size(piece);
  if (offset >= size) return {this, 0, 0};
  const std::uint64_t start = start_of(piece) + offset;
  return {this, start, start + std::min(length, size - offset)};
}

FileRange FileLayout::files_of(PieceRange pieces) const {
  const std::uint32_t last = std::min(pieces.last.value, piece_count_);
  if (pieces.first.value >= last) return {};
  const std::uint64_t end = start_of({last - 1}) + piece_size({last - 1});
  return {{file_at(start_of(pieces.first))}, {file_at(end - 1) + 1}};
}

std::uint32_t FileLayout::file_at(std::uint64_t position) const {
  // Of files that begin at one position, all but the last are empty.
  const auto behind = std::ranges::upper_bound(files_, position, {}, &File::begin);
  return static_cast<std::uint32_t>(behind - files_.begin() - 1);
}

std::size_t FileLayout::memory_bytes() const {
  std::size_t bytes = sizeof *this + files_.capacity() * sizeof(File) +
                      folders_.capacity() * sizeof(Folder) +
                      symlinks_.capacity() * sizeof(Symlink) + names_.capacity();
  for (const Symlink& symlink : symlinks_) bytes += symlink.target.capacity();
  return bytes;
}

}  // namespace seed::metainfo
