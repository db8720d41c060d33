// FileAccess: how a job gets at a torrent's files: handles it was given, else opened by name, with
// and without ".part", made when written first; and which it opened, for the table of open files.
//
// A file that must be made is made only while its root is the one we know: a root that is gone or
// another gives Fault root_missing, and nothing is created in it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "config/settings_types.h"
#include "core/base/piece.h"
#include "core/base/result.h"
#include "core/base/safe_path.h"
#include "core/io/files.h"

namespace seed::storage {

/// What a file is called until all of its room is reserved.
inline constexpr std::string_view making_suffix = ".seedd-making";

/// One file that a job may touch.
struct FileTarget {
  FileIndex file;
  std::uint64_t size = 0;  ///< octets it will have when complete
  SafePath path;           ///< where it is, or is to be
  /// Its name with the suffix the other way round, where it may be as well: it loses its suffix
  /// when it is complete. As `path`: what is there is not the torrent's.
  SafePath other;
  bool suffixed = false;  ///< `path` has the suffix
  std::shared_ptr<io::File> handle;
  bool writable = false;  ///< of `handle`
  bool has_data = false;  ///< pieces we claim are in it: it is not made anew when it is gone
};

/// What must hold before anything is made.
struct RootGuard {
  SafePath root;
  std::optional<io::RootIdentity> identity;  ///< nothing: not known, not compared
  config::Preallocation preallocation = config::Preallocation::off;
  /// Set when the store is gone: a job that still waits writes nothing then, for by now the files
  /// may be another's.
  std::shared_ptr<const std::atomic<bool>> called_off;
};

/// Octets of one target, or of a pad file: zeros that are nowhere.
struct Span {
  static constexpr std::uint32_t pad = ~std::uint32_t{0};
  std::uint32_t target = pad;
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
};

struct OpenedFile {
  FileIndex file;
  std::shared_ptr<io::File> handle;
  bool writable = false;
  bool created = false;
  bool suffixed = false;  ///< the name it was found or made under has the suffix
};

class FileAccess {
 public:
  FileAccess(io::Files& files, RootGuard guard, std::vector<FileTarget> targets);

  /// Of one that was found under its other name, `path` is that one by then.
  const std::vector<FileTarget>& targets() const { return targets_; }
  /// Fault not_found when it is under neither name, root_missing when its root is not there.
  Result<io::File*> reading(std::uint32_t target);
  /// Makes the file when it is not there; Fault not_found when it should be. One that is longer
  /// than the torrent's is cut; one that is only read stays as it is.
  Result<io::File*> writing(std::uint32_t target);
  /// Reads `spans`, one behind the other, into `out`, which together are as long. Pads give zeros.
  /// Fault io when a file ends too soon.
  Result<void> read(std::span<const Span> spans, std::span<const MutableBytes> out);
  /// Writes `in` to `spans`; pads are left out.
  Result<void> write(std::span<const Span> spans, std::span<const Bytes> in);
  /// Closes it, if nobody else has it open.
  void let_go(std::uint32_t target);
  std::vector<OpenedFile> take_opened() { return std::move(opened_); }

 private:
  Result<void> check_root();
  /// Opens what is there under one of its names; nothing when nothing is.
  Result<std::shared_ptr<io::File>> find(FileTarget& file, io::OpenMode mode);
  Result<io::File*> keep(std::uint32_t target, std::shared_ptr<io::File> handle, bool writable,
                         bool created);
  Result<std::shared_ptr<io::File>> make(const FileTarget& target);
  Result<std::shared_ptr<io::File>> make_in_full(const FileTarget& target);

  io::Files& files_;
  RootGuard guard_;
  std::vector<FileTarget> targets_;
  std::vector<OpenedFile> opened_;
};

}  // namespace seed::storage
