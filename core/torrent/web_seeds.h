// WebSeeds: the driver that joins one torrent's web seeds to the picker, the store and the rate
// limits: who is asked for what, and where what comes goes.
//
// There while the torrent downloads. Each seed that is ready takes a run of pieces that no peer is
// asked for, up to `active_max` at once. What comes is read as limits and memory allow and goes the
// way of a peer's blocks. A seed counts as one that has all once it has given something; one that
// alone sent a piece that fails its hash is asked no more.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/io/http.h"
#include "core/metainfo/original_paths.h"
#include "core/storage/piece_store.h"
#include "core/swarm/rate.h"
#include "core/torrent/allowance.h"
#include "core/torrent/downloading.h"
#include "core/torrent/host.h"
#include "core/torrent/snapshot.h"
#include "core/webseed/source.h"

namespace seed::torrent {

class WebSeedsOwner {
 public:
  virtual ~WebSeedsOwner() = default;
  /// False holds reading back until WebSeeds::resume().
  virtual bool web_seed_may_read() = 0;
  /// Octets of payload that were wanted.
  virtual void on_web_seed_payload(std::uint32_t bytes) = 0;
  /// What can be seen of them has changed.
  virtual void on_web_seeds_changed() = 0;
  /// deadline() is sooner.
  virtual void on_web_seeds_deadline() = 0;
};

class WebSeeds {
 public:
  /// Asked at once: mirrors of one file are many, and each run keeps pieces from peers.
  static constexpr std::size_t active_max = 4;
  /// An exchange that has no head after so long has not got its turn: servers have less (30 s to
  /// connect, 60 s for an octet).
  static constexpr Duration line_wait_max = 100s;
  /// However small a grant is, they are not asked to read more often than this.
  static constexpr Duration held_min = 1ms;

  /// All of it outlives them.
  struct Setup {
    const std::string& name;
    const std::vector<std::string>& urls;
    std::shared_ptr<const metainfo::Metainfo> metainfo;
    Downloading& downloading;
    Allowance& limits;
  };
  WebSeeds(Environment& environment, Setup setup, WebSeedsOwner& owner, Rng rng);
  ~WebSeeds();
  WebSeeds(const WebSeeds&) = delete;
  WebSeeds& operator=(const WebSeeds&) = delete;

  /// Once a second: those that are ready are given runs.
  void on_tick(Instant now);
  void on_deadline(Instant now);
  Instant deadline() const { return deadline_; }
  /// Memory may be free again, or a limit lifted: reading goes on.
  void resume();
  /// While `shut` nothing is asked for.
  void set_shut(bool shut, Instant now);
  /// A piece did not pass its hash.
  void on_failed(const storage::PieceOutcome& outcome, Instant now);

  std::vector<WebSeedSnapshot> snapshot(Instant now) const;
  /// How many send to us.
  std::uint32_t sending(Instant now) const;

  /// The id under which the picker and the store know a seed: no link ever has it, for none is the
  /// four-billionth in its slot.
  static LinkId id_of(std::size_t seed) {
    return {static_cast<std::uint32_t>(seed), ~std::uint32_t{0}};
  }

 private:
  struct Seed final : io::HttpStreamOwner {
    Seed(WebSeeds& of, LinkId as, webseed::Source from)
        : all(of), id(as), source(std::move(from)) {}
    void on_head(const io::HttpHead& head) override;
    std::size_t may_read() override { return all.grant(*this); }
    void on_body(Bytes part) override;
    void on_end(Result<void> result) override;

    WebSeeds& all;
    LinkId id;
    webseed::Source source;
    swarm::RateMeter rate;  ///< payload
    std::optional<HttpCallId> call{};
    Instant opened_at{};
    std::optional<PieceIndex> next{};  ///< where its last run ended
    bool held = false;
    bool proven = false;
  };

  void fill(Instant now);
  bool give_run(Seed& seed, Instant now);
  std::size_t grant(Seed& seed);
  void act(Seed& seed, Instant now);
  void drain(Seed& seed, Instant now);
  void arm();
  void end_waiting(Seed& seed, Instant now);
  void note_gone(Seed& seed, Instant now);
  // One event of a source each.
  void on(Seed& seed, webseed::OpenWanted& event, Instant now);
  void on(Seed& seed, webseed::CloseWanted& event, Instant now);
  void on(Seed& seed, webseed::BlockDone& event, Instant now);
  void on(Seed& seed, webseed::RunOver& event, Instant now);
  void on(Seed& seed, webseed::FileAbsent& event, Instant now);
  void on(Seed& seed, webseed::BackedOff& event, Instant now);
  void on(Seed& seed, webseed::GivenUp& event, Instant now);
  void tell(const Seed& seed, const char* what, const std::string& why);
  Instant now() const { return environment_.world.clock.now(); }

  Environment& environment_;
  Setup setup_;
  WebSeedsOwner& owner_;
  metainfo::OriginalPaths paths_;
  std::vector<std::unique_ptr<Seed>> seeds_;
  Instant deadline_ = never;
  Instant held_until_ = never;  ///< what waits for a limit goes on then
  bool shut_ = false;
};

}  // namespace seed::torrent
