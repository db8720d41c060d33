#include "core/storage/jobs/check_root.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace seed::storage {
namespace {

constexpr std::size_t marker_digits = 32;

Fault missing(const SafePath& root, std::string_view why) {
  return {FaultCode::root_missing, 0,
          fmt::format("the disk of {} is not there ({})", root.full(), why)};
}

/// The marker on disk; empty when there is none that can be read.
Result<std::string> load_marker(io::Files& files, const SafePath& path) {
  auto loaded = files.load(path, marker_digits + 1);
  if (!loaded) {
    // An I/O error says nothing about whose root this is.
    if (loaded.error().code == FaultCode::io) return std::unexpected(std::move(loaded).error());
    return std::string();
  }
  std::string text = to_string(*loaded);
  if (text.ends_with('\n')) text.pop_back();
  if (text.size() != marker_digits || !from_hex(text)) text.clear();
  return text;
}

bool is_same(const KnownRoot& known, const io::RootIdentity& identity, const std::string& marker) {
  const bool file_system = known.identity.file_system == identity.file_system;
  const bool inode = known.identity.inode == identity.inode;
  if (known.marker.empty()) return file_system || inode;
  return marker.empty() ? file_system && inode : marker == known.marker;
}

/// The system has no such folder: Files says so by either code, for a root.
bool is_absent(const Fault& fault) {
  return fault.code == FaultCode::not_found || fault.code == FaultCode::root_missing;
}

/// The disk that the root was on is there: it is the folder alone that is gone or another.
bool has_its_disk(io::Files& files, const SafePath& root, const KnownRoot& known) {
  if (known.identity.file_system == 0) return false;  // some tell all alike
  for (std::string path = root.full(); !path.empty(); path.resize(path.rfind('/'))) {
    const auto folder = SafePath::root(path);
    if (!folder) return false;
    const auto found = files.identity(*folder);
    if (found) return found->file_system == known.identity.file_system;
    if (!is_absent(found.error())) return false;
  }
  const auto top = files.identity(*SafePath::root("/"));
  return top && top->file_system == known.identity.file_system;
}

}  // namespace

Result<KnownRoot> CheckRoot::operator()(const io::JobTools& tools) {
  auto identity = tools.files.identity(root);
  if (!identity && is_absent(identity.error())) {
    // One that holds nothing may have its folder made anew, but in no empty mount point.
    const bool make_again = make && known && has_its_disk(tools.files, root, *known);
    if (!make_again && (known || !make))
      return std::unexpected(missing(root, "the folder does not exist"));
    SEED_TRY_VOID(tools.files.make_folders(root, true));
    identity = tools.files.identity(root);
  }
  if (!identity) return std::unexpected(std::move(identity).error());
  SEED_TRY(const auto marker_path, root.child(root_marker_name));
  SEED_TRY(auto marker, load_marker(tools.files, marker_path));
  if (known && !is_same(*known, *identity, marker) &&
      (!make || !has_its_disk(tools.files, root, *known)))
    return std::unexpected(missing(root, "the folder is empty or another file system"));

  if (marker.empty()) {
    // Also one made again gets the old one: if what was there comes back, it is known.
    std::string wanted = known && !known->marker.empty() ? known->marker : fresh_marker;
    // A root that takes no marker (read only, full) is known by its identity alone; one that had a
    // marker still has it in our memory.
    if (tools.files.save(marker_path, as_bytes(wanted + "\n")) || (known && !known->marker.empty()))
      marker = std::move(wanted);
  }
  return KnownRoot{*identity, std::move(marker)};
}

}  // namespace seed::storage
