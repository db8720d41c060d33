#include "rpc/list_in_steps.h"

#include <vector>

#include "tests/support/catch.h"

namespace seed::rpc {
namespace {

using session::ListQuery;
using session::ListReply;
using session::TorrentNumber;

session::TorrentSnapshot torrent(TorrentNumber number, std::uint64_t sequence) {
  session::TorrentSnapshot out;
  out.number = number;
  out.sequence = sequence;
  return out;
}

ListReply changed(std::vector<session::TorrentSnapshot> torrents,
                  std::vector<TorrentNumber> removed, std::uint64_t sequence,
                  std::uint64_t newest) {
  return {.torrents = std::move(torrents),
          .removed = std::move(removed),
          .sequence = sequence,
          .full = false,
          .newest = newest};
}

TEST_CASE("of what several steps say of one torrent the last holds") {
  std::vector<ListReply> steps = {
      changed({torrent(1, 11), torrent(2, 12)}, {7}, 12, 14),
      changed({torrent(1, 13), torrent(7, 14)}, {2}, 15, 15),
  };
  std::vector<std::uint64_t> asked;
  const auto reply = list_in_steps(
      [&](const ListQuery& query) -> std::expected<ListReply, CallError> {
        CHECK(query.most == list_step);
        asked.push_back(query.since);
        return steps.at(asked.size() - 1);
      },
      {.which = {}, .groups = {}, .since = 10});
  REQUIRE(reply);
  CHECK(asked == std::vector<std::uint64_t>{10, 12});
  CHECK(reply->sequence == 15);
  CHECK_FALSE(reply->full);
  REQUIRE(reply->torrents.size() == 2);
  CHECK(reply->torrents[0].sequence == 13);
  CHECK(reply->torrents[1].number == 7);
  CHECK(reply->removed == std::vector<TorrentNumber>{2});
}

TEST_CASE("what is not known any more in the middle of it is said so") {
  int asked = 0;
  const auto reply = list_in_steps(
      [&](const ListQuery&) -> std::expected<ListReply, CallError> {
        if (++asked == 1) return changed({torrent(1, 11)}, {}, 11, 14);
        return ListReply{};
      },
      {.which = {}, .groups = {}, .since = 10});
  REQUIRE(reply);
  CHECK(reply->full);
  CHECK(reply->torrents.empty());
}

TEST_CASE("a step without an answer is an error") {
  const auto refuse_all = [](const ListQuery&) -> std::expected<ListReply, CallError> {
    return refuse(-1, "busy");
  };
  CHECK_FALSE(list_in_steps(refuse_all, {}).has_value());
}

}  // namespace
}  // namespace seed::rpc
