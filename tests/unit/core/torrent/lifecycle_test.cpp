#include "core/torrent/lifecycle.h"

#include "tests/support/catch.h"

namespace seed::torrent {
namespace {

using Phase = Lifecycle::Phase;
using Step = Lifecycle::Step;
using Announce = Lifecycle::Announce;

constexpr LifecycleFacts leech{.wanted = true};
constexpr LifecycleFacts seed_at_rest{.wanted = true, .done = true};
constexpr LifecycleFacts unwanted{};

Instant at(Duration since) { return Instant(1h + since); }

const Fault full{FaultCode::disk_full, 0, "no room"};
const Fault gone{FaultCode::root_missing, 0, "no folder"};
const Fault broken{FaultCode::io, 5, "read error"};

/// One that downloads.
Lifecycle running() {
  Lifecycle life;
  life.allow(true);
  CHECK(life.next_step(leech, at(0s)) == Step::load);
  life.on_loaded();
  CHECK(life.on_resumed(false, false) == Lifecycle::Resumed::ready);
  life.on_ready(at(0s));
  return life;
}

TEST_CASE("a torrent is loaded when it is to download, once") {
  Lifecycle life;
  CHECK(life.next_step(leech, at(0s)) == Step::none);
  CHECK(life.allow(true));
  CHECK_FALSE(life.allow(true));
  CHECK(life.next_step(leech, at(0s)) == Step::load);
  CHECK(life.next_step(leech, at(0s)) == Step::none);
  CHECK(life.expects_content());
}

TEST_CASE("a seed stays at rest until somebody asks for its content") {
  Lifecycle life;
  life.allow(true);
  CHECK(life.next_step(seed_at_rest, at(0s)) == Step::none);
  CHECK(life.status(seed_at_rest, false) == Status::seeding);
  auto held = seed_at_rest;
  held.held = true;
  CHECK(life.next_step(held, at(0s)) == Step::load);
}

TEST_CASE("a stopped torrent is loaded for those who ask") {
  Lifecycle life;
  CHECK(life.next_step({.held = true}, at(0s)) == Step::load);
}

TEST_CASE("the queue decides between waiting and running") {
  Lifecycle life;
  CHECK(life.status(leech, false) == Status::download_wait);
  CHECK(life.status(seed_at_rest, false) == Status::seed_wait);
  CHECK(life.status(unwanted, false) == Status::stopped);
  life.allow(true);
  CHECK(life.status(leech, false) == Status::downloading);
  CHECK(life.active(leech));
  CHECK_FALSE(life.active(unwanted));
}

TEST_CASE("blocks are asked for only when the content is there and something is missing") {
  Lifecycle life;
  life.allow(true);
  CHECK_FALSE(life.runs(leech).downloads);
  life = running();
  CHECK(life.runs(leech).downloads);
  CHECK_FALSE(life.runs(seed_at_rest).downloads);
  CHECK_FALSE(life.runs(unwanted).downloads);
}

TEST_CASE("a leech announces itself when it knows what is missing, a seed at once") {
  Lifecycle life;
  life.allow(true);
  CHECK(life.runs(leech).announce == Announce::as_it_is);
  CHECK(life.runs(seed_at_rest).announce == Announce::start);
  CHECK(running().runs(leech).announce == Announce::start);
  CHECK(running().runs(unwanted).announce == Announce::stop);
}

TEST_CASE("content rests a minute after it was last needed") {
  Lifecycle life = running();
  CHECK_FALSE(life.may_rest(leech, at(2min)));
  CHECK_FALSE(life.may_rest(unwanted, at(59s)));
  CHECK(life.may_rest(unwanted, at(60s)));
  life.touch(at(50s));
  CHECK_FALSE(life.may_rest(unwanted, at(60s)));
}

TEST_CASE("a check that is wanted comes when the content is there, and shows before") {
  Lifecycle life;
  life.want_check();
  CHECK(life.status(unwanted, false) == Status::check_wait);
  CHECK(life.next_step(unwanted, at(0s)) == Step::load);
  life.on_loaded();
  CHECK(life.on_resumed(false, false) == Lifecycle::Resumed::check_all);
  life.begin_check();
  CHECK(life.status(unwanted, true) == Status::check_wait);
  CHECK(life.status(unwanted, false) == Status::checking);
  CHECK_FALSE(life.runs(leech).links);
  CHECK(life.on_checked({}, true) == Lifecycle::Checked::done);
}

TEST_CASE("a check of a torrent that is awake begins at once, and announces wait for it") {
  Lifecycle life = running();
  life.want_check();
  CHECK(life.runs(leech).announce == Announce::as_it_is);
  CHECK(life.next_step(leech, at(0s)) == Step::check);
  CHECK(life.runs(leech).links);
  life.begin_check();
  CHECK_FALSE(life.runs(leech).links);
  CHECK(life.next_step(leech, at(0s)) == Step::none);
  const auto stopped = life.stop();
  CHECK(stopped.check);
  CHECK_FALSE(stopped.error);
}

TEST_CASE("a check that is stopped half way leaves what it did not come to") {
  const Result<void> cancelled = fail(FaultCode::cancelled, "stopped");
  Lifecycle life = running();
  life.begin_check();
  CHECK(life.on_checked(cancelled, false) == Lifecycle::Checked::left);
  CHECK(life.on_checked(cancelled, true) == Lifecycle::Checked::done);
  CHECK(life.on_checked(std::unexpected(broken), false) == Lifecycle::Checked::failed);
  CHECK(life.phase() == Phase::ready);
  life.begin_check();
  life.leave();
  CHECK(life.on_checked(cancelled, false) == Lifecycle::Checked::leaving);
}

TEST_CASE("files that vanished are an error until the user accepts it") {
  Lifecycle life;
  CHECK(life.on_resumed(true, false) == Lifecycle::Resumed::lost);
  SECTION("by starting it by hand after the error") {
    CHECK_FALSE(life.start(true));
    CHECK(life.on_resumed(true, false) == Lifecycle::Resumed::lost);
    life.on_fault({FaultCode::not_found, 0, "gone"}, at(0s));
    CHECK(life.start(true));
    CHECK(life.on_resumed(true, false) == Lifecycle::Resumed::ready);
  }
  SECTION("by verifying") {
    CHECK_FALSE(life.accept_loss());
    CHECK(life.on_resumed(true, true) == Lifecycle::Resumed::check_some);
  }
  SECTION("by saying that it is elsewhere") {
    life.relocate();
    CHECK(life.on_resumed(true, false) == Lifecycle::Resumed::check_all);
  }
  SECTION("once") {
    life.accept_loss();
    life.on_resumed(true, false);
    CHECK(life.on_resumed(true, false) == Lifecycle::Resumed::lost);
  }
}

TEST_CASE("leave to write over files is given by name, and for the error that asks for it") {
  const Fault taken{FaultCode::exists, 0, "is there already"};
  Lifecycle life;
  life.on_fault(taken, at(0s));
  life.on_stranger();
  SECTION("by starting it") {
    CHECK(life.start(true));
    CHECK(life.may_overwrite());
  }
  SECTION("not by starting all") {
    CHECK(life.start(false));
    CHECK_FALSE(life.may_overwrite());
  }
  SECTION("not by starting it after another error") {
    SECTION("that came when it was stopped") { life.stop(); }
    SECTION("that came when it was verified") { life.accept_loss(); }
    SECTION("that came when it was elsewhere") { life.relocate(); }
    life.on_fault({FaultCode::disk_full, 0, "full"}, at(1s));
    CHECK(life.start(true));
    CHECK_FALSE(life.may_overwrite());
  }
  SECTION("not by starting it after an error that took its place") {
    CHECK(life.on_fault(gone, at(1s)));
    CHECK_FALSE(life.told_of_stranger());
    CHECK(life.start(true));
    CHECK_FALSE(life.may_overwrite());
  }
}

TEST_CASE("nothing is done any more with content that goes when it is free") {
  Lifecycle life = running();
  life.outdate();
  CHECK_FALSE(life.runs(leech).downloads);
  life.want_check();
  CHECK(life.next_step(leech, at(0s)) == Step::none);
  life.rest();
  CHECK_FALSE(life.outdated());
  CHECK(life.next_step(leech, at(0s)) == Step::load);
}

TEST_CASE("what is owed waits after a check that was stopped") {
  Lifecycle life;
  const LifecycleFacts owed{.owed = true};
  CHECK(life.needs_content(owed));
  CHECK(life.next_step(owed, at(0s)) == Step::load);
  life.on_loaded();
  CHECK(life.on_resumed(false, true) == Lifecycle::Resumed::check_some);
  life.begin_check();
  CHECK(life.stop().check);
  CHECK_FALSE(life.needs_content(owed));
  life.start(true);
  CHECK(life.needs_content(owed));
}

TEST_CASE("an error stops a torrent until it is started again") {
  Lifecycle life = running();
  CHECK(life.on_fault(broken, at(0s)));
  CHECK(life.status(leech, false) == Status::stopped);
  CHECK_FALSE(life.runnable(leech));
  CHECK_FALSE(life.needs_content(leech));
  CHECK(life.retry_at() == never);
  CHECK(life.start(true));
  CHECK(life.status(leech, false) == Status::downloading);
  CHECK_FALSE(life.start(true));
}

TEST_CASE("the first error stands, but a disk that went away explains it") {
  Lifecycle life;
  CHECK(life.on_fault(broken, at(0s)));
  CHECK_FALSE(life.on_fault(full, at(1s)));
  CHECK(life.on_fault(gone, at(2s)));
  CHECK_FALSE(life.on_fault(gone, at(3s)));
  CHECK(life.error()->code == FaultCode::root_missing);
}

TEST_CASE("why a folder is missing is told as it is now") {
  Lifecycle life;
  const Fault other{FaultCode::root_missing, 0, "another file system is mounted there"};
  CHECK_FALSE(life.on_root_reason(other));
  life.on_fault(gone, at(0s));
  CHECK_FALSE(life.on_root_reason(gone));
  CHECK_FALSE(life.on_root_reason(full));
  CHECK(life.on_root_reason(other));
  CHECK(life.error()->text == other.text);
}

TEST_CASE("a full disk is looked at every ten seconds until it has room") {
  Lifecycle life;
  life.on_fault(full, at(0s));
  CHECK(life.retry_at() == at(10s));
  CHECK(life.take_retry() == FaultCode::disk_full);
  CHECK(life.retry_at() == never);
  CHECK_FALSE(life.on_fault_checked(false, at(11s)));
  CHECK(life.retry_at() == at(21s));
  life.take_retry();
  CHECK(life.on_fault_checked(true, at(22s)));
  CHECK_FALSE(life.error());
  CHECK_FALSE(life.on_fault_checked(true, at(23s)));
}

TEST_CASE("a want of descriptors is over by itself") {
  Lifecycle life;
  life.on_fault({FaultCode::out_of_resources, 24, "too many open files"}, at(0s));
  CHECK(life.retry_at() == at(10s));
  CHECK(life.take_retry() == FaultCode::out_of_resources);
  CHECK(life.on_fault_checked(true, at(10s)));
  CHECK_FALSE(life.error());
}

TEST_CASE("room on a disk does not bring back a folder that is missing") {
  Lifecycle life;
  life.on_fault(gone, at(0s));
  life.take_retry();
  CHECK_FALSE(life.on_fault_checked(true, at(10s)));
  CHECK(life.error());
  CHECK(life.on_root_back());
  CHECK(life.retry_at() == never);
  CHECK_FALSE(life.on_root_back());
}

TEST_CASE("a folder that is back mends no other error") {
  Lifecycle life;
  life.on_fault(broken, at(0s));
  CHECK_FALSE(life.on_root_back());
  CHECK(life.error());
}

TEST_CASE("stopping by hand forgets the error") {
  Lifecycle life;
  life.on_fault(full, at(0s));
  const auto stopped = life.stop();
  CHECK_FALSE(stopped.check);
  CHECK(stopped.error);
  CHECK_FALSE(life.stop().error);
  CHECK_FALSE(life.error());
  CHECK(life.retry_at() == never);
  CHECK_FALSE(life.take_retry());
}

TEST_CASE("one that leaves takes no content and does not run") {
  Lifecycle life;
  life.allow(true);
  life.next_step(leech, at(0s));
  life.leave();
  CHECK_FALSE(life.expects_content());
  CHECK_FALSE(life.needs_content(leech));
  CHECK(life.runs(leech).announce == Announce::stop);
}

TEST_CASE("a status is told once") {
  Lifecycle life;
  CHECK_FALSE(life.tell(Status::stopped));
  CHECK(life.tell(Status::seeding));
  CHECK_FALSE(life.tell(Status::seeding));
}

}  // namespace
}  // namespace seed::torrent
