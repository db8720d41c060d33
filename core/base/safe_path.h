// SafePath: the only kind of path that io::Files takes. A root that the administrator chose, and a
// relative path that cannot leave it.
//
// Names from a torrent are made into components by sanitize_component (BEP 3 warns of "..";
// BEP 47, BEP 52). Symbolic links on disk are the adapter's part: it resolves beneath the root.
#pragma once

#include <compare>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace seed {

/// Longest component, in octets, that common file systems take.
inline constexpr std::size_t component_bytes_max = 255;
/// Longest path, in octets, root included (PATH_MAX less its NUL).
inline constexpr std::size_t path_bytes_max = 4095;

class SafePath {
 public:
  SafePath() = default;
  /// `root` must be absolute. It is normalised as text ("//", "/./", trailing "/"); ".." in it is
  /// refused. Fault: malformed, with the reason.
  static Result<SafePath> root(std::string_view absolute);
  /// Each component must be non-empty, not "." or "..", without '/' and NUL, and at most
  /// component_bytes_max long. Fault: malformed or too_large, with the reason.
  Result<SafePath> child(std::span<const std::string> components) const;
  Result<SafePath> child(std::string_view component) const;
  /// `relative` is components joined by '/', e.g. a file's name in the RPC.
  Result<SafePath> descend(std::string_view relative) const;

  const std::string& root_path() const { return root_; }
  /// Components joined by '/'; empty for the root itself.
  const std::string& relative() const { return relative_; }
  bool is_root() const { return relative_.empty(); }
  /// Root and relative part as one text, for messages and for the user.
  std::string full() const;
  /// The same root with the last component dropped; the root itself for a root.
  SafePath parent() const;
  /// The last component; empty for a root.
  std::string_view name() const;
  /// This path with `suffix` (".part") added to its last component; not for a root.
  SafePath with_suffix(std::string_view suffix) const;

  auto operator<=>(const SafePath&) const = default;

 private:
  std::string root_;
  std::string relative_;
};

/// Makes one file or folder name of whatever a torrent says: ill-formed UTF-8, NUL, control
/// characters and '/' become '_'; "", "." and ".." become "_", "_" and "__"; a name longer than
/// component_bytes_max is cut in front of its extension at a character's edge. Deterministic.
std::string sanitize_component(Bytes name);

}  // namespace seed
