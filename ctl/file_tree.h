// FileTree: the files of a torrent as the tree of folders that they are in.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ctl/json.h"

namespace seed::ctl {

/// A line of the tree: a file, or a folder with what all in it comes to.
struct TreeLine {
  std::string name;        ///< the last part of the path, behind the lines of the tree
  std::int64_t file = -1;  ///< its number; -1 for a folder
  std::int64_t length = 0;
  std::int64_t done = 0;
  bool wanted = false;  ///< of a folder: something in it is
  std::int64_t priority = 0;
  bool mixed = false;  ///< a folder whose files differ in what is wanted or in priority
};

/// `files` and `file_stats` of torrent_get, in their order within each folder. `utf8`: the lines of
/// the tree are drawn, else they are ASCII.
std::vector<TreeLine> file_tree(const Json& files, const Json& stats, bool utf8);

}  // namespace seed::ctl
