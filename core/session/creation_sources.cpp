#include "core/session/creation_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/limits.h"
#include "core/metainfo/glob.h"

namespace seed::session {

namespace {

class Walk {
 public:
  Walk(io::Files& files, const SourceWish& wish, const std::atomic<bool>& called_off)
      : files_(files), wish_(wish), called_off_(called_off) {}

  Result<Sources> run() {
    SEED_TRY(const auto kind, files_.kind(wish_.path));
    SEED_TRY(out_.is_folder, is_folder(wish_.path, kind));
    if (out_.is_folder)
      SEED_TRY_VOID(walk(wish_.path, {}));
    else
      SEED_TRY_VOID(add(wish_.path, {std::string(wish_.path.name())}));
    return std::move(out_);
  }

 private:
  using Names = std::vector<std::string>;

  Result<void> walk(const SafePath& folder, const Names& above) {
    SEED_TRY(const auto entries, files_.list(folder));
    for (const auto& entry : entries) {
      if (called_off_) return fail(FaultCode::cancelled, "the torrent is no longer made");
      Names names = above;
      names.push_back(entry.name);
      if (is_left_out(names)) continue;
      SEED_TRY(const auto path, folder.child(entry.name));
      // Also what ends a circle of links.
      if (++seen_ > limits::files_max)
        return fail(FaultCode::too_large, fmt::format("more than {} files and folders: {}",
                                                      limits::files_max, wish_.path.full()));
      if (names.size() > metainfo::creation_depth_max)
        return fail(FaultCode::too_large, "too many folders deep: " + path.full());
      SEED_TRY(const bool is_one, is_folder(path, entry.kind));
      if (is_one)
        SEED_TRY_VOID(walk(path, names));
      else
        SEED_TRY_VOID(add(path, std::move(names)));
    }
    return {};
  }

  /// Else a file.
  Result<bool> is_folder(const SafePath& path, io::FileKind kind) {
    switch (kind) {
      case io::FileKind::regular:
        return false;
      case io::FileKind::folder:
        return true;
      case io::FileKind::symlink:
        break;
      case io::FileKind::other:
        return fail(FaultCode::unsupported,
                    path.full() + " is neither a file nor a folder; leave it out by a pattern");
    }
    if (wish_.links == SourceLinks::refuse)
      return fail(FaultCode::unsupported, path.full() +
                                              " is a symbolic link; have links followed, or leave "
                                              "it out by a pattern");
    if (const auto file = files_.open(path, io::OpenMode::read)) return false;
    SEED_TRY_VOID(files_.list(path));
    return true;
  }

  Result<void> add(const SafePath& path, Names names) {
    SEED_TRY(const auto stamp, files_.stamp(path));
    out_.files.push_back({std::move(names), stamp.size, {}, {}});
    return {};
  }

  bool is_left_out(const Names& names) const {
    if (!wish_.hidden && names.back().starts_with('.')) return true;
    if (wish_.exclude.empty()) return false;
    std::string path = names.front();
    for (std::size_t at = 1; at < names.size(); ++at) path += '/' + names[at];
    return std::ranges::any_of(
        wish_.exclude, [&](const auto& pattern) { return metainfo::excludes(pattern, path); });
  }

  io::Files& files_;
  const SourceWish& wish_;
  const std::atomic<bool>& called_off_;
  std::size_t seen_ = 0;
  Sources out_;
};

}  // namespace

Result<Sources> list_sources(io::Files& files, const SourceWish& wish,
                             const std::atomic<bool>& called_off) {
  return Walk(files, wish, called_off).run();
}

}  // namespace seed::session
