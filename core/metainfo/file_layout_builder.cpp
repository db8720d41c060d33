#include "core/metainfo/file_layout_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace seed::metainfo {
namespace {

/// Longest that an extension is taken to be: ".torrent" and its like, not the end of a sentence.
constexpr std::size_t extension_bytes_max = 16;

/// `name` with ".<number>" in front of its extension, cut at a character's edge to be a component.
std::string numbered(std::string_view name, std::uint32_t number) {
  const std::size_t dot = name.rfind('.');
  const bool has_extension =
      dot != std::string_view::npos && dot != 0 && name.size() - dot <= extension_bytes_max;
  const std::string_view extension = has_extension ? name.substr(dot) : std::string_view{};
  std::string_view stem = name.substr(0, name.size() - extension.size());
  const std::string infix = fmt::format(".{}", number);
  if (const std::size_t room = component_bytes_max - infix.size() - extension.size();
      stem.size() > room) {
    std::size_t cut = room;
    while (cut > 0 && (static_cast<unsigned char>(stem[cut]) & 0xc0) == 0x80) --cut;
    stem = stem.substr(0, cut);
  }
  return fmt::format("{}{}{}", stem, infix, extension);
}

std::vector<Bytes> views_of(const std::vector<std::string>& texts) {
  std::vector<Bytes> views;
  for (const std::string& text : texts) views.push_back(as_bytes(text));
  return views;
}

std::vector<std::string> sanitized(std::span<const Bytes> path) {
  std::vector<std::string> components;
  for (const Bytes component : path)
    if (!component.empty()) components.push_back(sanitize_component(component));
  if (components.empty()) components.push_back(sanitize_component({}));
  return components;
}

}  // namespace

FileLayoutBuilder::FileLayoutBuilder(std::uint32_t piece_length, Alignment alignment) {
  layout_.piece_length_ = piece_length;
  layout_.alignment_ = alignment;
  layout_.folders_.emplace_back();
}

Result<void> FileLayoutBuilder::add(const FileEntry& file) {
  return add(views_of(file.path), file.length, file.attributes, views_of(file.symlink_path));
}

Result<void> FileLayoutBuilder::add(std::span<const Bytes> path, std::uint64_t length,
                                    FileAttributes attributes,
                                    std::span<const Bytes> symlink_path) {
  const std::uint32_t index = layout_.file_count();
  if (index >= limits::files_max)
    return fail(FaultCode::too_large, fmt::format("more than {} files", limits::files_max));
  const auto check = [index](const std::vector<std::string>& components) -> Result<void> {
    std::size_t bytes = components.size() - 1;
    for (const std::string& component : components) bytes += component.size();
    if (bytes <= layout_path_bytes_max && components.size() <= path_depth_max) return {};
    return fail(FaultCode::too_large, fmt::format("the path of file {} is too long", index));
  };

  const std::vector<std::string> components = sanitized(path);
  SEED_TRY_VOID(check(components));
  if (attributes.symlink) {
    const std::vector<std::string> target = sanitized(symlink_path);
    SEED_TRY_VOID(check(target));
    std::string joined = target.front();
    for (const std::string& component : std::span(target).subspan(1)) joined += "/" + component;
    layout_.symlinks_.push_back({{index}, std::move(joined)});
  }
  std::uint32_t folder = 0;
  for (std::size_t depth = 0; depth + 1 < components.size(); ++depth)
    folder = folder_of(folder, components[depth], depth);
  if (layout_.folders_.size() > folders_max)
    return fail(FaultCode::too_large, fmt::format("more than {} folders", folders_max));
  return append(length, attributes, folder, components.back());
}

std::uint32_t FileLayoutBuilder::append_name(std::string_view name) {
  const auto at = static_cast<std::uint32_t>(layout_.names_.size());
  layout_.names_ += name;
  return at;
}

std::uint32_t FileLayoutBuilder::folder_of(std::uint32_t parent, const std::string& name,
                                           std::size_t depth) {
  // Files come folder by folder, so most often it is the folder of the file before.
  if (depth < last_folders_.size()) {
    const FileLayout::Folder& last = layout_.folders_[last_folders_[depth]];
    if (last.parent == parent && layout_.text(last.name, last.name_bytes) == name)
      return last_folders_[depth];
    last_folders_.resize(depth);
  }
  const auto next = static_cast<std::uint32_t>(layout_.folders_.size());
  const auto [found, is_new] = folders_.emplace(NameInFolder{parent, name}, next);
  if (is_new)
    layout_.folders_.push_back({parent, append_name(name), static_cast<std::uint8_t>(name.size())});
  last_folders_.push_back(found->second);
  return found->second;
}

Result<void> FileLayoutBuilder::append(std::uint64_t length, FileAttributes attributes,
                                       std::uint32_t folder, std::string_view name) {
  // Small enough that no sum below can wrap round.
  constexpr std::uint64_t bytes_max = std::uint64_t{limits::pieces_max} * limits::piece_bytes_max;
  const std::uint64_t piece_length = std::max<std::uint64_t>(layout_.piece_length_, 1);
  const bool aligned = layout_.alignment_ == Alignment::per_file;
  const std::uint64_t begin = aligned ? pieces_ * piece_length : end_;
  const bool sane = length <= bytes_max && begin <= bytes_max;
  const std::uint64_t end = sane ? begin + length : 0;
  const std::uint64_t pieces = (end + piece_length - 1) / piece_length;
  if (!sane || pieces > limits::pieces_max) {
    return fail(FaultCode::too_large,
                fmt::format("the files have more than {} pieces together", limits::pieces_max));
  }
  layout_.files_.push_back({.begin = begin,
                            .length = length,
                            .folder = folder,
                            .name = append_name(name),
                            .name_bytes = static_cast<std::uint8_t>(name.size()),
                            .attributes = attributes});
  layout_.total_size_ += length;
  end_ = end;
  pieces_ = pieces;
  return {};
}

Result<FileLayout> FileLayoutBuilder::finish() && {
  if (layout_.files_.empty()) return fail(FaultCode::malformed, "there are no files in it");
  if (layout_.piece_length_ == 0 || layout_.piece_length_ > limits::piece_bytes_max)
    return fail(FaultCode::malformed, "the piece length is out of range");
  layout_.piece_count_ = static_cast<std::uint32_t>(pieces_);
  separate();
  layout_.files_.shrink_to_fit();
  layout_.folders_.shrink_to_fit();
  layout_.names_.shrink_to_fit();
  return std::move(layout_);
}

FileLayoutBuilder::NameViewInFolder FileLayoutBuilder::key_of(std::uint32_t file) const {
  return {layout_.files_[file].folder, layout_.name({file})};
}

void FileLayoutBuilder::separate() {
  for (std::uint32_t file = 0; file < layout_.file_count(); ++file)
    if (!layout_.is_pad({file})) by_name_.push_back(file);
  std::ranges::sort(by_name_, [this](std::uint32_t a, std::uint32_t b) {
    const auto a_key = key_of(a);
    const auto b_key = key_of(b);
    return a_key == b_key ? a < b : LessName{}(a_key, b_key);
  });

  for (std::size_t first = 0; first < by_name_.size();) {
    const auto key = key_of(by_name_[first]);
    std::size_t last = first;
    while (last < by_name_.size() && key_of(by_name_[last]) == key) ++last;
    std::uint32_t next_number = 1;
    for (std::size_t at = folders_.contains(key) ? first : first + 1; at < last; ++at)
      rename(by_name_[at], next_number);
    first = last;
  }

  for (const auto& [file, name] : renamed_) {
    layout_.files_[file].name = append_name(name);
    layout_.files_[file].name_bytes = static_cast<std::uint8_t>(name.size());
  }
}

bool FileLayoutBuilder::is_taken(const NameViewInFolder& name) const {
  if (given_.contains(name) || folders_.contains(name)) return true;
  return std::ranges::binary_search(by_name_, name, LessName{},
                                    [this](std::uint32_t file) { return key_of(file); });
}

void FileLayoutBuilder::rename(std::uint32_t file, std::uint32_t& next_number) {
  // A torrent can be made so that the low numbers are always taken. After a few tries the number
  // comes from a counter of the whole layout: each of its numbers is tried once, so all tries
  // together are bounded by the number of files.
  constexpr int tries_max = 8;
  const auto [folder, name] = key_of(file);
  std::string candidate;
  for (int tries = 0; tries == 0 || is_taken({folder, candidate}); ++tries)
    candidate = numbered(name, tries < tries_max ? next_number++ : last_resort_++);
  given_.emplace(folder, candidate);
  renamed_.emplace_back(file, std::move(candidate));
}

}  // namespace seed::metainfo
