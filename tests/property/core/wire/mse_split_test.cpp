// Message Stream Encryption: any split of the input, and any delay in naming the torrent, gives the
// same events, the same answers and the same payload, whatever the input: sound, strange or broken.
#include "core/wire/mse/handshake.h"
#include "tests/support/catch.h"
#include "tests/unit/core/wire/mse/pair.h"

using namespace seed;
using namespace seed::wire::mse;
using namespace seed::wire::mse::test;

namespace {

Methods drawn_methods(Rng& rng) {
  const auto kind = rng.below(4);
  return {kind != 1, kind != 0, rng.below(2) == 0 ? Method::plain : Method::rc4};
}

struct Drawn {
  Methods methods;
  std::uint64_t number = 0;
  bool dials = false;
  Buffer input;
};

End fresh(const Drawn& drawn) {
  return drawn.dials ? dialler(drawn.methods, drawn.number) : dialled(drawn.methods, drawn.number);
}

/// One end, and what another would say to it; the last may be broken, cut or rubbish.
Drawn draw(Rng& rng) {
  Drawn out;
  out.methods = drawn_methods(rng);
  out.number = rng.next();
  out.dials = rng.below(2) == 0;
  End end = fresh(out);
  const Methods others = drawn_methods(rng);
  End other = out.dials ? dialled(others, rng.next()) : dialler(others, rng.next());
  const auto say = [&] {
    append(out.input, other.sent);
    end.feed(std::exchange(other.sent, {}));
    other.feed(std::exchange(end.sent, {}));
  };
  for (int round = 0; round < 4; ++round) say();
  if (other.machine.established()) other.say(Buffer(rng.below(3000), 'p'));
  append(out.input, other.sent);
  if (rng.below(2) == 0)
    out.input[rng.below(out.input.size())] ^= static_cast<std::uint8_t>(1 + rng.below(255));
  if (rng.below(3) == 0) out.input.resize(1 + rng.below(out.input.size()));
  return out;
}

End run(const Drawn& drawn, std::size_t run_max, bool late, Rng rng) {
  End out = fresh(drawn);
  const auto skey = std::exchange(out.skey, std::nullopt);
  bool asked = false;
  const auto answer = [&] {
    append(out.payload, out.machine.set_skey(*skey));
    asked = false;
    out.drain();
  };
  for (Bytes rest(drawn.input); !rest.empty();) {
    const Bytes part = rest.first(std::min<std::size_t>(rest.size(), 1 + rng.below(run_max)));
    const std::size_t before = out.log.size();
    out.feed(part);
    rest = rest.subspan(part.size());
    if (out.log.size() > before && std::get_if<SkeyWanted>(&out.log.back()) != nullptr)
      asked = true;
    if (asked && (!late || rng.below(3) == 0)) answer();
  }
  if (asked) answer();
  return out;
}

}  // namespace

TEST_CASE("any split gives the same events, answers and payload") {
  const std::uint64_t seed = GENERATE(range(1, 201));
  Rng rng(seed);
  const Drawn drawn = draw(rng);
  INFO("seed " << seed << ", input " << drawn.input.size());
  const End one_by_one = run(drawn, 1, false, Rng(1));
  for (const std::size_t run_max : {2, 9, 100, 700, 10000}) {
    const End other = run(drawn, run_max, rng.below(2) == 0, rng.fork());
    CHECK(other.log == one_by_one.log);
    CHECK(other.payload == one_by_one.payload);
    CHECK(other.sent == one_by_one.sent);
    CHECK(other.machine.established() == one_by_one.machine.established());
  }
}
