#include "core/session/wishes.h"

#include <algorithm>
#include <utility>

namespace seed::session {

using torrent::EarlyWish;
using torrent::FileWish;

namespace {

/// Wanted and priority apart, as the RPC has them.
struct File {
  bool wanted = true;
  Priority priority = Priority::normal;

  bool operator==(const File&) const = default;
};

/// What one list does to its files: one of the two.
struct Change {
  const std::vector<std::int64_t>* indices;
  bool all;
  std::optional<bool> wanted;
  Priority priority = Priority::normal;
};

std::vector<Change> changes_of(const FileChoice& choice) {
  return {{&choice.unwanted, choice.all_unwanted, false},
          {&choice.wanted, choice.all_wanted, true},
          {&choice.low, choice.all_low, std::nullopt, Priority::low},
          {&choice.normal, choice.all_normal, std::nullopt, Priority::normal},
          {&choice.high, choice.all_high, std::nullopt, Priority::high}};
}

void apply_one(File& file, const Change& change) {
  if (change.wanted)
    file.wanted = *change.wanted;
  else
    file.priority = change.priority;
}

/// False when an index is beyond the files and `strict`: then nothing of that list is done.
bool apply(std::vector<File>& files, const Change& change, bool strict) {
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

EarlyWish::Kind kind_of(Priority priority) {
  if (priority == Priority::low) return EarlyWish::Kind::low;
  return priority == Priority::high ? EarlyWish::Kind::high : EarlyWish::Kind::normal;
}

void apply_one(File& file, const EarlyWish& wish) {
  switch (wish.kind) {
    case EarlyWish::Kind::unwanted:
    case EarlyWish::Kind::wanted:
      file.wanted = wish.kind == EarlyWish::Kind::wanted;
      break;
    case EarlyWish::Kind::low:
      file.priority = Priority::low;
      break;
    case EarlyWish::Kind::normal:
      file.priority = Priority::normal;
      break;
    case EarlyWish::Kind::high:
      file.priority = Priority::high;
      break;
  }
}

bool plain(const std::vector<File>& files) {
  return std::ranges::all_of(
      files, [](const File& file) { return file.wanted && file.priority == Priority::normal; });
}

std::vector<File> files_of(const torrent::TorrentRecord& record) {
  std::vector<File> files(record.content.file_count);
  for (std::size_t i = 0; i < files.size(); ++i) {
    const FileWish wish = record.wish_of(i);
    files[i] = {wish != FileWish::unwanted, record.priority_of(i)};
  }
  return files;
}

Wishes wishes_of(const std::vector<File>& files) {
  Wishes out;
  const auto remembers = [](const File& file) {
    return !file.wanted && file.priority != Priority::normal;
  };
  if (std::any_of(files.begin(), files.end(), remembers))
    out.unwanted_priorities.resize(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto priority = std::to_underlying(files[i].priority);
    out.files.push_back(files[i].wanted ? static_cast<FileWish>(priority) : FileWish::unwanted);
    if (remembers(files[i])) out.unwanted_priorities[i] = priority;
  }
  return out;
}

}  // namespace

WishChange change_wishes(const torrent::TorrentRecord& record, const FileChoice& choice) {
  const auto before = files_of(record);
  auto files = before;
  bool good = true;
  for (const auto& change : changes_of(choice)) good = apply(files, change, true) && good;
  WishChange out;
  if (files != before) out.wishes = wishes_of(files);
  if (!good)
    out.error = OrderError{OrderErrorCode::file_index_out_of_range, "file index out of range"};
  return out;
}

Wishes wishes_for_new(std::uint32_t file_count, const FileChoice& choice) {
  std::vector<File> files(file_count);
  for (const auto& change : changes_of(choice)) apply(files, change, false);
  return plain(files) ? Wishes() : wishes_of(files);
}

std::vector<EarlyWish> early_wishes(const FileChoice& choice) {
  constexpr std::int64_t most = EarlyWish::every_file - 1;
  std::vector<EarlyWish> out;
  for (const auto& change : changes_of(choice)) {
    const auto kind = !change.wanted   ? kind_of(change.priority)
                      : *change.wanted ? EarlyWish::Kind::wanted
                                       : EarlyWish::Kind::unwanted;
    if (change.all) out.push_back({.kind = kind});
    for (const auto index : *change.indices) {
      if (index < 0 || index > most) continue;
      const auto file = static_cast<std::uint32_t>(index);
      const bool goes_on = !out.empty() && out.back().kind == kind &&
                           out.back().last != EarlyWish::every_file && out.back().last + 1 == file;
      if (goes_on)
        out.back().last = file;
      else
        out.push_back({.kind = kind, .first = file, .last = file});
    }
  }
  return out;
}

std::vector<EarlyWish> early_wishes(const std::vector<metainfo::FileSpan>& selected) {
  std::vector<EarlyWish> out;
  if (!selected.empty()) out.push_back({.kind = EarlyWish::Kind::unwanted});
  for (const auto& span : selected)
    out.push_back(
        {.kind = EarlyWish::Kind::wanted, .first = span.first.value, .last = span.last.value});
  return out;
}

Wishes wishes_from(std::uint32_t file_count, const std::vector<EarlyWish>& early) {
  std::vector<File> files(file_count);
  for (const auto& wish : early) {
    const std::uint64_t end = std::min<std::uint64_t>(file_count, std::uint64_t{wish.last} + 1);
    for (std::uint64_t i = wish.first; i < end; ++i) apply_one(files[i], wish);
  }
  return plain(files) ? Wishes() : wishes_of(files);
}

}  // namespace seed::session
