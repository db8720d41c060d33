#include "rpc/mirror.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/base/limits.h"
#include "tests/support/catch.h"

namespace seed::rpc {
namespace {

using session::ListQuery;
using session::ListReply;
using session::Status;
using session::TorrentNumber;
using session::TorrentSnapshot;

using namespace std::chrono_literals;

/// A session's lists, as far as a mirror asks for them.
class Torrents {
 public:
  void change(TorrentNumber number, std::string name, Status status = Status::stopped) {
    TorrentSnapshot& torrent = torrents_[number];
    torrent.number = number;
    torrent.name = std::move(name);
    torrent.status = status;
    torrent.sequence = ++sequence_;
  }
  void remove(TorrentNumber number) {
    torrents_.erase(number);
    removed_[number] = ++sequence_;
  }
  /// What was removed until now is not remembered.
  void forget_removed() { remembered_from_ = sequence_; }
  TorrentSnapshot& at(TorrentNumber number) { return torrents_.at(number); }

  ListReply list(const ListQuery& query) const {
    ListReply out;
    out.sequence = out.newest = sequence_;
    out.full = query.since == 0 || query.since < remembered_from_;
    if (out.full && query.since != 0) return out;
    for (const auto& [number, torrent] : torrents_)
      if (number > query.after && torrent.sequence > query.since) out.torrents.push_back(torrent);
    if (query.since != 0) std::ranges::sort(out.torrents, {}, &TorrentSnapshot::sequence);
    if (out.torrents.size() > query.most) {
      out.torrents.resize(query.most);
      if (!out.full) out.sequence = out.torrents.back().sequence;
    }
    if (out.full) return out;
    for (const auto& [number, at] : removed_)
      if (at > query.since && at <= out.sequence) out.removed.push_back(number);
    return out;
  }

 private:
  std::map<TorrentNumber, TorrentSnapshot> torrents_;
  std::map<TorrentNumber, std::uint64_t> removed_;
  std::uint64_t sequence_ = 0;
  std::uint64_t remembered_from_ = 0;
};

struct Setup {
  Torrents torrents;
  Mirror mirror;
  std::size_t told = 0;   ///< torrents that the session has copied
  session::Groups asked;  ///< by the last query

  std::expected<ListReply, CallError> ask(const ListQuery& query) {
    asked = query.groups;
    auto reply = torrents.list(query);
    told += reply.torrents.size();
    return reply;
  }
  void refresh() {
    CHECK(mirror.refresh([this](const ListQuery& query) { return ask(query); }).has_value());
  }
  std::string names() const {
    std::string out;
    mirror.each(Mirror::Clock::now(), false, [&](const TorrentSnapshot& t) { out += t.name; });
    return out;
  }
};

TEST_CASE("a mirror takes from the session only what has changed") {
  Setup setup;
  for (TorrentNumber i = 1; i <= 5; ++i) setup.torrents.change(i, "a");
  setup.refresh();
  CHECK(setup.names() == "aaaaa");
  CHECK(setup.told == 5);
  setup.torrents.change(2, "b");
  setup.torrents.change(6, "c");
  setup.torrents.remove(1);
  setup.refresh();
  CHECK(setup.names() == "baaac");
  CHECK(setup.told == 7);
  setup.refresh();
  CHECK(setup.told == 7);
}

TEST_CASE("a mirror has texts and what is counted of links, for most lists show them") {
  Setup setup;
  for (int i = 0; i < 2; ++i) {
    setup.torrents.change(1, "a");
    setup.asked = {};
    setup.refresh();
    CHECK(setup.asked.texts);
    CHECK(setup.asked.swarm);
    CHECK(Mirror::holds(setup.asked));
  }
  CHECK_FALSE(Mirror::holds({.peers = true}));
}

TEST_CASE("a mirror is filled in steps, and has what changed between them") {
  Setup setup;
  const TorrentNumber count = list_step + 10;
  for (TorrentNumber i = 1; i <= count; ++i) setup.torrents.change(i, "a");
  int steps = 0;
  const auto ask = [&](const ListQuery& query) {
    auto reply = setup.ask(query);
    CHECK(reply->torrents.size() <= list_step);
    if (++steps == 1) {
      setup.torrents.change(1, "x");
      setup.torrents.remove(2);
    }
    return reply;
  };
  CHECK(setup.mirror.refresh(ask).has_value());
  CHECK(setup.mirror.size() == count - 1);
  CHECK(setup.names().starts_with("xa"));
}

TEST_CASE("what changed comes in steps too") {
  Setup setup;
  const TorrentNumber count = 2 * list_step + 10;
  for (TorrentNumber i = 1; i <= count; ++i) setup.torrents.change(i, "a");
  setup.refresh();
  for (TorrentNumber i = 1; i <= count; ++i) setup.torrents.change(i, "b");
  setup.torrents.remove(count);
  int steps = 0;
  const auto ask = [&](const ListQuery& query) {
    auto reply = setup.ask(query);
    CHECK(reply->torrents.size() <= list_step);
    if (++steps == 1) {
      setup.torrents.change(1, "c");
      setup.torrents.remove(2);
    }
    return reply;
  };
  CHECK(setup.mirror.refresh(ask).has_value());
  CHECK(steps == 3);
  setup.refresh();
  CHECK(setup.mirror.size() == count - 2);
  const auto names = setup.names();
  CHECK(names.starts_with("cbb"));
  CHECK(std::ranges::count(names, 'a') == 0);
}

TEST_CASE("who waits in vain for another thread to fill it is told that it is busy") {
  Setup setup;
  setup.torrents.change(1, "a");
  std::expected<void, CallError> second;
  const auto ask = [&](const ListQuery& query) {
    const auto late = [&](const ListQuery& other) { return setup.ask(other); };
    // On the same thread: whoever fills does not give up its turn.
    if (setup.told == 0) second = setup.mirror.refresh(late, Mirror::Clock::now() + 10ms);
    return setup.ask(query);
  };
  CHECK(setup.mirror.refresh(ask).has_value());
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().busy);
  CHECK(setup.names() == "a");
}

TEST_CASE("who asks for more than is remembered as removed gets all of it again") {
  Setup setup;
  for (TorrentNumber i = 1; i <= 3; ++i) setup.torrents.change(i, "a");
  setup.refresh();
  setup.torrents.remove(2);
  setup.torrents.change(3, "b");
  setup.torrents.forget_removed();
  setup.refresh();
  CHECK(setup.names() == "ab");
}

/// refresh() of `setup`, whose answer comes after `meanwhile`.
void refresh_late(Setup& setup, const std::function<void()>& meanwhile) {
  const auto ask = [&](const ListQuery& query) {
    auto reply = setup.ask(query);
    meanwhile();
    return reply;
  };
  CHECK(setup.mirror.refresh(ask).has_value());
}

TEST_CASE("an answer that was overtaken takes nothing back") {
  Setup setup;
  for (TorrentNumber i = 1; i <= 3; ++i) setup.torrents.change(i, "a");
  setup.refresh();
  SECTION("of what changed") {
    setup.torrents.change(1, "b");
    setup.torrents.change(2, "b");
    refresh_late(setup, [&] {
      setup.torrents.change(1, "c");
      setup.torrents.remove(2);
      setup.refresh();
    });
  }
  SECTION("of all there are") {
    setup.torrents.forget_removed();
    setup.torrents.change(1, "b");
    setup.torrents.change(2, "b");
    setup.torrents.forget_removed();
    refresh_late(setup, [&] {
      setup.torrents.change(1, "c");
      setup.torrents.remove(2);
      setup.refresh();
    });
  }
  CHECK(setup.names() == "ca");
}

TEST_CASE("what runs with the clock runs on in a copy") {
  Setup setup;
  setup.torrents.change(1, "a", Status::seeding);
  setup.torrents.change(2, "b", Status::stopped);
  setup.torrents.at(1).eta_idle = setup.torrents.at(2).eta_idle = 100;
  setup.torrents.at(1).seconds_seeding = 7;
  setup.refresh();
  const auto facts = [&](bool by_clock) {
    std::vector<std::pair<std::int64_t, std::int64_t>> out;
    setup.mirror.each(Mirror::Clock::now() + 30s + 500ms, by_clock, [&](const TorrentSnapshot& t) {
      out.emplace_back(t.seconds_seeding, t.eta_idle);
    });
    return out;
  };
  using Facts = std::vector<std::pair<std::int64_t, std::int64_t>>;
  CHECK(facts(true) == Facts{{37, 70}, {0, 100}});
  CHECK(facts(false) == Facts{{7, 100}, {0, 100}});
}

TEST_CASE("in a copy a manual announce is allowed from its time on, and not before") {
  Setup setup;
  for (TorrentNumber i = 1; i <= 4; ++i) {
    setup.torrents.change(i, "a", i == 4 ? Status::stopped : Status::seeding);
    setup.torrents.at(i).taken = from_unix_seconds(1000);
  }
  setup.torrents.at(1).manual_announce = 1000;
  setup.torrents.at(2).manual_announce = 1020;
  setup.torrents.at(3).manual_announce = 1040;
  setup.refresh();
  std::vector<std::int64_t> allowed;
  setup.mirror.each(Mirror::Clock::now() + 30s + 500ms, true,
                    [&](const TorrentSnapshot& t) { allowed.push_back(t.manual_announce); });
  CHECK(allowed == std::vector<std::int64_t>{1030, 1030, 1040, -1});
}

TEST_CASE("a mirror that nobody asks is empty, and is filled again") {
  Setup setup;
  setup.torrents.change(1, "a");
  setup.refresh();
  setup.mirror.forget_if_idle(Mirror::Clock::now());
  CHECK(setup.mirror.size() == 1);
  setup.mirror.forget_if_idle(Mirror::Clock::now() + limits::changes_idle_max + 1s);
  CHECK(setup.mirror.size() == 0);
  setup.refresh();
  CHECK(setup.names() == "a");
}

TEST_CASE("without an answer a mirror says so, and stays what it was") {
  Setup setup;
  setup.torrents.change(1, "a");
  const auto refuse_all = [](const ListQuery&) -> std::expected<ListReply, CallError> {
    return refuse(-1, "busy");
  };
  CHECK_FALSE(setup.mirror.refresh(refuse_all).has_value());
  CHECK(setup.mirror.size() == 0);
  setup.refresh();
  CHECK_FALSE(setup.mirror.refresh(refuse_all).has_value());
  CHECK(setup.names() == "a");
}

}  // namespace
}  // namespace seed::rpc
