#include "core/metainfo/creation.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include "core/base/safe_path.h"
#include "core/metainfo/file_layout_builder.h"
#include "core/metainfo/glob.h"
#include "core/metainfo/info_fields.h"

namespace seed::metainfo {
namespace {

/// BEP 47: where clients that know no pad files write them.
constexpr std::string_view pad_folder = ".pad";

std::string joined(const std::vector<std::string>& path) {
  return fmt::format("{}", fmt::join(path, "/"));
}

Result<void> check_names(const std::vector<std::string>& path, std::string_view what) {
  for (const std::string& name : path) {
    // What other clients would call otherwise, we could not seed by its name.
    if (name.empty() || sanitize_component(as_bytes(name)) != name) {
      return malformed(
          fmt::format("the name of {} cannot stand in a torrent: {}", what, to_utf8(joined(path))));
    }
  }
  return {};
}

Result<std::uint32_t> piece_length_for(std::uint64_t total, const CreationOptions& options) {
  const std::uint32_t given = options.piece_length;
  if (given == 0) return chosen_piece_length(total);
  if (given > creation_piece_bytes_max) {
    return malformed(
        fmt::format("the piece length is larger than {} MiB", creation_piece_bytes_max >> 20));
  }
  if (given % block_size != 0) return malformed("the piece length is not a multiple of 16 KiB");
  if (options.version != TorrentVersion::v1 && !std::has_single_bit(given))
    return malformed("the piece length is not a power of two, as v2 needs it");
  return given;
}

bool is_excluded(const SourceFile& file, const CreationOptions& options) {
  const std::string path = joined(file.path);
  return std::ranges::any_of(options.exclude,
                             [&](const std::string& one) { return excludes(one, path); });
}

class Planner {
 public:
  Planner(std::vector<SourceFile> files, const CreationOptions& options)
      : files_(std::move(files)), options_(options) {}

  Result<CreationPlan> plan() {
    SEED_TRY_VOID(check_options());
    for (std::uint32_t at = 0; at < files_.size(); ++at) {
      if (is_excluded(files_[at], options_)) continue;
      SEED_TRY_VOID(check_file(files_[at]));
      order_.push_back(at);
    }
    SEED_TRY_VOID(put_in_order());
    SEED_TRY_VOID(lay_out());
    return std::move(out_);
  }

 private:
  bool has_v2() const { return options_.version != TorrentVersion::v1; }

  Result<void> check_options() const {
    SEED_TRY_VOID(check_names({options_.name}, "the torrent"));
    if (options_.as_given && has_v2())
      return malformed("the files of a v2 torrent are ordered by name");
    if (!options_.is_folder &&
        (files_.size() != 1 || files_.front().path != std::vector{options_.name}))
      return malformed("a torrent of one file has that file alone, by the torrent's name");
    return {};
  }

  Result<void> check_file(const SourceFile& file) const {
    SEED_TRY_VOID(check_names(file.path, "a file"));
    if (file.path.empty()) return malformed("a file has no name");
    if (file.path.size() > creation_depth_max)
      return fail(FaultCode::too_large, "too many folders deep: " + joined(file.path));
    if (file.attributes.pad) return malformed("pad files are made, not given");
    if (options_.version == TorrentVersion::hybrid && file.path == std::vector{std::string(".pad")})
      return malformed("a file called .pad cannot stand in a hybrid, which has a folder of it");
    if (!file.attributes.symlink) return {};
    if (!options_.is_folder || file.symlink_target.empty() || file.length != 0)
      return malformed("not a link to something in the torrent: " + joined(file.path));
    return check_names(file.symlink_target, "a link's target");
  }

  Result<void> put_in_order() {
    std::vector<std::uint32_t> by_name = order_;
    std::ranges::stable_sort(by_name, {},
                             [this](std::uint32_t at) -> auto& { return files_[at].path; });
    for (std::size_t at = 1; at < by_name.size(); ++at) {
      const auto& before = files_[by_name[at - 1]].path;
      const auto& path = files_[by_name[at]].path;
      if (before.size() <= path.size() && std::equal(before.begin(), before.end(), path.begin()))
        return malformed("there twice, or both file and folder: " + joined(before));
    }
    if (!options_.as_given) order_ = std::move(by_name);
    return {};
  }

  Result<void> lay_out() {
    std::uint64_t total = 0;
    for (const std::uint32_t at : order_) {
      // Far beyond what pieces_max pieces hold, which add() refuses; but no sum may wrap round.
      if (files_[at].length > ~std::uint64_t{0} - total)
        return fail(FaultCode::too_large, "the files are too large together");
      total += files_[at].length;
    }
    if (total == 0) return malformed("there is no content in the files");
    SEED_TRY(const std::uint32_t piece_length, piece_length_for(total, options_));
    const bool pads = options_.version == TorrentVersion::hybrid && order_.size() > 1;
    FileLayoutBuilder builder(piece_length, options_.version == TorrentVersion::v2
                                                ? Alignment::per_file
                                                : Alignment::contiguous);
    for (const std::uint32_t at : order_) {
      SourceFile& file = files_[at];
      const std::uint64_t over = file.length % piece_length;
      SEED_TRY_VOID(add(builder, file.length, file.attributes,
                        {at, std::move(file.path), std::move(file.symlink_target)}));
      if (pads && over != 0) SEED_TRY_VOID(add_pad(builder, piece_length - over));
    }
    SEED_TRY(out_.layout, std::move(builder).finish());
    out_.version = options_.version;
    out_.name = options_.name;
    out_.is_folder = options_.is_folder;
    out_.is_private = options_.is_private;
    out_.source = options_.source;
    return {};
  }

  Result<void> add_pad(FileLayoutBuilder& builder, std::uint64_t length) {
    FileAttributes attributes;
    attributes.pad = true;
    return add(builder, length, attributes,
               {PlannedFile::pad, {std::string(pad_folder), std::to_string(length)}, {}});
  }

  Result<void> add(FileLayoutBuilder& builder, std::uint64_t length, FileAttributes attributes,
                   PlannedFile file) {
    FileEntry entry{length, {}, attributes, {}};
    entry.path = file.path;
    if (options_.is_folder) entry.path.insert(entry.path.begin(), options_.name);
    entry.symlink_path = file.symlink_target;
    SEED_TRY_VOID(builder.add(entry));
    out_.files.push_back(std::move(file));
    return {};
  }

  std::vector<SourceFile> files_;
  const CreationOptions& options_;
  std::vector<std::uint32_t> order_;  ///< of what is not excluded
  CreationPlan out_;
};

}  // namespace

std::uint32_t chosen_piece_length(std::uint64_t total_size) {
  constexpr std::uint64_t pieces_wanted = 2048;
  constexpr std::uint32_t largest = 16u << 20;  // what Transmission and most clients read
  std::uint32_t length = block_size;
  while (length < largest && total_size / length >= pieces_wanted) length *= 2;
  return length;
}

Result<CreationPlan> plan_creation(std::vector<SourceFile> files, const CreationOptions& options) {
  return Planner(std::move(files), options).plan();
}

}  // namespace seed::metainfo
