#include "core/storage/placement.h"

#include <fmt/format.h>

#include <utility>

#include "core/base/reserved_name.h"

namespace seed::storage {
namespace {

/// Whether `name` is `path` or lies below it.
bool is_at_or_below(std::string_view name, std::string_view path) {
  return name.starts_with(path) && (name.size() == path.size() || name[path.size()] == '/');
}

std::string renamed(std::string_view path, std::string_view name) {
  const auto slash = path.rfind('/');
  return std::string(path.substr(0, slash == path.npos ? 0 : slash + 1)) + std::string(name);
}

}  // namespace

Placement::Placement(const metainfo::FileLayout& layout, PlacementFacts facts, bool suffix_partial)
    : layout_(&layout), facts_(std::move(facts)), suffix_partial_(suffix_partial) {
  suffixed_.resize(layout.file_count(), false);
  for (std::uint32_t i = 0; i < layout.file_count(); ++i)
    if (layout.name(FileIndex{i}).ends_with(partial_suffix)) own_partial_names_ = true;
  for (const auto& rename : facts_.renames) apply(rename);
}

void Placement::set_root(SafePath root) { facts_.root = std::move(root); }

std::string Placement::name_of(FileIndex file) const {
  const auto found = renamed_.find(file);
  return found == renamed_.end() ? layout_->path(file) : found->second;
}

SafePath Placement::path_in(const SafePath& root, FileIndex file) const {
  // Names are safe components; only a root of more than 1 KiB can make a path too long, and then
  // the root itself, being no file, gives the fault when it is opened.
  return root.descend(name_of(file)).value_or(root);
}

SafePath Placement::path_of(FileIndex file) const {
  auto path = path_in(facts_.root, file);
  return is_suffixed(file) && !path.is_root() ? path.with_suffix(partial_suffix) : path;
}

SafePath Placement::other_path_of(FileIndex file) const {
  auto path = path_in(facts_.root, file);
  if (own_partial_names_ || path.is_root()) return path_of(file);
  return is_suffixed(file) ? path : path.with_suffix(partial_suffix);
}

bool Placement::is_suffixed(FileIndex file) const {
  return suffixed_[file.value] && !own_partial_names_;
}

void Placement::set_suffixed(FileIndex file, bool suffixed) { suffixed_[file.value] = suffixed; }

Result<void> Placement::may_rename(std::string_view path, std::string_view name) const {
  if (facts_.renames.size() >= renames_max)
    return fail(FaultCode::too_large, "the torrent was renamed too often");
  SEED_TRY_VOID(facts_.root.child(name));
  if (is_reserved_name(name))
    return fail(FaultCode::malformed, "seedd has files of its own by that name");
  const std::string to = renamed(path, name);
  bool found = false;
  for (std::uint32_t i = 0; i < layout_->file_count(); ++i) {
    const std::string current = name_of(FileIndex{i});
    if (!path.empty() && is_at_or_below(current, path)) {
      found = true;
      // Then no file of the torrent could have that suffix any more.
      if (current == path && name.ends_with(partial_suffix))
        return fail(FaultCode::malformed, "only files that are not complete are called \".part\"");
      auto fits = facts_.root.descend(to + current.substr(path.size()));
      if (!fits) return std::unexpected(std::move(fits).error());
    } else if (is_at_or_below(current, to) || is_at_or_below(to, current)) {
      return fail(FaultCode::exists, fmt::format("the torrent has a \"{}\" already", to));
    }
  }
  if (!found) return fail(FaultCode::not_found, "no file or folder of the torrent has that path");
  return {};
}

void Placement::rename(PathRename rename) {
  apply(rename);
  facts_.renames.push_back(std::move(rename));
}

void Placement::apply(const PathRename& rename) {
  if (!facts_.root.child(rename.name) || is_reserved_name(rename.name)) return;
  const std::string to = renamed(rename.path, rename.name);
  for (std::uint32_t i = 0; i < layout_->file_count(); ++i) {
    const FileIndex file{i};
    std::string current = name_of(file);
    if (!is_at_or_below(current, rename.path)) continue;
    current.replace(0, rename.path.size(), to);
    if (std::string_view(current).ends_with(partial_suffix)) own_partial_names_ = true;
    renamed_[file] = std::move(current);
  }
}

}  // namespace seed::storage
