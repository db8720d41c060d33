#include "core/session/wishes.h"

#include <algorithm>
#include <cstdint>

namespace seed::session {

using torrent::FileWish;

namespace {

/// Wanted and priority apart: an unwanted file that is wanted again is normal.
struct Change {
  const std::vector<std::int64_t>* indices;
  bool all;
  FileWish wish;
  bool only_wanted;  ///< a priority does not make an unwanted file wanted
};

std::vector<Change> changes_of(const FileChoice& choice) {
  return {{&choice.unwanted, choice.all_unwanted, FileWish::unwanted, false},
          {&choice.wanted, choice.all_wanted, FileWish::normal, false},
          {&choice.low, choice.all_low, FileWish::low, true},
          {&choice.normal, choice.all_normal, FileWish::normal, true},
          {&choice.high, choice.all_high, FileWish::high, true}};
}

void apply_one(FileWish& file, const Change& change) {
  if (change.only_wanted && file == FileWish::unwanted) return;
  const bool keeps_priority = change.wish == FileWish::normal && !change.only_wanted;
  if (keeps_priority && file != FileWish::unwanted) return;
  file = change.wish;
}

/// False when an index is beyond the files and `strict`: then nothing of that list is done.
bool apply(std::vector<FileWish>& files, const Change& change, bool strict) {
  const auto fits = [&](std::int64_t index) {
    return index >= 0 && index < static_cast<std::int64_t>(files.size());
  };
  if (strict && !std::all_of(change.indices->begin(), change.indices->end(), fits)) return false;
  if (change.all)
    for (auto& file : files) apply_one(file, change);
  for (const auto index : *change.indices)
    if (fits(index)) apply_one(files[static_cast<std::size_t>(index)], change);
  return true;
}

}  // namespace

std::optional<OrderResult<std::vector<FileWish>>> change_wishes(
    const torrent::TorrentRecord& record, const FileChoice& choice) {
  const auto changes = changes_of(choice);
  if (std::all_of(changes.begin(), changes.end(),
                  [](const Change& change) { return change.indices->empty() && !change.all; }))
    return std::nullopt;
  std::vector<FileWish> files = record.wishes;
  files.resize(record.content.file_count, FileWish::normal);
  bool good = true;
  for (const auto& change : changes) good = apply(files, change, true) && good;
  if (!good)
    return std::unexpected(
        OrderError{OrderErrorCode::file_index_out_of_range, "file index out of range"});
  return files;
}

std::vector<FileWish> wishes_for_new(std::uint32_t file_count, const FileChoice& choice) {
  std::vector<FileWish> files(file_count, FileWish::normal);
  for (const auto& change : changes_of(choice)) apply(files, change, false);
  const bool plain = std::all_of(files.begin(), files.end(),
                                 [](FileWish wish) { return wish == FileWish::normal; });
  return plain ? std::vector<FileWish>() : files;
}

}  // namespace seed::session
