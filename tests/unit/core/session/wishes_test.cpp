#include "core/session/wishes.h"

#include "tests/support/catch.h"

namespace seed::session {
namespace {

using torrent::FileWish;
using enum torrent::FileWish;

torrent::TorrentRecord record_of(std::vector<FileWish> wishes) {
  torrent::TorrentRecord record;
  record.content.file_count = static_cast<std::uint32_t>(wishes.size());
  record.wishes = std::move(wishes);
  return record;
}

TEST_CASE("a choice that says nothing changes nothing") {
  CHECK_FALSE(change_wishes(record_of({normal}), {}).has_value());
}

TEST_CASE("unwanted, wanted and priorities are carried out in that order") {
  FileChoice choice;
  choice.all_unwanted = true;
  choice.wanted = {1, 2};
  choice.high = {2};
  const auto changed = change_wishes(record_of({normal, normal, low}), choice);
  REQUIRE((changed.has_value() && changed->has_value()));
  CHECK(**changed == std::vector<FileWish>{unwanted, normal, high});
}

TEST_CASE("wanting a file that is wanted leaves its priority") {
  FileChoice choice;
  choice.wanted = {0};
  const auto changed = change_wishes(record_of({high}), choice);
  REQUIRE((changed.has_value() && changed->has_value()));
  CHECK(**changed == std::vector<FileWish>{high});
}

TEST_CASE("an index beyond the files is an error when setting and skipped when adding") {
  FileChoice choice;
  choice.unwanted = {0, 7};
  const auto changed = change_wishes(record_of({normal, normal}), choice);
  REQUIRE(changed.has_value());
  REQUIRE_FALSE(changed->has_value());
  CHECK((*changed).error().code == OrderErrorCode::file_index_out_of_range);
  CHECK(wishes_for_new(2, choice) == std::vector<FileWish>{unwanted, normal});
}

TEST_CASE("all files as usual is kept as nothing") { CHECK(wishes_for_new(3, {}).empty()); }

}  // namespace
}  // namespace seed::session
