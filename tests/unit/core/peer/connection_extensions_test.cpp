// peer::Connection: the extension protocol.
#include "core/peer/connection.h"
#include "tests/support/catch.h"
#include "tests/unit/core/peer/scripted_peer.h"

using namespace seed;
using namespace seed::peer;
using namespace seed::peer::test;
using wire::Extension;
using wire::UtMetadata;

namespace {

/// What the peer sends when its message is `message`: by the ids that we gave out.
Buffer extension_octets(const wire::ExtensionMessage& message) {
  Buffer payload;
  wire::encode_extension(message, payload);
  return octets({wire::Extended{wire::local_id(wire::extension_of(message)), payload}});
}

Buffer handshake_octets(const wire::ExtendedHandshake& handshake) {
  Buffer payload;
  handshake.encode(payload);
  return octets({wire::Extended{0, payload}});
}

wire::ExtendedHandshake theirs() {
  wire::ExtendedHandshake out;
  for (std::size_t i = 0; i < out.ids.size(); ++i) out.ids[i] = static_cast<std::uint8_t>(40 + i);
  out.client = "Other 1.0";
  out.reqq = 100;
  return out;
}

/// The extended message that `connection` sent last; its payload lives in `storage`.
wire::Extended last_extended(Connection& connection, Buffer& storage) {
  storage = drained(connection.outgoing());
  REQUIRE(storage.size() > 6);
  return std::get<wire::Extended>(*wire::parse_message(Bytes(storage).subspan(4)));
}

wire::ExtendedHandshake first_sent(Local ours) {
  Connection connection(Role::outgoing, std::move(ours), Rng(1), at(0s));
  drained(connection.outgoing());
  feed(connection, handshake());
  Buffer storage;
  const auto sent = last_extended(connection, storage);
  CHECK(sent.id == 0);
  return *wire::ExtendedHandshake::parse(sent.payload);
}

}  // namespace

TEST_CASE("our extended handshake says what we were told to say") {
  Local ours = local();
  ours.listen_port = 6881;
  ours.remote = IpAddress::parse("192.0.2.9");
  ours.torrent->metadata_size = 1234;
  const auto sent = first_sent(ours);
  CHECK(sent.client == "seedd test");
  CHECK(sent.reqq == limits::peer_requests_max);
  CHECK(sent.port == 6881);
  CHECK(sent.yourip == ours.remote);
  CHECK(sent.metadata_size == 1234);
  CHECK_FALSE(sent.upload_only);
  CHECK(sent.ids[std::to_underlying(Extension::ut_pex)] == wire::local_id(Extension::ut_pex));
}

TEST_CASE("the requests we take at once are told as they are") {
  Local ours = local();
  ours.reqq = 77;
  CHECK(first_sent(ours).reqq == 77);
  ours.reqq = 100'000;
  CHECK(first_sent(ours).reqq == limits::peer_requests_max);
}

TEST_CASE("a private torrent neither offers nor takes PEX") {
  Local ours = local();
  ours.torrent->pex = false;
  CHECK_FALSE(first_sent(ours).ids[std::to_underlying(Extension::ut_pex)]);
  Connection connection = opened(true, ours);
  const wire::UtPex pex{{{*Endpoint::parse("192.0.2.1:1"), 0}}, {}};
  CHECK(feed(connection, extension_octets(pex)).empty());
  Connection open_one = opened();
  CHECK(is_only<wire::UtPex>(feed(open_one, extension_octets(pex)), pex.added, pex.dropped));
}

TEST_CASE("holepunch is neither offered nor taken where there is no uTP") {
  const wire::UtHolepunch connect{
      wire::UtHolepunch::Kind::connect, *Endpoint::parse("192.0.2.1:1"), {}};
  Local ours = local();
  CHECK_FALSE(first_sent(ours).ids[std::to_underlying(Extension::ut_holepunch)]);
  Connection without = opened(true, ours);
  CHECK(feed(without, extension_octets(connect)).empty());
  ours.holepunch = true;
  CHECK(first_sent(ours).ids[std::to_underlying(Extension::ut_holepunch)] == 4);
  Connection with = opened(true, ours);
  const auto told = feed(with, extension_octets(connect));
  REQUIRE(told.size() == 1);
  CHECK(told[0] == Event(connect));
}

TEST_CASE("the peer's extended handshake is told and kept") {
  Connection connection = opened();
  CHECK_FALSE(connection.takes(Extension::ut_metadata));
  CHECK_FALSE(connection.request_metadata(0, at(1s)));
  const auto told = feed(connection, handshake_octets(theirs()));
  CHECK(is_only<ExtendedHandshakeReceived>(told, theirs()));
  CHECK(connection.facts().client == "Other 1.0");
  CHECK(connection.facts().peer_reqq == 100);
  CHECK(connection.takes(Extension::ut_metadata));
  wire::ExtendedHandshake later;
  later.ids[std::to_underlying(Extension::ut_metadata)] = 0;
  feed(connection, handshake_octets(later));
  CHECK_FALSE(connection.takes(Extension::ut_metadata));
  CHECK(connection.takes(Extension::ut_pex));
  CHECK(connection.facts().peer_reqq == 100);
}

TEST_CASE("extension messages go out under the peer's ids") {
  Connection connection = opened();
  feed(connection, handshake_octets(theirs()));
  const auto id_of = [](Extension e) {
    return static_cast<std::uint8_t>(40 + std::to_underlying(e));
  };
  Buffer storage;
  CHECK(connection.request_metadata(3, at(1s)));
  auto sent = last_extended(connection, storage);
  CHECK(sent.id == id_of(Extension::ut_metadata));
  CHECK(UtMetadata::parse(sent.payload) == UtMetadata{UtMetadata::Kind::request, 3, 0, {}});
  CHECK(connection.send_metadata_piece(0, 4, as_bytes("abcd"), at(1s)));
  sent = last_extended(connection, storage);
  CHECK(UtMetadata::parse(sent.payload) ==
        UtMetadata{UtMetadata::Kind::data, 0, 4, to_buffer("abcd")});
  CHECK(connection.reject_metadata(7, at(1s)));
  sent = last_extended(connection, storage);
  CHECK(UtMetadata::parse(sent.payload) == UtMetadata{UtMetadata::Kind::reject, 7, 0, {}});
}

TEST_CASE("metadata messages are told as they came") {
  Connection connection = opened();
  const UtMetadata data{UtMetadata::Kind::data, 0, 4, to_buffer("abcd")};
  CHECK(is_only<UtMetadata>(feed(connection, extension_octets(data)), data.kind, data.piece,
                            data.total_size, data.data));
  const Buffer unknown_kind = to_buffer("d8:msg_typei9e5:piecei0ee");
  CHECK(feed(connection, {wire::Extended{wire::local_id(Extension::ut_metadata), unknown_kind}})
            .empty());
  const Buffer bad = to_buffer("d8:msg_type");
  CHECK(ended_with(feed(connection, {wire::Extended{wire::local_id(Extension::ut_metadata), bad}}),
                   ViolationCode::malformed_extension));
}

TEST_CASE("upload_only is told when it changes, by whichever way it comes") {
  Connection connection = opened();
  auto handshake = theirs();
  handshake.upload_only = true;
  auto told = feed(connection, handshake_octets(handshake));
  REQUIRE(told.size() == 2);
  CHECK(told[1] == Event(wire::UploadOnly{true}));
  CHECK(feed(connection, extension_octets(wire::UploadOnly{true})).empty());
  CHECK(is_only<wire::UploadOnly>(feed(connection, extension_octets(wire::UploadOnly{false})),
                                  false));
  CHECK_FALSE(connection.facts().peer_upload_only);
}

TEST_CASE("our upload_only goes as a message, or in another extended handshake") {
  Connection with = opened();
  feed(with, handshake_octets(theirs()));
  with.set_upload_only(true, at(1s));
  Buffer storage;
  CHECK(last_extended(with, storage).id == 40 + std::to_underlying(Extension::upload_only));
  Connection without = opened();
  feed(without, handshake_octets({}));
  without.set_upload_only(true, at(1s));
  auto sent = last_extended(without, storage);
  CHECK(sent.id == 0);
  CHECK(wire::ExtendedHandshake::parse(sent.payload)->upload_only == true);
  without.set_upload_only(true, at(1s));
  CHECK(without.outgoing().empty());
  without.set_upload_only(false, at(1s));
  sent = last_extended(without, storage);
  CHECK(wire::ExtendedHandshake::parse(sent.payload)->upload_only == false);
}

TEST_CASE("a piece that is taken back is had no more") {
  Connection connection = opened();
  feed(connection, {wire::HaveAll{}});
  CHECK(is_only<wire::LtDontHave>(
      feed(connection, extension_octets(wire::LtDontHave{PieceIndex{2}})), PieceIndex{2}));
  CHECK_FALSE(connection.peer_pieces().test(PieceIndex{2}));
  CHECK(feed(connection, extension_octets(wire::LtDontHave{PieceIndex{2}})).empty());
  CHECK(ended_with(feed(connection, extension_octets(wire::LtDontHave{PieceIndex{5}})),
                   ViolationCode::out_of_range));
}

TEST_CASE("a peer may take back as many pieces as there are, and a few more") {
  Connection connection = opened();
  feed(connection, {wire::HaveAll{}});
  const std::size_t most = connection.peer_pieces().size() + limits::lost_pieces_spare;
  for (std::size_t i = 0; i < most; ++i) {
    const PieceIndex piece{static_cast<std::uint32_t>(i % connection.peer_pieces().size())};
    REQUIRE_FALSE(ended_with(feed(connection, extension_octets(wire::LtDontHave{piece})),
                             ViolationCode::too_many_lost));
    feed(connection, {wire::Have{piece}});
  }
  CHECK(ended_with(feed(connection, extension_octets(wire::LtDontHave{PieceIndex{0}})),
                   ViolationCode::too_many_lost));
}

TEST_CASE("an extended message under an id nobody gave out is passed over") {
  Connection connection = opened();
  const Buffer payload(3);
  CHECK(feed(connection, {wire::Extended{200, payload}}).empty());
  CHECK(connection.facts().unknown_messages == 1);
  const Buffer bad = to_buffer("x");
  CHECK(ended_with(feed(connection, {wire::Extended{0, bad}}), ViolationCode::malformed_extension));
}

TEST_CASE("once the metadata is there, its size is told") {
  Local magnet = local();
  magnet.torrent->shape.reset();
  Connection connection = opened(true, magnet);
  connection.set_torrent(shape, 777, at(1s));
  Buffer storage;
  const auto sent = last_extended(connection, storage);
  CHECK(wire::ExtendedHandshake::parse(sent.payload)->metadata_size == 777);
}
