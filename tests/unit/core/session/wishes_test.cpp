#include "core/session/wishes.h"

#include <utility>

#include "tests/support/catch.h"

namespace seed::session {
namespace {

using torrent::FileWish;
using enum torrent::FileWish;
using Files = std::vector<FileWish>;
using Priorities = std::vector<std::int8_t>;

torrent::TorrentRecord record_of(Files wishes, Priorities unwanted_priorities = {}) {
  torrent::TorrentRecord record;
  record.content.file_count = static_cast<std::uint32_t>(wishes.size());
  record.wishes = std::move(wishes);
  record.unwanted_priorities = std::move(unwanted_priorities);
  return record;
}

/// The record as it is after a choice that is good.
torrent::TorrentRecord after(const torrent::TorrentRecord& record, const FileChoice& choice) {
  auto [wishes, error] = change_wishes(record, choice);
  CHECK_FALSE(error);
  REQUIRE(wishes);
  return record_of(std::move(wishes->files), std::move(wishes->unwanted_priorities));
}

TEST_CASE("a choice that says nothing changes nothing") {
  const auto [wishes, error] = change_wishes(record_of({normal}), {});
  CHECK_FALSE(wishes);
  CHECK_FALSE(error);
}

TEST_CASE("unwanted, wanted and priorities are carried out in that order") {
  FileChoice choice;
  choice.all_unwanted = true;
  choice.wanted = {1, 2};
  choice.high = {2};
  const auto changed = after(record_of({normal, normal, low}), choice);
  CHECK(changed.wishes == Files{unwanted, normal, high});
  CHECK(changed.unwanted_priorities.empty());
}

TEST_CASE("wanting a file that is wanted leaves its priority") {
  FileChoice choice;
  choice.wanted = {0};
  choice.unwanted = {1};
  CHECK(after(record_of({high, low}), choice).wishes == Files{high, unwanted});
}

TEST_CASE("a file keeps its priority while it is not wanted") {
  FileChoice none;
  none.all_unwanted = true;
  const auto left = after(record_of({low, high, normal}), none);
  CHECK(left.wishes == Files{unwanted, unwanted, unwanted});
  CHECK(left.unwanted_priorities == Priorities{-1, 1, 0});
  FileChoice all;
  all.all_wanted = true;
  const auto again = after(left, all);
  CHECK(again.wishes == Files{low, high, normal});
  CHECK(again.unwanted_priorities.empty());
}

TEST_CASE("a priority does not make a file wanted, and is there when it is") {
  FileChoice choice;
  choice.high = {0};
  choice.normal = {1};
  auto record = after(record_of({unwanted, unwanted}, {-1, -1}), choice);
  CHECK(record.wishes == Files{unwanted, unwanted});
  CHECK(record.unwanted_priorities == Priorities{1, 0});
  FileChoice first;
  first.wanted = {0};
  record = after(record, first);
  CHECK(record.wishes == Files{high, unwanted});
  CHECK(record.unwanted_priorities.empty());
}

TEST_CASE("a list with an index beyond the files is left out, and the others are carried out") {
  FileChoice choice;
  choice.unwanted = {0, 7};
  choice.low = {1};
  choice.high = {-1};
  const auto [wishes, error] = change_wishes(record_of({normal, normal}), choice);
  REQUIRE(error);
  CHECK(error->code == OrderErrorCode::file_index_out_of_range);
  REQUIRE(wishes);
  CHECK(wishes->files == Files{normal, low});
}

TEST_CASE("an index beyond the files is skipped when adding") {
  FileChoice choice;
  choice.unwanted = {0, 7};
  choice.high = {0};
  const auto wishes = wishes_for_new(2, choice);
  CHECK(wishes.files == Files{unwanted, normal});
  CHECK(wishes.unwanted_priorities == Priorities{1, 0});
}

TEST_CASE("all files as usual is kept as nothing") {
  CHECK(wishes_for_new(3, {}).files.empty());
  CHECK(wishes_for_new(3, {}).unwanted_priorities.empty());
}

TEST_CASE("what is said before the files are known comes to the same later") {
  FileChoice choice;
  choice.unwanted = {0, 7, -1};
  choice.high = {0};
  const auto later = wishes_from(2, early_wishes(choice));
  const auto now = wishes_for_new(2, choice);
  CHECK(later.files == now.files);
  CHECK(later.unwanted_priorities == now.unwanted_priorities);
  choice.all_unwanted = true;
  choice.wanted = {1};
  CHECK(wishes_from(3, early_wishes(choice)).files == wishes_for_new(3, choice).files);
  CHECK(wishes_from(3, early_wishes(FileChoice{})).files.empty());
}

TEST_CASE("a magnet that names files wants no others, and what is beyond the last is skipped") {
  const std::vector<metainfo::FileSpan> selected{{FileIndex{1}, FileIndex{1}},
                                                 {FileIndex{3}, FileIndex{0xFFFFFFFF}}};
  CHECK(wishes_from(5, early_wishes(selected)).files ==
        Files{unwanted, normal, unwanted, normal, normal});
  CHECK(early_wishes(std::vector<metainfo::FileSpan>{}).empty());
}

}  // namespace
}  // namespace seed::session
