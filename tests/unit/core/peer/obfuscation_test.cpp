#include "core/peer/obfuscation.h"

#include "tests/support/catch.h"
#include "tests/unit/core/peer/scripted_peer.h"

using namespace seed;
using namespace seed::peer;
using namespace seed::peer::test;

namespace {

Obfuscation dialling(Encryption policy) {
  Local out = local();
  out.encryption = policy;
  out.secret = secret(1);
  return {Role::outgoing, out};
}
Obfuscation dialled(Encryption policy) {
  Local out;
  out.encryption = policy;
  out.secret = secret(2);
  return {Role::incoming, out};
}

/// What one end makes of octets: its events and what is payload.
struct Took {
  std::vector<Event> log;
  Buffer payload;
};
Took feed(Obfuscation& to, Buffer octets) {
  Took out;
  MutableBytes rest(octets);
  to.on_bytes(rest);
  out.payload = to_buffer(rest);
  if (auto event = to.next_event()) out.log.push_back(std::move(*event));
  return out;
}

/// Carries octets until nobody has any; what the dialled end got.
Took carry(Obfuscation& a, Obfuscation& b) {
  Took all;
  while (!a.outgoing().empty() || !b.outgoing().empty()) {
    Took took = feed(b, drained(a.outgoing()));
    for (auto& event : took.log) {
      if (std::get_if<SkeyWanted>(&event) != nullptr) took.payload = b.offer_skey(info_hash());
      all.log.push_back(std::move(event));
      if (auto more = b.next_event()) all.log.push_back(std::move(*more));
    }
    all.payload.insert(all.payload.end(), took.payload.begin(), took.payload.end());
    feed(a, drained(b.outgoing()));
  }
  return all;
}

}  // namespace

TEST_CASE("two policies come to what both allow") {
  const auto ours = GENERATE(Encryption::allowed, Encryption::preferred, Encryption::required);
  const auto theirs = GENERATE(Encryption::allowed, Encryption::preferred, Encryption::required);
  Obfuscation a = dialling(ours);
  Obfuscation b = dialled(theirs);
  CHECK(a.encrypted() == Encrypted::no);
  const Took took = carry(a, b);
  CHECK(a.established());
  CHECK(b.established());
  const bool plain = ours == Encryption::allowed && theirs == Encryption::allowed;
  CHECK(a.encrypted() == (plain ? Encrypted::handshake : Encrypted::payload));
  CHECK(b.encrypted() == a.encrypted());
  // Our handshake went ahead.
  CHECK(took.payload == handshake(our_id, true, true));
  CHECK(b.info_hash() == info_hash());
  CHECK(is_only<SkeyWanted>(took.log, wire::mse::req2_hash(info_hash())));
}

TEST_CASE("a peer that provides only plain is not for all") {
  const auto [policy, code] =
      GENERATE(std::pair(Encryption::preferred, std::optional<ViolationCode>()),
               std::pair(Encryption::required, std::optional(ViolationCode::no_encryption)));
  Obfuscation b = dialled(policy);
  wire::mse::Handshake a({true, false, wire::mse::Method::plain}, secret(1), info_hash(), {});
  feed(b, drained(a.outgoing()));
  Buffer answer = drained(b.outgoing());
  MutableBytes rest(answer);
  a.on_bytes(rest);
  CHECK(feed(b, drained(a.outgoing())).log.size() == 1);
  b.offer_skey(info_hash());
  const auto event = b.next_event();
  CHECK(event.has_value() == code.has_value());
  CHECK(b.established() == !code);
  if (event) CHECK(std::get<Violation>(*event).code == *code);
}

TEST_CASE("only blame what no honest peer does") {
  Buffer noise(3000, 'n');
  Obfuscation a = dialling(Encryption::preferred);
  CHECK(ended_with(feed(a, noise).log, ViolationCode::no_encryption));
  Obfuscation b = dialled(Encryption::preferred);
  CHECK(ended_with(feed(b, noise).log, ViolationCode::bad_handshake));
  Obfuscation c = dialling(Encryption::preferred);
  CHECK(ended_with(feed(c, handshake()).log, ViolationCode::plain_refused));
  const Buffer zeros(96);
  Obfuscation d = dialling(Encryption::preferred);
  CHECK(ended_with(feed(d, zeros).log, ViolationCode::bad_encryption));
  Obfuscation e = dialled(Encryption::preferred);
  CHECK(ended_with(feed(e, zeros).log, ViolationCode::bad_encryption));
}

TEST_CASE("a torrent that is not here ends it") {
  Obfuscation a = dialling(Encryption::preferred);
  Obfuscation b = dialled(Encryption::preferred);
  feed(b, drained(a.outgoing()));
  feed(a, drained(b.outgoing()));
  CHECK(feed(b, drained(a.outgoing())).log.size() == 1);
  CHECK(b.offer_skey(std::nullopt).empty());
  const auto event = b.next_event();
  REQUIRE(event);
  CHECK(std::get<Violation>(*event).code == ViolationCode::unknown_torrent);
  CHECK(b.outgoing().empty());
}

TEST_CASE("a queue is encrypted from where it is said") {
  Obfuscation a = dialling(Encryption::required);
  Obfuscation b = dialled(Encryption::required);
  carry(a, b);
  ByteQueue queue;
  queue.append(as_bytes("before"));
  queue.append(as_bytes("message"));
  Block block = Block::copy_of(as_bytes("block"));
  const std::uint8_t* where = block.bytes().data();
  queue.append(std::move(block));
  a.encrypt(queue, 6);
  std::array<Bytes, 2> segments;
  REQUIRE(queue.front(segments) == 2);
  CHECK(segments[1].data() == where);  // never copied
  const Buffer sent = drained(queue);
  CHECK(as_text(Bytes(sent).first(6)) == "before");
  CHECK(as_text(Bytes(sent).subspan(6)) != "messageblock");
  CHECK(feed(b, Buffer(sent.begin() + 6, sent.end())).payload == to_buffer("messageblock"));
}
