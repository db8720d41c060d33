// WebFiles: the files of one folder, for browsers: what the setting rpc_web_dir names, under
// <base>web/. Only regular files in it: no link that leads out, and nothing whose name, or whose
// folder's, begins with a dot. All else is not found.
//
// Bounds: limits::web_file_bytes_max a file. Read in pieces, on the thread that asks; web_reads_max
// of a route at once, beyond: 503.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "rpc/http/exchange.h"
#include "rpc/route.h"

namespace seed::rpc {

class WebFiles {
 public:
  /// "" has no files. The folder need not be there yet.
  explicit WebFiles(std::string folder) : folder_(std::move(folder)) {}

  /// What the client has of the file.
  struct Asked {
    std::optional<std::string> none_match;      ///< If-None-Match
    std::optional<std::string> modified_since;  ///< If-Modified-Since
  };
  /// `path` is what follows <base>web/, as it was sent; of a folder, its index.html. Nothing when
  /// there is no such file. From any thread; waits for the disk.
  std::optional<HttpAnswer> serve(std::string_view path, const Asked& asked) const;

 private:
  std::string folder_;
};

/// Such files as a row of the front's table: all paths that begin with `prefix`, which ends with a
/// slash.
Route web_route(std::string prefix, std::string folder);
/// The file's name relative to the folder that such a path asks for; nothing when it may name none.
std::optional<std::string> web_file_name(std::string_view path);
/// By what the name ends with.
std::string_view web_content_type(std::string_view name);
/// Whether files of that type get smaller when they are packed.
bool gets_smaller(std::string_view type);

}  // namespace seed::rpc
