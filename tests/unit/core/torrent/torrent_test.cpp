#include "core/wire/client_name.h"
#include "tests/unit/core/torrent/one_torrent.h"

namespace seed::torrent {
namespace {

using test::FarPeer;
using Setup = test::OneTorrent;

TEST_CASE("a torrent that may run asks for its content, and downloads") {
  Setup setup;
  CHECK(setup.torrent().status() == Status::download_wait);
  CHECK(setup.ground.host.loads == 0);
  setup.torrent().set_allowed(true);
  CHECK(setup.ground.host.loads == 1);
  CHECK_FALSE(setup.torrent().wants_links());
  setup.load();
  CHECK(setup.torrent().status() == Status::downloading);
  CHECK(setup.torrent().wants_links());
}

TEST_CASE("a torrent's peer id is ours, and another each time") {
  Setup setup;
  CHECK(wire::client_name(setup.torrent().peer_id()) == "seedd 0.1.0");
  Setup again;
  again.made.emplace(again.ground.environment, TorrentId{1, 1}, 1, test::record_of(again.octets),
                     Rng(4));
  CHECK(setup.torrent().peer_id() != again.torrent().peer_id());
}

TEST_CASE("data that is there is checked, and seeded") {
  Setup setup(true);
  setup.torrent().set_allowed(true);
  setup.load();
  CHECK(setup.torrent().status() == Status::seeding);
  CHECK(setup.torrent().done());
  CHECK(setup.torrent().snapshot({}).left_until_done == 0);
}

TEST_CASE("a seed at rest wakes for a peer that it may dial again") {
  Setup setup(true);
  setup.torrent().set_allowed(true);
  setup.load();
  const auto far = setup.connect("10.0.0.1", 2);
  far->wire().owner->on_end({FaultCode::closed, 0, "gone"});
  const int loads = setup.ground.host.loads;
  setup.pass(Lifecycle::rest_after + 2 * Ticking::at_rest_every);
  CHECK(setup.ground.host.loads == loads + 1);
  setup.load();
  CHECK(setup.torrent().dial_next(setup.ground.net, {}, {}));
}

TEST_CASE("blocks go from a link to the disk, and the torrent is done with the last") {
  Setup setup;
  setup.torrent().set_allowed(true);
  setup.load();
  const auto far = setup.connect("10.0.0.1", 2);
  far->connection.send_bitfield(Bitfield(setup.octets.pieces(), true), setup.now());
  far->connection.set_choking(false, setup.now());
  for (int round = 0; round < 20 && !setup.torrent().done(); ++round) {
    setup.talk(*far);
    std::vector<BlockRef> wanted;
    for (const auto& event : far->events)
      if (const auto* asked = std::get_if<peer::BlockRequested>(&event))
        if (far->connection.peer_wants(asked->block)) wanted.push_back(asked->block);
    for (const auto& ref : wanted)
      far->connection.send_block(ref, Block::copy_of(setup.octets.block(ref)), setup.now());
  }
  CHECK(setup.torrent().done());
  CHECK(setup.ground.host.completed == 1);
  CHECK(setup.ground.host.downloaded == 100'000);
  CHECK(setup.torrent().record().totals.downloaded == 100'000);
  CHECK(setup.torrent().status() == Status::seeding);
  setup.settle();
  CHECK(equal(*setup.ground.files.content("/data/torrents/name/a"), setup.octets.file(0)));
}

/// Downloads all of it; `look` sees every step of the disk.
void download(Setup& setup, const std::function<void()>& look) {
  setup.torrent().set_allowed(true);
  setup.load();
  const auto far = setup.connect("10.0.0.1", 2);
  far->connection.send_bitfield(Bitfield(setup.octets.pieces(), true), setup.now());
  far->connection.set_choking(false, setup.now());
  for (int round = 0; round < 20; ++round) {
    far->talk([&] { setup.torrent().on_turn_end(setup.now()); }, setup.now());
    while (setup.ground.workers.run_next() || setup.ground.workers.deliver_next()) look();
    setup.ground.host.answer_saves();
    for (const auto& event : far->events)
      if (const auto* asked = std::get_if<peer::BlockRequested>(&event))
        if (far->connection.peer_wants(asked->block))
          far->connection.send_block(asked->block, Block::copy_of(setup.octets.block(asked->block)),
                                     setup.now());
  }
}

/// How often it was complete for others while a file was not in its place.
int told_early(Setup& setup) {
  if (setup.ground.files.is_there("/data/torrents/name/a") &&
      setup.ground.files.is_there("/data/torrents/name/b"))
    return 0;
  const auto facts = setup.torrent().snapshot({});
  return facts.left_until_done == 0 || facts.status == Status::seeding ||
                 setup.ground.host.completed > 0
             ? 1
             : 0;
}

TEST_CASE("what may not outlive a power cut is looked at by the next process") {
  test::OneTorrent setup(false);
  // Else all is synced at once, for the last names.
  setup.ground.settings.rename_partial_files = false;
  setup.torrent().set_allowed(true);
  setup.load();
  auto far = setup.connect("10.0.0.9", 9);
  setup.serve(*far);
  REQUIRE(setup.torrent().done());
  const auto look = [&](bool with_progress) {
    const auto saved = setup.torrent().save_as(with_progress).record;
    return parse_record(saved, setup.torrent().hashes())->wants_a_look();
  };
  CHECK(look(true));
  CHECK(look(false));
  setup.pass(10s);
  // The progress that is saved is still the old one.
  CHECK(look(false));
  CHECK_FALSE(look(true));
  CHECK_FALSE(look(false));
}

TEST_CASE("a torrent is not done for others before its last file has its name") {
  Setup setup;
  int early = 0;
  download(setup, [&] { early += told_early(setup); });
  CHECK(early == 0);
  CHECK(setup.ground.host.completed == 1);
  CHECK(setup.torrent().snapshot({}).left_until_done == 0);
  CHECK(setup.torrent().status() == Status::seeding);
}

TEST_CASE("a torrent is not done for others before it has left the incomplete folder") {
  Setup setup;
  setup.begin_in_incomplete_folder();
  int early = 0;
  download(setup, [&] { early += told_early(setup); });
  setup.settle();
  CHECK(early == 0);
  CHECK(setup.ground.host.completed == 1);
  CHECK(setup.torrent().data_root() == "/data/torrents");
  CHECK(setup.torrent().snapshot({}).left_until_done == 0);
  CHECK(setup.torrent().snapshot({}).status == Status::seeding);
}

TEST_CASE("a torrent that could not leave the incomplete folder is done once it could") {
  Setup setup;
  setup.begin_in_incomplete_folder();
  // It comes while the torrent is downloaded elsewhere.
  download(setup, [&] { setup.ground.files.put("/data/torrents/name/a", Buffer(5)); });
  setup.settle();
  CHECK(setup.ground.host.completed == 0);
  CHECK(setup.torrent().data_root() == "/data/elsewhere");
  CHECK(setup.torrent().snapshot({}).left_until_done == 1);
  CHECK(setup.torrent().snapshot({}).error == ErrorKind::local);
  REQUIRE(setup.ground.files.remove_file(*SafePath::root("/data/torrents")->descend("name/a")));
  SECTION("when the user starts it") { setup.torrent().start({.by_name = true}); }
  SECTION("when it is looked at after a restart") {
    setup.torrent().stop();
    setup.settle();
    setup.restart(setup.torrent().save_as(true));
    CHECK(setup.torrent().snapshot({}).left_until_done == 1);
    CHECK(setup.torrent().record().wants_a_look());
    setup.torrent().with_content([](const Result<void>&) {});
    setup.load();
  }
  setup.settle();
  CHECK(setup.ground.host.completed == 1);
  CHECK(setup.torrent().snapshot({}).left_until_done == 0);
  CHECK(setup.torrent().snapshot({}).error == ErrorKind::none);
  CHECK_FALSE(setup.torrent().record().wants_a_look());
  CHECK(equal(*setup.ground.files.content("/data/torrents/name/a"), setup.octets.file(0)));
  setup.torrent().stop();
  setup.torrent().start({.by_name = true});
  setup.settle();
  CHECK(setup.ground.host.completed == 1);
}

TEST_CASE("a move out of the incomplete folder that stopped half way is ended by a start") {
  Setup setup;
  setup.begin_in_incomplete_folder();
  bool in_the_way = true;
  setup.ground.files.set_hook([&](seed::test::FileOp op, const std::string& path) {
    const bool hit = in_the_way && op == seed::test::FileOp::rename && path.ends_with("name/b");
    return hit ? std::optional<seed::test::FileFault>({{FaultCode::io, 5, "broken"}, 0})
               : std::nullopt;
  });
  download(setup, [] {});
  setup.settle();
  CHECK(setup.ground.host.completed == 0);
  CHECK(setup.torrent().snapshot({}).error == ErrorKind::local);
  in_the_way = false;
  setup.torrent().start({.by_name = true});
  setup.settle();
  CHECK(setup.ground.host.completed == 1);
  CHECK(setup.torrent().data_root() == "/data/torrents");
  CHECK(setup.torrent().snapshot({}).error == ErrorKind::none);
}

TEST_CASE("a torrent whose missing files are not wanted any more is done and goes to its place") {
  Setup setup;
  setup.begin_in_incomplete_folder();
  setup.torrent().set_allowed(true);
  setup.load();
  setup.torrent().set_wishes({FileWish::unwanted, FileWish::unwanted});
  setup.settle();
  CHECK(setup.ground.host.completed == 1);
  CHECK(setup.torrent().data_root() == "/data/torrents");
}

TEST_CASE("a torrent whose data was there before is not told to be done") {
  Setup setup(true);
  setup.torrent().set_allowed(true);
  setup.load();
  CHECK(setup.torrent().done());
  CHECK(setup.ground.host.completed == 0);
}

TEST_CASE("a peer is served what it asks for once it has a slot") {
  Setup setup(true);
  setup.torrent().set_allowed(true);
  setup.torrent().with_content([](const Result<void>&) {});
  setup.load();
  const auto far = setup.connect("10.0.0.1", 2);
  far->connection.send_bitfield(Bitfield(setup.octets.pieces()), setup.now());
  far->connection.set_interested(true, setup.now());
  setup.talk(*far);
  setup.pass(2s);
  setup.talk(*far);
  REQUIRE_FALSE(far->connection.peer_choking());
  const BlockRef ref{PieceIndex{1}, 16384, 16384};
  REQUIRE(far->connection.request(ref, setup.now()));
  setup.talk(*far);
  const peer::BlockReceived* got = nullptr;
  for (const auto& event : far->events)
    if (const auto* block = std::get_if<peer::BlockReceived>(&event)) got = block;
  REQUIRE(got != nullptr);
  CHECK(equal(got->block.bytes(), setup.octets.block(ref)));
  CHECK(setup.ground.host.uploaded == 16384);
}

TEST_CASE("a torrent does not write over what another has at its place, unless told to") {
  Setup setup;
  const auto other = test::Content::make({{"name/a", 60'000}}, 32768, 9);
  other.put(setup.ground.files, "/data/torrents");
  setup.torrent().set_allowed(true);
  setup.load();
  const auto shown = setup.torrent().snapshot({});
  CHECK(shown.error_string.find("/data/torrents/name/a is there already") != std::string::npos);
  CHECK(setup.torrent().status() == Status::stopped);
  setup.pass(30s);
  CHECK(setup.torrent().status() == Status::stopped);
  setup.torrent().start({.by_name = true});
  setup.load();
  CHECK(setup.torrent().snapshot({}).error_string.empty());
  CHECK(setup.torrent().status() == Status::downloading);
}

TEST_CASE("a torrent that is told where its data is while it loads looks there") {
  Setup setup(true);
  setup.octets.put(setup.ground.files, "/data/elsewhere");
  setup.torrent().set_allowed(true);
  bool answered = false;
  setup.torrent().relocate(*SafePath::root("/data/elsewhere"),
                           [&](const Result<void>& saved) { answered = saved.has_value(); });
  setup.load();
  CHECK(setup.ground.host.loads == 2);
  setup.load();
  CHECK(answered);
  CHECK(setup.torrent().record().download_dir == "/data/elsewhere");
  CHECK(setup.torrent().data_root() == "/data/elsewhere");
  CHECK(setup.torrent().status() == Status::seeding);
}

TEST_CASE(
    "what is saved of a torrent that is to look elsewhere claims nothing and names the place") {
  Setup setup(true);
  setup.torrent().set_allowed(true);
  setup.load();
  REQUIRE(setup.torrent().done());
  setup.torrent().with_content([](const Result<void>&) {});
  setup.load();
  setup.torrent().relocate(*SafePath::root("/data/elsewhere"), [](const Result<void>&) {});
  const auto saved = setup.torrent().save_as(true);
  REQUIRE(saved.progress);
  const auto progress = storage::parse_progress(*saved.progress);
  REQUIRE(progress);
  CHECK(progress->placement.root.full() == "/data/elsewhere");
  CHECK(progress->have.none());
}

TEST_CASE("a torrent without data that is relocated while it loads is there afterwards") {
  Setup setup;
  setup.torrent().set_allowed(true);
  bool answered = false;
  setup.torrent().relocate(*SafePath::root("/data/elsewhere"),
                           [&](const Result<void>& saved) { answered = saved.has_value(); });
  setup.load();
  setup.load();
  CHECK(answered);
  CHECK(setup.torrent().data_root() == "/data/elsewhere");
  CHECK(setup.torrent().status() == Status::downloading);
}

TEST_CASE("content that nobody needs any more goes, and comes again for who asks") {
  Setup setup(true);
  setup.torrent().set_allowed(true);
  setup.torrent().with_content([](const Result<void>&) {});
  setup.load();
  CHECK_FALSE(setup.torrent().needs_content_for({.files = true}));
  setup.pass(Lifecycle::rest_after + 5s);
  CHECK(setup.torrent().needs_content_for({.files = true}));
  CHECK(setup.torrent().status() == Status::seeding);
  const int loads = setup.ground.host.loads;
  bool there = false;
  setup.torrent().with_content([&](const Result<void>& found) { there = found.has_value(); });
  CHECK(setup.ground.host.loads == loads + 1);
  setup.load();
  CHECK(there);
}

TEST_CASE("what cannot be loaded is told to those who wait, and shown") {
  Setup setup;
  setup.torrent().set_allowed(true);
  std::optional<Fault> told;
  setup.torrent().with_content([&](const Result<void>& there) { told = there.error(); });
  setup.torrent().on_content(fail(FaultCode::not_found, "not in the store"));
  REQUIRE(told);
  CHECK(told->code == FaultCode::not_found);
  CHECK(setup.ground.host.faults.size() == 1);
  CHECK(setup.torrent().status() == Status::stopped);
  CHECK(setup.torrent().snapshot({}).error_string == "not in the store");
}

TEST_CASE("who waits for a torrent is told when it goes, unless it is abandoned") {
  int told = 0;
  {
    Setup setup;
    setup.torrent().with_content([&](const Result<void>& there) { told += there ? 100 : 1; });
  }
  CHECK(told == 1);
  {
    Setup setup;
    setup.torrent().with_content([&](const Result<void>&) { ++told; });
    setup.torrent().abandon();
  }
  CHECK(told == 1);
}

TEST_CASE("a stopped torrent has no links, and a removed one is gone when its trackers know") {
  Setup setup;
  setup.torrent().set_allowed(true);
  setup.load();
  const auto far = setup.connect("10.0.0.1", 2);
  CHECK(setup.ground.host.links == 1);
  setup.torrent().stop();
  setup.settle();
  CHECK(setup.ground.host.links == 0);
  CHECK(setup.torrent().status() == Status::stopped);
  CHECK_FALSE(setup.torrent().gone());
  setup.torrent().leave();
  CHECK(setup.torrent().gone());
}

TEST_CASE("a seed that has sent enough stops and says so") {
  Setup setup(true);
  setup.torrent().set_allowed(true);
  setup.load();
  config::TorrentOptions options;
  options.seed_idle_mode = config::LimitMode::own;
  options.seed_idle_limit = 1;
  setup.torrent().set_options(options);
  setup.pass(30s);
  CHECK(setup.torrent().status() == Status::seeding);
  setup.pass(3min);
  CHECK(setup.torrent().status() == Status::stopped);
  CHECK(setup.torrent().record().finished);
  CHECK(setup.ground.host.seeding_done == 1);
}

TEST_CASE("a download dials the peers that it knew before a restart") {
  Setup setup;
  setup.torrent().add_candidate(test::endpoint("10.0.0.1"), swarm::Source::tracker);
  const auto saved =
      parse_record(setup.torrent().save_as(false).record, setup.octets.metainfo->hashes);
  REQUIRE(saved);
  setup.made.emplace(setup.ground.environment, TorrentId{1, 1}, 1, *saved, Rng(3));
  setup.torrent().set_allowed(true);
  setup.load();
  CHECK(setup.torrent().dial_next(setup.ground.net, {}, {}));
  CHECK(setup.ground.net.dialled.back()->remote == test::endpoint("10.0.0.1"));
}

TEST_CASE("a family without a bind address is not dialled over") {
  Setup setup;
  auto& settings = setup.ground.settings;
  settings.bind_address_ipv4 = "";
  setup.torrent().on_settings();
  setup.torrent().set_allowed(true);
  setup.load();
  setup.torrent().add_candidate(test::endpoint("10.0.0.1"), swarm::Source::tracker);
  CHECK_FALSE(setup.torrent().dial_next(setup.ground.net, {}, {}));
  setup.torrent().add_candidate(test::endpoint("2001:db8::1"), swarm::Source::tracker);
  CHECK(setup.torrent().dial_next(setup.ground.net, {}, {}));
  settings.bind_address_ipv4 = "0.0.0.0";
  setup.torrent().on_settings();
  setup.torrent().add_candidate(test::endpoint("10.0.0.1"), swarm::Source::tracker);
  CHECK(setup.torrent().dial_next(setup.ground.net, {}, {}));
}

TEST_CASE("what is complete remembers nobody, for others come to it") {
  Setup setup(true);
  setup.torrent().set_allowed(true);
  setup.load();
  REQUIRE(setup.torrent().done());
  setup.torrent().add_candidate(test::endpoint("10.0.0.1"), swarm::Source::tracker);
  const auto saved =
      parse_record(setup.torrent().save_as(false).record, setup.octets.metainfo->hashes);
  REQUIRE(saved);
  CHECK(saved->peers.empty());
}

TEST_CASE("a seed that a user starts past its ratio goes on") {
  Setup setup(true);
  setup.torrent().set_allowed(true);
  setup.load();
  config::TorrentOptions options;
  options.seed_ratio_mode = config::LimitMode::own;
  options.seed_ratio_limit = 0;
  setup.torrent().set_options(options);
  setup.pass(3s);
  REQUIRE(setup.torrent().status() == Status::stopped);
  REQUIRE(setup.torrent().record().finished);
  setup.torrent().start({.by_name = true});
  setup.torrent().set_allowed(true);
  setup.load();
  setup.pass(3s);
  CHECK(setup.torrent().status() == Status::seeding);
  CHECK_FALSE(setup.torrent().record().finished);
  CHECK(setup.torrent().record().options.seed_ratio_mode == config::LimitMode::unlimited);
  CHECK(setup.ground.host.seeding_done == 1);
}

TEST_CASE("a torrent is stalled after the setting's minutes, however many they are") {
  Setup setup;
  setup.torrent().set_allowed(true);
  setup.load();
  auto& settings = setup.ground.settings;
  settings.queue_stalled_enabled = true;
  settings.queue_stalled_minutes = 1;
  CHECK_FALSE(setup.torrent().queue_facts().stalled);
  setup.ground.clock.advance(1min);
  CHECK(setup.torrent().queue_facts().stalled);
  // As many as 64 bits of nanoseconds hold.
  settings.queue_stalled_minutes = 307'445'734;
  CHECK_FALSE(setup.torrent().queue_facts().stalled);
}

TEST_CASE("a snapshot copies what was asked for, and no more") {
  Setup setup(true);
  setup.torrent().set_allowed(true);
  setup.torrent().with_content([](const Result<void>&) {});
  setup.load();
  const auto bare = setup.torrent().snapshot({});
  CHECK(bare.name.empty());
  CHECK(bare.files.empty());
  CHECK(bare.pieces.size() == 0);
  CHECK(bare.piece_count == 4);
  CHECK(bare.number == 1);
  const auto full = setup.torrent().snapshot(
      {.texts = true, .peers = true, .files = true, .pieces = true, .availability = true});
  CHECK(full.download_dir == "/data/torrents");
  REQUIRE(full.files.size() == 2);
  CHECK(full.files[0].bytes_completed == 60'000);
  CHECK((*full.file_facts)[1].name == "name/b");
  CHECK(full.pieces.all());
  CHECK(full.availability == std::vector<std::int32_t>{-1, -1, -1, -1});
}

TEST_CASE("a snapshot of a download shows what its peers have and how far it is") {
  Setup setup;
  setup.torrent().set_allowed(true);
  setup.load();
  const auto far = setup.connect("10.0.0.1", 2);
  Bitfield some(4);
  some.set(PieceIndex{2});
  far->connection.send_bitfield(some, setup.now());
  setup.talk(*far);
  const auto facts = setup.torrent().snapshot({.swarm = true, .peers = true, .availability = true});
  CHECK(facts.peers_connected == 1);
  CHECK(facts.peers_from[static_cast<std::size_t>(PeerSource::tracker)] == 1);
  CHECK(facts.peers_over[0][0] == 1);
  REQUIRE(facts.peers.size() == 1);
  CHECK(facts.peers[0].client == "far");
  CHECK(facts.peers[0].progress == 0.25);
  CHECK(facts.availability == std::vector<std::int32_t>{0, 0, 1, 0});
  CHECK(facts.desired_available == 32768);
  CHECK(facts.eta == -1);
  CHECK(facts.left_until_done == 100'000);
  const auto bare = setup.torrent().snapshot({});
  CHECK(bare.peers_connected == 0);
  CHECK(bare.desired_available == 32768);
}

TEST_CASE("what is had of a file counts before its pieces are whole") {
  Setup setup;
  setup.torrent().set_allowed(true);
  setup.load();
  const auto far = setup.connect("10.0.0.1", 2);
  far->connection.send_bitfield(Bitfield(setup.octets.pieces(), true), setup.now());
  far->connection.set_choking(false, setup.now());
  setup.talk(*far);
  // Of a piece with two blocks; the second one has the end of one file and the begin of the other.
  std::optional<BlockRef> asked;
  for (const auto& [block, since] : far->connection.peer_requests())
    if (block.piece.value < 3) asked = block;
  REQUIRE(asked);
  far->connection.send_block(*asked, Block::copy_of(setup.octets.block(*asked)), setup.now());
  setup.talk(*far);
  const auto facts = setup.torrent().snapshot({.files = true});
  CHECK(facts.have_unchecked == asked->length);
  REQUIRE(facts.files.size() == 2);
  for (const auto& slice : setup.octets.layout().slices(asked->piece, asked->offset, asked->length))
    CHECK(facts.files[slice.file.value].bytes_completed == slice.length);
}

TEST_CASE("a peer that loses a piece is asked for the others all the same") {
  Setup setup;
  setup.torrent().set_allowed(true);
  setup.load();
  const auto far = setup.connect("10.0.0.1", 2);
  far->connection.send_bitfield(Bitfield(setup.octets.pieces(), true), setup.now());
  far->connection.set_choking(false, setup.now());
  setup.talk(*far);
  std::vector<BlockRef> asked;
  for (const auto& event : far->events)
    if (const auto* it = std::get_if<peer::BlockRequested>(&event)) asked.push_back(it->block);
  REQUIRE(asked.size() > 2);
  const PieceIndex lost = asked.front().piece;
  REQUIRE(far->connection.send_extension(wire::LtDontHave{lost}, setup.now()));
  setup.talk(*far);
  std::uint64_t sent = 0;
  for (const auto& ref : asked) {
    CHECK(far->connection.peer_wants(ref) == (ref.piece != lost));
    if (!far->connection.peer_wants(ref)) continue;
    far->connection.send_block(ref, Block::copy_of(setup.octets.block(ref)), setup.now());
    sent += ref.length;
  }
  REQUIRE(sent > 0);
  setup.talk(*far);
  CHECK(setup.ground.host.downloaded == sent);
}

TEST_CASE("ourselves at the other end is answered before the link ends") {
  Setup setup;
  setup.torrent().set_allowed(true);
  setup.load();
  const PeerId ours = setup.torrent().peer_id();
  auto wire = std::make_shared<test::Wire>();
  test::Accepted accepted;
  auto incoming = accepted.link(setup.ground, wire, "10.0.0.3");
  peer::Local same;
  same.torrent = test::side_of(setup.octets, ours);
  peer::Connection dialling(peer::Role::outgoing, same, Rng(7), setup.now());
  Buffer greeting = test::drained(dialling.outgoing());
  wire->owner->on_bytes(greeting);
  setup.torrent().adopt(std::move(incoming), ours);
  setup.settle();
  CHECK(wire->owner == nullptr);
  Buffer answer = test::drained(wire->written);
  dialling.on_bytes(answer, setup.now());
  const auto event = dialling.next_event();
  REQUIRE(event);
  CHECK(std::get<peer::Violation>(*event).code == peer::ViolationCode::self_connection);
}

}  // namespace
}  // namespace seed::torrent
