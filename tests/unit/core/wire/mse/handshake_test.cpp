#include "core/wire/mse/handshake.h"

#include "core/wire/handshake.h"
#include "tests/support/catch.h"
#include "tests/unit/core/wire/mse/pair.h"

using namespace seed;
using namespace seed::wire::mse;
using namespace seed::wire::mse::test;

namespace {

constexpr Methods only_plain{true, false, Method::plain};
constexpr Methods only_rc4{false, true, Method::rc4};
constexpr Methods rather_plain{true, true, Method::plain};
constexpr Methods rather_rc4{true, true, Method::rc4};

/// An incoming end that has been told the key of `script`, and has answered.
End greeted(Script& script, const Methods& methods = rather_rc4) {
  script.dials = true;
  End out = dialled(methods);
  out.feed(public_key(script.ours).bytes());
  script.on_key(out.sent);
  out.sent.clear();
  return out;
}

/// The same of an end that dialled, which has said what it wants.
End answered(Script& script, const Methods& methods = rather_rc4) {
  End out = dialler(methods);
  script.on_key(out.sent);
  out.sent.clear();
  out.feed(public_key(script.ours).bytes());
  return out;
}

}  // namespace

TEST_CASE("both ends settle on what one provides and the other takes") {
  struct Row {
    Methods provided, taken;
    std::optional<Method> method;
  };
  const auto row = GENERATE(
      Row{only_plain, only_plain, Method::plain}, Row{only_plain, only_rc4, std::nullopt},
      Row{only_plain, rather_plain, Method::plain}, Row{only_plain, rather_rc4, Method::plain},
      Row{only_rc4, only_plain, std::nullopt}, Row{only_rc4, only_rc4, Method::rc4},
      Row{only_rc4, rather_plain, Method::rc4}, Row{only_rc4, rather_rc4, Method::rc4},
      Row{rather_rc4, only_plain, Method::plain}, Row{rather_plain, only_rc4, Method::rc4},
      Row{rather_rc4, rather_plain, Method::plain}, Row{rather_plain, rather_rc4, Method::rc4});
  End a = dialler(row.provided);
  End b = dialled(row.taken);
  carry(a, b);
  if (!row.method) {
    CHECK(b.failure() == Failure::no_common_method);
    CHECK_FALSE(a.machine.established());
    return;
  }
  const Event done = Established{info_hash(), *row.method};
  CHECK(a.log == std::vector{done});
  CHECK(b.log == std::vector<Event>{SkeyWanted{req2_hash(info_hash())}, done});
  CHECK(as_text(b.payload) == "ahead");
  a.say(as_bytes(" and on"));
  b.say(as_bytes("back"));
  CHECK((as_text(b.sent) == "back") == (*row.method == Method::plain));
  carry(a, b);
  CHECK(as_text(b.payload) == "ahead and on");
  CHECK(as_text(a.payload) == "back");
}

TEST_CASE("paddings of all lengths are found the end of") {
  for (std::uint64_t number = 0; number < 100; ++number) {
    End a = dialler({}, 1000 + number);
    End b = dialled({}, 2000 + number);
    const std::size_t first = a.sent.size();
    CHECK(first >= Number768::size);
    CHECK(first <= Number768::size + padding_bytes_max);
    carry(a, b);
    CHECK(a.machine.established());
    CHECK(as_text(b.payload) == "ahead");
  }
}

TEST_CASE("a padding may be as long as it may be, and no longer") {
  const auto [padding, taken] =
      GENERATE(std::pair(0, true), std::pair(512, true), std::pair(513, false));
  const Buffer noise(static_cast<std::size_t>(padding), 0x33);
  Script dials;
  End incoming = greeted(dials);
  incoming.feed(noise);
  incoming.feed(dials.name());
  CHECK((incoming.failure() == Failure::no_sync) == !taken);
  CHECK(incoming.log.size() == 1);
  Script is_dialled;
  End outgoing = answered(is_dialled);
  outgoing.feed(noise);
  outgoing.feed(is_dialled.sealed(methods_field(2, 0).take()));
  CHECK((outgoing.failure() == Failure::no_sync) == !taken);
  CHECK(outgoing.machine.established() == taken);
}

TEST_CASE("the padding of the methods may be as long as it may be, and no longer") {
  const auto [padding, taken] = GENERATE(std::pair(0, true), std::pair(512, true),
                                         std::pair(513, false), std::pair(65535, false));
  const auto octets = static_cast<std::uint16_t>(padding);
  Script dials;
  End incoming = greeted(dials);
  incoming.feed(dials.name());
  incoming.feed(dials.sealed(methods_field(2, octets).u16(0).take()));
  CHECK((incoming.failure() == Failure::padding_too_long) == !taken);
  CHECK(incoming.machine.established() == taken);
  Script is_dialled;
  End outgoing = answered(is_dialled);
  outgoing.feed(is_dialled.sealed(methods_field(2, octets).take()));
  CHECK((outgoing.failure() == Failure::padding_too_long) == !taken);
  CHECK(outgoing.machine.established() == taken);
}

TEST_CASE("degenerate keys are refused at both ends") {
  Number768 key;
  SECTION("0") {}
  SECTION("1") { key.octets.back() = 1; }
  SECTION("beyond the prime") { key.octets.fill(0xff); }
  End incoming = dialled();
  incoming.feed(key.bytes());
  CHECK(incoming.failure() == Failure::degenerate_key);
  CHECK(incoming.sent.empty());
  End outgoing = dialler();
  outgoing.sent.clear();
  outgoing.feed(key.bytes());
  CHECK(outgoing.failure() == Failure::degenerate_key);
  CHECK(outgoing.sent.empty());
}

TEST_CASE("a plain handshake is no key") {
  Buffer plain = to_buffer(wire::handshake_prefix);
  plain.resize(wire::handshake_bytes);
  End outgoing = dialler();
  outgoing.feed(Bytes(plain).first(19));
  CHECK(outgoing.log.empty());
  outgoing.feed(Bytes(plain).subspan(19));
  CHECK(outgoing.failure() == Failure::not_encrypted);
}

TEST_CASE("a torrent that is not here is refused, and nobody is told") {
  Script script;
  End end = greeted(script);
  end.skey.reset();
  Sha1 other;
  end.feed(script.name(other));
  CHECK(end.log == std::vector<Event>{SkeyWanted{req2_hash(other)}});
  end.machine.refuse();
  end.drain();
  CHECK(end.failure() == Failure::unknown_torrent);
  CHECK(end.sent.empty());
  // Later orders and octets do nothing.
  CHECK(end.machine.set_skey(info_hash()).empty());
  end.feed(as_bytes("more"));
  CHECK(end.payload.empty());
  CHECK(end.log.size() == 2);
}

TEST_CASE("octets under another torrent's key do not verify") {
  Script script;
  End end = greeted(script);
  end.feed(script.name());
  end.feed(script.sealed(methods_field(3, 0).u16(0).take(), Sha1{}));
  CHECK(end.failure() == Failure::bad_verification);
  Script zeros;
  End other = greeted(zeros);
  other.feed(zeros.name());
  other.feed(zeros.sealed(methods_field(3, 0, 1).u16(0).take()));
  CHECK(other.failure() == Failure::bad_verification);
}

TEST_CASE("of what is provided the unknown bits do not matter") {
  const auto [provided, method] =
      GENERATE(std::pair(0xfffffffeu, Method::rc4), std::pair(0x80000001u, Method::plain),
               std::pair(0xffffffffu, Method::rc4));
  Script script;
  End end = greeted(script);
  end.feed(script.name());
  end.feed(script.sealed(methods_field(provided, 3).u16(0).take()));
  REQUIRE(end.machine.established());
  CHECK(end.machine.method() == method);
}

TEST_CASE("nothing known is provided") {
  const std::uint32_t provided = GENERATE(0u, 4u, 0xfffffffcu);
  Script script;
  End end = greeted(script);
  end.feed(script.name());
  end.feed(script.sealed(methods_field(provided, 0).u16(0).take()));
  CHECK(end.failure() == Failure::no_common_method);
}

TEST_CASE("what is selected is one of what was provided") {
  struct Row {
    Methods provided;
    std::uint32_t selected;
    bool taken;
  };
  const auto row =
      GENERATE(Row{rather_rc4, 1, true}, Row{rather_rc4, 2, true}, Row{rather_rc4, 3, false},
               Row{rather_rc4, 0, false}, Row{rather_rc4, 4, false}, Row{rather_rc4, 6, false},
               Row{only_rc4, 1, false}, Row{only_plain, 2, false});
  Script script;
  End end = answered(script, row.provided);
  end.feed(script.sealed(methods_field(row.selected, 0).take()));
  CHECK(end.machine.established() == row.taken);
  CHECK((end.failure() == Failure::bad_selection) == !row.taken);
}

TEST_CASE("the payload sent ahead is encrypted, whatever was selected for the rest") {
  const auto method = GENERATE(Method::plain, Method::rc4);
  Script script;
  End end = greeted(script, method == Method::plain ? only_plain : only_rc4);
  end.feed(script.name());
  ByteWriter clear = methods_field(3, 2);
  clear.u16(5).put("ahead").put(" and on");
  Buffer octets = script.sealed(clear.bytes().empty() ? Buffer() : clear.take());
  if (method == Method::plain) std::ranges::copy(as_bytes(" and on"), octets.end() - 7);
  end.feed(octets);
  CHECK(as_text(end.payload) == "ahead and on");
}

TEST_CASE("a long payload ahead is taken as it comes") {
  Script script;
  End end = greeted(script);
  end.feed(script.name());
  ByteWriter clear = methods_field(2, 0);
  clear.u16(65535);
  Buffer ahead(initial_bytes_max + 10);
  Rng(3).fill(ahead);
  clear.put(ahead);
  const Buffer octets = script.sealed(clear.take());
  for (Bytes rest(octets); !rest.empty();) {
    const Bytes part = rest.first(std::min<std::size_t>(rest.size(), 1000));
    end.feed(part);
    rest = rest.subspan(part.size());
  }
  CHECK(end.payload == ahead);
}

TEST_CASE("the longest payload can be sent ahead") {
  Buffer ahead(initial_bytes_max);
  Rng(4).fill(ahead);
  End a = dialler({}, 1, ahead);
  End b = dialled();
  carry(a, b);
  CHECK(b.payload == ahead);
}

TEST_CASE("what comes before the torrent is found is kept, up to a bound") {
  Script script;
  End end = greeted(script);
  end.skey.reset();
  end.feed(script.name());
  ByteWriter clear = methods_field(2, 0);
  clear.u16(0).put(Buffer(held_bytes_max - 16, 0x11));
  Buffer octets = script.sealed(clear.take());
  REQUIRE(octets.size() == held_bytes_max);
  SECTION("and goes on") {
    end.feed(octets);
    CHECK(end.log.size() == 1);
    CHECK(end.machine.set_skey(info_hash()) == Buffer(held_bytes_max - 16, 0x11));
    end.drain();
    CHECK(end.machine.established());
  }
  SECTION("and no more") {
    end.feed(octets);
    end.feed(as_bytes("x"));
    CHECK(end.failure() == Failure::held_too_much);
  }
}

TEST_CASE("garbage comes to an end") {
  Rng rng(9);
  for (int i = 0; i < 50; ++i) {
    Buffer garbage(2000);
    rng.fill(garbage);
    garbage[0] &= 0x7f;  // a key, most likely
    End incoming = dialled({}, rng.next());
    incoming.feed(garbage);
    CHECK(incoming.failure() == Failure::no_sync);
    CHECK(incoming.payload.empty());
    End outgoing = dialler({}, rng.next());
    outgoing.feed(garbage);
    CHECK(outgoing.failure() == Failure::no_sync);
    CHECK(outgoing.payload.empty());
  }
}

TEST_CASE("an answer under the key of another torrent is no answer") {
  Script script;
  End end = answered(script);
  Sha1 other;
  for (int i = 0; i < 100; ++i) end.feed(script.sealed(methods_field(2, 0).take(), other));
  CHECK(end.failure() == Failure::no_sync);
}
