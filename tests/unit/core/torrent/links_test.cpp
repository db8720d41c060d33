#include "core/torrent/links.h"

#include <cerrno>

#include "core/base/limits.h"
#include "tests/unit/core/torrent/some_links.h"

namespace seed::torrent {
namespace {

using test::endpoint;
using test::FarPeer;
using Setup = test::SomeLinks;

TEST_CASE("why a dial failed tells whose fault it was") {
  CHECK(failure_of({FaultCode::out_of_resources, 0, ""}, false) == swarm::DialFailure::local);
  CHECK(failure_of({FaultCode::cancelled, 0, ""}, true) == swarm::DialFailure::local);
  CHECK(failure_of({FaultCode::refused, 0, ""}, false) == swarm::DialFailure::unreachable);
  CHECK(failure_of({FaultCode::closed, 0, ""}, true) == swarm::DialFailure::protocol);
  CHECK(failure_of({FaultCode::closed, 0, ""}, true, true) == swarm::DialFailure::mute);
  CHECK(failure_of({FaultCode::closed, 0, ""}, false, true) == swarm::DialFailure::unreachable);
  CHECK(failure_of({FaultCode::doublet, 0, ""}, true) == swarm::DialFailure::doublet);
  CHECK(failure_of(fault_from_errno(EADDRINUSE, "connect"), false) == swarm::DialFailure::local);
  CHECK(failure_of({FaultCode::malformed, 0, "connected to ourselves"}, true) ==
        swarm::DialFailure::ourselves);
}

TEST_CASE("an address where we meet ourselves is not dialled again") {
  Setup setup;
  const auto add = [&] {
    return setup.links.candidates().add(endpoint("10.0.0.1"), swarm::Source::tracker, {},
                                        setup.now());
  };
  REQUIRE(add());
  setup.dial();
  const auto far =
      FarPeer::dialled(setup.ground.net.dialled.back(), setup.content, setup.ours, setup.now());
  far->talk([&] { setup.turn(); }, setup.now());
  CHECK(setup.links.size() == 0);
  CHECK_FALSE(add());
}

TEST_CASE("why a link was closed tells whether to dial again") {
  CHECK(close_kind_of({FaultCode::malformed, 0, ""}) == swarm::CloseKind::bad);
  CHECK(close_kind_of({FaultCode::doublet, 0, ""}) == swarm::CloseKind::doublet);
  CHECK(close_kind_of({FaultCode::closed, 0, std::string(nothing_to_trade)}) ==
        swarm::CloseKind::useless);
  CHECK(close_kind_of({FaultCode::closed, 0, "by the peer"}) == swarm::CloseKind::good);
}

TEST_CASE("a dial that nobody could make is told to nobody but the table") {
  Setup setup;
  setup.links.candidates().add(endpoint("10.0.0.1"), swarm::Source::tracker, {}, setup.now());
  setup.ground.net.refuse = Fault{FaultCode::out_of_resources, 24, "too many open files"};
  peer::Local local;
  local.torrent = test::side_of(setup.content, setup.ours);
  setup.links.dial(*setup.next(), std::move(local), Rng(5), setup.ground.net, {});
  CHECK(setup.ground.host.half_open == 1);
  setup.turn();
  CHECK(setup.owner.gone.size() == 1);
  CHECK(setup.links.size() == 0);
  CHECK(setup.ground.host.links == 0);
  CHECK(setup.ground.host.half_open == 0);
  // Nobody's fault: it may be dialled again soon.
  setup.ground.clock.advance(swarm::Candidates::local_pause * 2);
  CHECK(setup.next());
}

TEST_CASE("a link opens when its peer has answered, and is no longer half open") {
  Setup setup;
  const auto far = setup.connect("10.0.0.1", 2);
  CHECK(setup.ground.host.half_open == 0);
  CHECK(setup.ground.host.links == 1);
  CHECK(far->connection.open());
  CHECK(setup.links.size() == 1);
}

TEST_CASE("a second link to one peer ends, and so does one to ourselves") {
  Setup setup;
  const auto first = setup.connect("10.0.0.1", 2);
  const auto second = setup.connect("10.0.0.2", 2);
  setup.turn();
  CHECK(setup.links.size() == 1);
  CHECK(first->wire().owner != nullptr);
  CHECK(second->wire().owner == nullptr);
  // Nor is it dialled again and again while the first is there, but it may be gone later.
  setup.ground.clock.advance(5min);
  CHECK_FALSE(setup.next());
  setup.ground.clock.advance(10min);
  CHECK(setup.next());
}

TEST_CASE("of two that dial each other both keep the link that the smaller peer id dialled") {
  test::Accepted accepted;
  for (const auto ours : {std::uint8_t{1}, std::uint8_t{9}}) {
    INFO("our peer id is " << int(ours) << ", theirs 5");
    Setup setup;
    setup.ours = test::peer_id(ours);
    const auto dialled = setup.connect("10.0.0.1", 5);
    REQUIRE(dialled->wire().owner != nullptr);
    Duration later = 1s;
    SECTION("at the same time") {}
    SECTION("an hour apart") { later = 1h; }
    setup.ground.clock.advance(later);
    auto wire = std::make_shared<test::Wire>();
    PeerLink* link = setup.links.adopt(accepted.link(setup.ground, wire, "10.0.0.1"));
    REQUIRE(link != nullptr);
    peer::Local theirs;
    theirs.torrent = test::side_of(setup.content, test::peer_id(5));
    peer::Connection far(peer::Role::outgoing, theirs, Rng(7), setup.now());
    Buffer greeting = test::drained(far.outgoing());
    wire->owner->on_bytes(greeting);
    link->connection().accept(test::side_of(setup.content, setup.ours), setup.now());
    const bool kept = setup.links.open(*link, test::peer_id(5), {setup.ours, setup.have, false});
    setup.turn();
    CHECK(kept == (ours > 5 && later == 1s));
    CHECK((wire->owner != nullptr) == kept);
    CHECK((dialled->wire().owner == nullptr) == kept);
    CHECK(setup.links.size() == 1);
  }
}

TEST_CASE("the option peer_limit says how many links there are") {
  Setup setup;
  setup.record.options.peer_limit = 1;
  CHECK(setup.links.want_more());
  CHECK(setup.links.admits(endpoint("10.0.0.9")));
  const auto far = setup.connect("10.0.0.1", 2);
  CHECK_FALSE(setup.links.want_more());
  CHECK_FALSE(setup.links.admits(endpoint("10.0.0.9")));
}

TEST_CASE("no more links while memory is full") {
  Setup setup;
  auto& memory = setup.ground.storage.memory();
  memory.take(storage::MemoryUse::incoming, memory.max());
  CHECK_FALSE(setup.links.want_more());
  memory.give_back(storage::MemoryUse::incoming, memory.max());
  CHECK(setup.links.want_more());
}

TEST_CASE("a link that brings blocks reads only while there is memory for them") {
  Setup setup;
  const auto far = setup.connect("10.0.0.1", 2);
  auto* stream_owner = far->wire().owner;
  setup.owner.blocks = setup.ground.storage.memory().max();
  CHECK(stream_owner->may_read() > 0);
  setup.ask();
  CHECK(stream_owner->may_read() == 0);
  // A little room is not enough to go on with: it would be gone at once.
  setup.owner.blocks = setup.ground.storage.memory().max() / 2 - 1;
  far->wire().resumed = false;
  setup.links.resume_reading();
  CHECK_FALSE(far->wire().resumed);
  setup.owner.blocks = 0;
  SECTION("told at once") { setup.links.resume_reading(); }
  SECTION("found out within a tick") { setup.links.on_tick(setup.now()); }
  CHECK(far->wire().resumed);
  CHECK(stream_owner->may_read() > 0);
}

TEST_CASE("who has a piece hears that we have it too, but not at once") {
  Setup setup;
  const auto far = setup.connect("10.0.0.1", 2);
  far->connection.send_bitfield(Bitfield(4, true), setup.now());
  far->talk([&] { setup.turn(); }, setup.now());
  const auto other = setup.connect("10.0.0.2", 3);
  setup.turn();
  far->wire().written = {};
  other->wire().written = {};
  setup.links.have(PieceIndex{1}, setup.now());
  setup.turn();
  CHECK(far->wire().written.empty());
  CHECK_FALSE(other->wire().written.empty());
  setup.links.mark_all_dirty();
  setup.turn();
  CHECK(far->wire().written.size() == 9);
}

TEST_CASE("who was told of a piece hears that it is had no more") {
  Setup setup;
  setup.have.set(PieceIndex{2});
  const auto far = setup.connect("10.0.0.1", 2);
  setup.links.mark_all_dirty();
  far->talk([&] { setup.turn(); }, setup.now());
  REQUIRE(far->connection.peer_pieces().test(PieceIndex{2}));
  setup.links.take_back(PieceIndex{2}, setup.now());
  far->talk([&] { setup.turn(); }, setup.now());
  CHECK_FALSE(far->connection.peer_pieces().test(PieceIndex{2}));
}

TEST_CASE("who is linked hears of another port of ours, if he would dial it") {
  Setup setup;
  const auto v4 = setup.connect("10.0.0.1", 2);
  const auto v6 = setup.connect("2001:db8::1", 3);
  v4->events.clear();
  v6->events.clear();
  setup.links.tell_port(51000, setup.now());
  setup.links.tell_port(51000, setup.now());
  v4->talk([&] { setup.turn(); }, setup.now());
  v6->talk([&] { setup.turn(); }, setup.now());
  const auto ports = [](const FarPeer& far) {
    std::vector<std::uint16_t> out;
    for (const auto& event : far.events)
      if (const auto* said = std::get_if<peer::ExtendedHandshakeReceived>(&event))
        out.push_back(said->handshake.port.value_or(0));
    return out;
  };
  CHECK(ports(*v4) == std::vector<std::uint16_t>{51000});
  CHECK(ports(*v6).empty());
}

TEST_CASE("a limit holds links back, and lifting it lets them go on at once") {
  Setup setup;
  const auto far = setup.connect("10.0.0.1", 2);
  config::TorrentOptions options;
  options.download_limited = true;
  options.download_limit = 0;
  setup.links.set_limits(options, setup.now());
  setup.links.on_deadline(setup.now());
  CHECK(setup.links.download_shut());
  // Who sends no blocks waits for no limit.
  CHECK(far->wire().owner->may_read() > 0);
  setup.ask();
  CHECK(far->wire().owner->may_read() == 0);
  options.download_limited = false;
  setup.links.set_limits(options, setup.now());
  CHECK(setup.links.deadline() == setup.now());
  far->wire().resumed = false;
  setup.links.on_deadline(setup.now());
  CHECK(far->wire().resumed);
  CHECK(setup.links.deadline() == never);
}

TEST_CASE("a limit of 0 holds links back without an instant to wait for") {
  Setup setup;
  const auto far = setup.connect("10.0.0.1", 2);
  setup.ask();
  auto& bucket = setup.ground.host.session_limits;
  bucket.set_rate(Direction::down, 0, setup.now());
  CHECK(far->wire().owner->may_read() == 0);
  CHECK(setup.links.deadline() == never);
  // Whoever waits for an instant goes on waiting for it.
  bucket.set_rate(Direction::down, 1'000'000, setup.now());
  bucket.spend(Direction::down, 1'000'000, setup.now());
  CHECK(far->wire().owner->may_read() == 0);
  const Instant due = setup.links.deadline();
  CHECK(due > setup.now());
  CHECK(due < setup.now() + 2s);
  bucket.set_rate(Direction::down, 0, setup.now());
  CHECK(far->wire().owner->may_read() == 0);
  CHECK(setup.links.deadline() == due);
}

TEST_CASE("however many links wait, a bucket is asked a thousand times a second at most") {
  Setup setup;
  const auto far = setup.connect("10.0.0.1", 2);
  setup.ask();
  auto& bucket = setup.ground.host.session_limits;
  bucket.set_rate(Direction::down, 100'000'000, setup.now());
  while (bucket.available(Direction::down, setup.now()) > 0)
    bucket.spend(Direction::down, 1'000'000, setup.now());
  CHECK(far->wire().owner->may_read() == 0);
  CHECK(setup.links.deadline() >= setup.now() + Links::held_min);
  CHECK(setup.links.deadline() < never);
}

TEST_CASE("what a limit holds back has not been sent") {
  Setup setup;
  const auto far = setup.connect("10.0.0.1", 2);
  PeerLink* link = nullptr;
  setup.links.table().each([&](PeerLink& one) { link = &one; });
  REQUIRE(link != nullptr);
  link->connection().set_choking(false, setup.now());
  setup.links.mark_dirty(*link);
  far->talk([&] { setup.turn(); }, setup.now());
  const std::vector<BlockRef> asked{{PieceIndex{0}, 0, 16384}, {PieceIndex{0}, 16384, 16384}};
  for (const auto& ref : asked) REQUIRE(far->connection.request(ref, setup.now()));
  far->talk([&] { setup.turn(); }, setup.now());
  auto& limit = setup.ground.host.session_limits;
  limit.set_rate(Direction::up, 20'000, setup.now());
  limit.spend(Direction::up, 2'000, setup.now());
  for (const auto& ref : asked)
    REQUIRE(
        link->connection().send_block(ref, Block::copy_of(setup.content.block(ref)), setup.now()));
  setup.turn();
  CHECK(setup.links.take_sent() < 4'096);
  std::uint64_t sent = 0;
  for (int ms = 0; ms < 1'000; ms += 10) {
    setup.ground.clock.advance(10ms);
    setup.links.mark_dirty(*link);
    setup.turn();
    sent += setup.links.take_sent();
  }
  CHECK(sent > 16'000);
  CHECK(sent < 22'000);
  CHECK(link->upload.rate.rate(setup.now()) < 25'000);
  setup.ground.clock.advance(1s);
  for (int i = 0; i < 100; ++i) {
    setup.ground.clock.advance(10ms);
    setup.links.mark_dirty(*link);
    setup.turn();
  }
  CHECK(link->upload.sent == 2 * 16384);
}

TEST_CASE("blocks that the system will not take count as memory until the link is gone") {
  Setup setup;
  const auto far = setup.connect("10.0.0.1", 2);
  auto& memory = setup.ground.storage.memory();
  PeerLink* link = nullptr;
  setup.links.table().each([&](PeerLink& one) { link = &one; });
  REQUIRE(link != nullptr);
  link->connection().set_choking(false, setup.now());
  setup.links.mark_dirty(*link);
  far->talk([&] { setup.turn(); }, setup.now());
  const BlockRef ref{PieceIndex{0}, 0, 16384};
  REQUIRE(far->connection.request(ref, setup.now()));
  far->talk([&] { setup.turn(); }, setup.now());
  CHECK(memory.held(storage::MemoryUse::unsent) == 0);
  far->wire().stuck = 5000;
  REQUIRE(
      link->connection().send_block(ref, Block::copy_of(setup.content.block(ref)), setup.now()));
  setup.links.mark_all_dirty();
  setup.turn();
  CHECK(memory.held(storage::MemoryUse::unsent) == 5000);
  far->wire().stuck = 2000;
  setup.links.mark_all_dirty();
  setup.turn();
  CHECK(memory.held(storage::MemoryUse::unsent) == 2000);
  setup.links.end_all("over");
  setup.turn();
  CHECK(memory.held(storage::MemoryUse::unsent) == 0);
  CHECK(setup.ground.host.links == 0);
}

TEST_CASE("a peer that asks and asks and does not read is not read until it does") {
  Setup setup;
  // A seed lets nobody ask while choked: each request is answered by a reject.
  const auto far = setup.connect("10.0.0.1", 2, true);
  PeerLink* link = nullptr;
  setup.links.table().each([&](PeerLink& one) { link = &one; });
  REQUIRE(link != nullptr);
  far->wire().stuck = limits::link_unsent_bytes_max;
  ByteQueue messages;
  for (int i = 0; i < 1000; ++i) wire::encode_message(wire::Request{{{0}, 0, 16384}}, messages);
  const Buffer asked = test::drained(messages);
  int reads = 0;
  for (; reads < 1000 && far->wire().owner->may_read() > 0; ++reads) {
    Buffer octets = asked;
    far->wire().owner->on_bytes(octets);
    setup.turn();
  }
  CHECK(reads > 1);
  CHECK(reads < 1000);
  CHECK(link->backlog() < PeerLink::backlog_max + limits::read_buffer_bytes);
  // No block of anybody has to wait for that.
  CHECK(setup.ground.storage.memory().held(storage::MemoryUse::unsent) == 0);
  far->wire().resumed = false;
  setup.links.mark_dirty(*link);
  setup.turn();
  CHECK_FALSE(far->wire().resumed);
  far->wire().stuck = 0;
  setup.links.mark_dirty(*link);
  setup.turn();
  CHECK(far->wire().resumed);
  CHECK(far->wire().owner->may_read() > 0);
}

TEST_CASE("dirty links are told of once a turn") {
  Setup setup;
  const auto far = setup.connect("10.0.0.1", 2);
  setup.turn();
  const int before = setup.ground.host.dirty;
  setup.links.mark_all_dirty();
  setup.links.mark_all_dirty();
  CHECK(setup.ground.host.dirty == before + 1);
  int served = 0;
  setup.links.on_turn_end(setup.now(), [&](PeerLink&) { ++served; });
  CHECK(served == 1);
}

TEST_CASE("a seed and a peer that has everything part, and it is not dialled again") {
  Setup setup;
  const auto far = setup.connect("10.0.0.1", 2, true);
  far->connection.send_bitfield(Bitfield(4, true), setup.now());
  far->talk([&] { setup.turn(); }, setup.now());
  setup.links.table().each([&](PeerLink& link) { setup.links.end_if_useless(link); });
  setup.turn();
  CHECK(setup.links.size() == 0);
  setup.links.candidates().set_seeding(true);
  setup.ground.clock.advance(24h);
  CHECK_FALSE(setup.next());
}

TEST_CASE("peers hear when nothing is wanted of them, and when something is again") {
  Setup setup;
  const auto far = setup.connect("10.0.0.1", 2);
  setup.links.set_upload_only(true, setup.now());
  far->talk([&] { setup.turn(); }, setup.now());
  CHECK(far->connection.facts().peer_upload_only);
  setup.links.set_upload_only(false, setup.now());
  far->talk([&] { setup.turn(); }, setup.now());
  CHECK_FALSE(far->connection.facts().peer_upload_only);
}

TEST_CASE("a peer that lacks something is of use to a seed") {
  Setup setup;
  const auto far = setup.connect("10.0.0.1", 2, true);
  Bitfield some(4);
  some.set(PieceIndex{1});
  far->connection.send_bitfield(some, setup.now());
  far->talk([&] { setup.turn(); }, setup.now());
  setup.links.table().each([&](PeerLink& link) { setup.links.end_if_useless(link); });
  setup.turn();
  CHECK(setup.links.size() == 1);
}

}  // namespace
}  // namespace seed::torrent
