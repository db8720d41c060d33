// Scenario: who, what network, what faults, until when. run() plays one with one seed and says how
// it went; play() plays it with as many seeds as are wanted, for a test.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/sim/engine/judges.h"

namespace seed::sim {

/// Faults last until `calm_after`; from then on everybody must finish within `bound`.
struct Scenario {
  std::string name;
  ContentPlan content;
  int leeches = 1;
  int seeds = 1;
  std::vector<Temper> trackers{Temper::good};
  bool udp_trackers = false;  ///< every second tracker is announced to by UDP
  Conditions network;
  double rated = 0;  ///< of the machines: with a slow line
  std::vector<Manners> rude;
  bool leeches_know_rude = true;  ///< the first tracker names them
  double crashes_a_minute = 0;    ///< per machine
  double power_cuts = 0;          ///< of the crashes
  double disk_faults = 0;         ///< of the file operations, while there are faults
  bool disks_fill = false;        ///< some are full until it is calm
  bool roots_vanish = false;      ///< some are unmounted and back
  Duration calm_after = 0s;
  Duration bound = 120s;
  bool rude_are_guilty = false;  ///< they must be banned, and nobody else
};

struct Outcome {
  std::uint64_t digest = 0;
  std::uint64_t events = 0;
  Duration took{};  ///< virtual, until all were complete
  std::vector<std::string> complaints;
};

Outcome run(const Scenario& scenario, std::uint64_t seed);

/// Runs `drawn(seed)` for seeds first, first + 1, ...; SEED_SIM_SEEDS of them instead of `seeds`,
/// or only SEED_SIM_SEED. Complaints fail the test with the command that plays that run again.
void play(const std::string& test, const std::function<Scenario(Rng&)>& drawn, int seeds = 1);

}  // namespace seed::sim
