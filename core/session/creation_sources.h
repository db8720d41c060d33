// Creation sources: the files that a torrent is to be made of, as they lie on disk.
//
// Names are in the order of io::Files, folders without files are nothing, and what is neither file,
// folder nor link is refused: it has no content. A link that is followed must end within the root
// of the path, as only that can be seeded from there.
//
// Bounds: limits::files_max files and folders; metainfo::creation_depth_max. Beyond: refused.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/safe_path.h"
#include "core/io/files.h"
#include "core/metainfo/creation.h"
#include "core/session/session.h"

namespace seed::session {

struct SourceWish {
  SafePath path;  ///< of a file or folder; its root is the folder that it lies in
  SourceLinks links = SourceLinks::refuse;
  bool hidden = true;                ///< as CreateOrder has it
  std::vector<std::string> exclude;  ///< as CreationOptions has it
};

struct Sources {
  bool is_folder = false;
  std::vector<metainfo::SourceFile> files;  ///< of a file its name; of a folder what is in it
};

/// In a job. Fault: the text names the file; `cancelled` when called off.
Result<Sources> list_sources(io::Files& files, const SourceWish& wish,
                             const std::atomic<bool>& called_off);

}  // namespace seed::session
