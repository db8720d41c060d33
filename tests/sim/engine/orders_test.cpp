// Orders and kill -9: what was answered is so after a restart.
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/engine/sim_world.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::sim;

namespace {

/// A machine with five stopped torrents.
class Five {
 public:
  explicit Five(const config::Settings& settings = {})
      : machine_(world_.add_machine(plan(settings))) {
    for (int i = 0; i < 5; ++i)
      contents_.push_back(std::make_unique<KnownContent>(
          ContentPlan{.name = "t" + std::to_string(i), .total_size = 64 * 1024, .trackers = {}},
          world_.dice().fork()));
    machine_.boot([this] {
      for (const auto& content : contents_) machine_.add(*content, true);
    });
    REQUIRE(world_.run(30s, [this] { return queue().size() == 5; }));
    // Until nothing waits to be saved that was not ordered.
    world_.run(60s, [] { return false; });
  }
  using Order = std::function<void(session::Session&, session::OrderAnswer<void>)>;
  /// Runs until it is answered.
  void order(const Order& give) {
    bool answered = false;
    machine_.with_session([&](session::Session& session) {
      give(session, [&](const session::OrderResult<void>& done) { answered = done.has_value(); });
    });
    REQUIRE(world_.run(30s, [&] { return answered; }));
  }
  /// Removes it with its data and adds it again at once; the new one's answer.
  session::AddReply remove_and_add(const std::string& name) {
    std::optional<session::OrderResult<session::AddReply>> added;
    bool removed = false;
    machine_.with_session([&](session::Session& session) {
      session.remove(one(name), true,
                     [&](const session::OrderResult<void>& done) { removed = done.has_value(); });
      session::AddOrder again;
      for (const auto& content : contents_)
        if (content->metainfo().name == name) again.source = content->torrent();
      again.paused = true;
      session.add(std::move(again),
                  [&](session::OrderResult<session::AddReply> reply) { added = std::move(reply); });
    });
    REQUIRE(world_.run(30s, [&] { return removed && added; }));
    REQUIRE(added->has_value());
    return **added;
  }
  /// Kills the machine when it is answered and starts it again.
  void order_and_kill(const Order& give) {
    order(give);
    machine_.crash(Crash::power);
    bool ready = false;
    machine_.boot([&] { ready = true; });
    REQUIRE(world_.run(30s, [&] { return ready; }));
  }
  session::Selection one(const std::string& name) const {
    session::Selection which;
    which.kind = session::Selection::Kind::listed;
    for (const auto& content : contents_)
      if (content->metainfo().name == name) which.listed = {content->hash()};
    return which;
  }
  /// Until that torrent is downloading.
  bool runs_within(Duration time, const std::string& name) {
    return world_.run(time, [&] {
      bool runs = false;
      machine_.with_session([&](session::Session& session) {
        session.list({.which = one(name), .groups = {}, .since = 0},
                     [&](const session::OrderResult<session::ListReply>& reply) {
                       for (const auto& torrent : reply->torrents)
                         runs = torrent.status == torrent::Status::downloading;
                     });
      });
      return runs;
    });
  }
  /// The names in the queue's order.
  std::vector<std::string> queue() {
    auto out = std::make_shared<std::vector<std::pair<std::int64_t, std::string>>>();
    machine_.with_session([&](session::Session& session) {
      session.list({.which = {}, .groups = {.texts = true}, .since = 0},
                   [out](const session::OrderResult<session::ListReply>& reply) {
                     for (const auto& torrent : reply->torrents)
                       out->emplace_back(torrent.queue_position, torrent.name);
                   });
    });
    std::sort(out->begin(), out->end());
    for (std::size_t i = 0; i < out->size(); ++i)
      REQUIRE((*out)[i].first == static_cast<std::int64_t>(i));
    std::vector<std::string> names;
    for (const auto& [position, name] : *out) names.push_back(name);
    return names;
  }

 private:
  static SimMachine::Plan plan(const config::Settings& settings) {
    SimMachine::Plan plan;
    plan.settings = settings;
    return plan;
  }
  SimWorld world_{5};
  SimMachine& machine_;
  std::vector<std::unique_ptr<KnownContent>> contents_;
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a move in the queue that was answered is so after a kill") {
  Five five;
  const Names before = five.queue();
  five.order_and_kill([&](session::Session& session, session::OrderAnswer<void> answer) {
    session.move_in_queue(five.one(before[4]), session::QueueMove::top, std::move(answer));
  });
  CHECK(five.queue() == Names{before[4], before[0], before[1], before[2], before[3]});
}

TEST_CASE("a place in the queue that was set is so after a kill") {
  Five five;
  const Names before = five.queue();
  five.order_and_kill([&](session::Session& session, session::OrderAnswer<void> answer) {
    session::SetOrder order;
    order.which = five.one(before[0]);
    order.queue_position = 3;
    session.set(std::move(order), std::move(answer));
  });
  CHECK(five.queue() == Names{before[1], before[2], before[3], before[0], before[4]});
}

TEST_CASE("the queue closes up behind a torrent that is removed, and keeps its order") {
  Five five;
  const Names before = five.queue();
  five.order_and_kill([&](session::Session& session, session::OrderAnswer<void> answer) {
    session.remove(five.one(before[1]), false, std::move(answer));
  });
  CHECK(five.queue() == Names{before[0], before[2], before[3], before[4]});
  // What is saved of one afterwards means the same among the others.
  five.order_and_kill([&](session::Session& session, session::OrderAnswer<void> answer) {
    session.move_in_queue(five.one(before[3]), session::QueueMove::up, std::move(answer));
  });
  CHECK(five.queue() == Names{before[0], before[3], before[2], before[4]});
}

TEST_CASE("a torrent that is added while it is removed with its data is there afterwards") {
  Five five;
  const Names before = five.queue();
  const auto added = five.remove_and_add(before[0]);
  CHECK_FALSE(added.duplicate);
  CHECK(five.queue() == Names{before[1], before[2], before[3], before[4], before[0]});
}

TEST_CASE("the next in the queue runs as soon as one is removed") {
  config::Settings settings;
  settings.download_queue_size = 1;
  settings.queue_stalled_enabled = false;
  Five five(settings);
  const Names names = five.queue();
  five.order([&](session::Session& session, session::OrderAnswer<void> answer) {
    session.start_torrents({}, false, std::move(answer));
  });
  REQUIRE(five.runs_within(5s, names[0]));
  CHECK_FALSE(five.runs_within(60s, names[1]));
  five.order([&](session::Session& session, session::OrderAnswer<void> answer) {
    session.remove(five.one(names[0]), false, std::move(answer));
  });
  CHECK(five.runs_within(2s, names[1]));
}
