// LINK: seed::session seed::storage
// What the store has of the whole session, of whatever octets: the roots, refused or the same after
// a round trip, and the totals, which count as nothing or are the same after one.
#include "core/base/check.h"
#include "core/session/session_totals.h"
#include "core/storage/roots.h"

using namespace seed;

namespace {

/// Loading and encoding need no job.
class NoWorkers final : public io::Workers {
 public:
  void submit(std::unique_ptr<io::Job>, io::Lane, io::Urgency) override {}
  std::size_t pending() const override { return 0; }
  std::size_t threads() const override { return 1; }
};

class NoEntropy final : public io::Entropy {
 public:
  void fill(MutableBytes) override {}
};

void try_roots(Bytes saved) {
  NoWorkers workers;
  NoEntropy entropy;
  storage::Roots roots(workers, entropy);
  const Buffer empty = roots.encode();
  if (!roots.load(saved)) {
    SEED_CHECK(roots.encode() == empty);
    return;
  }
  const Buffer encoded = roots.encode();
  storage::Roots again(workers, entropy);
  SEED_CHECK(again.load(encoded).has_value());
  SEED_CHECK(again.encode() == encoded);
}

void try_totals(Bytes saved) {
  const Instant start{1h};
  session::SessionTotals totals(start);
  totals.load(saved);
  const Buffer encoded = totals.encode(start);
  session::SessionTotals again(start);
  again.load(encoded);
  SEED_CHECK(again.encode(start) == encoded);
  // The run goes on counting whatever was before.
  again.on_started();
  again.on_payload(1u << 20, 1u << 20);
  const auto all = again.cumulative(start + 1s);
  const auto before = totals.cumulative(start);
  SEED_CHECK(all.downloaded == before.downloaded + (1u << 20));
  session::SessionTotals next(start);
  next.load(again.encode(start + 1s));
  SEED_CHECK(next.cumulative(start).session_count >= before.session_count);
  SEED_CHECK(next.cumulative(start).downloaded >= before.downloaded);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try_roots({data, size});
  try_totals({data, size});
  return 0;
}
