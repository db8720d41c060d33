#include "core/metainfo/file_layout.h"

#include <algorithm>

#include "core/base/safe_path.h"

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

std::optional<std::uint32_t> FileLayout::folder_in(std::uint32_t parent,
                                                   std::string_view name) const {
  for (std::uint32_t at = 1; at < folders_.size(); ++at) {
    const Folder& folder = folders_[at];
    if (folder.parent == parent && text(folder.name, folder.name_bytes) == name) return at;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> FileLayout::file_in(std::uint32_t folder,
                                                 std::string_view file_name) const {
  for (std::uint32_t at = 0; at < files_.size(); ++at)
    if (files_[at].folder == folder && !is_pad({at}) && name({at}) == file_name) return at;
  return std::nullopt;
}

Result<FileLayout> FileLayout::renamed(std::string_view path, std::string_view name) const {
  if (name.empty() || sanitize_component(as_bytes(name)) != name)
    return fail(FaultCode::malformed, "not a name for a file or folder");
  std::uint32_t folder = 0;
  for (auto slash = path.find('/'); slash != path.npos; slash = path.find('/')) {
    const auto next = folder_in(folder, path.substr(0, slash));
    if (!next) return fail(FaultCode::not_found, "no such file or folder in the torrent");
    folder = *next;
    path.remove_prefix(slash + 1);
  }
  const auto file = file_in(folder, path);
  const auto inner = folder_in(folder, path);
  if (!file && !inner) return fail(FaultCode::not_found, "no such file or folder in the torrent");
  if (path != name && (file_in(folder, name) || folder_in(folder, name)))
    return fail(FaultCode::exists, "another file or folder of the torrent has that name");

  FileLayout out = *this;
  const auto name_at = static_cast<std::uint32_t>(names_.size());
  const auto name_bytes = static_cast<std::uint8_t>(name.size());
  out.names_ += name;
  if (file) {
    out.files_[*file].name = name_at;
    out.files_[*file].name_bytes = name_bytes;
  } else {
    out.folders_[*inner].name = name_at;
    out.folders_[*inner].name_bytes = name_bytes;
  }
  return out;
}

std::size_t FileLayout::memory_bytes() const {
  std::size_t bytes = sizeof *this + files_.capacity() * sizeof(File) +
                      folders_.capacity() * sizeof(Folder) +
                      symlinks_.capacity() * sizeof(Symlink) + names_.capacity();
  for (const Symlink& symlink : symlinks_) bytes += symlink.target.capacity();
  return bytes;
}

}  // namespace seed::metainfo
