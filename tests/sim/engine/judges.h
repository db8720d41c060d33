// Judges: what must hold of every run, whatever the faults (design, section 18).
//
// Safety: what is had is on the disk with the right octets; what the store claims is there after a
// crash; slots, queues and memory are within their bounds. A complaint is a sentence with who and
// when; a run without complaints is good.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/base/bitfield.h"
#include "tests/sim/engine/sim_world.h"

namespace seed::sim {

class Judges {
 public:
  /// A loop that turns more often within a second does not sleep between its work.
  static constexpr std::uint64_t turns_a_second_max = 20'000;
  /// Complaints kept; one that repeats says no more.
  static constexpr std::size_t complaints_max = 20;

  Judges(SimWorld& world, const KnownContent& content) : world_(world), content_(content) {}

  /// Every second of virtual time, all machines.
  void on_second();
  /// Only whether all sleep: for when the sessions stop.
  void judge_sleep();
  /// A machine has crashed and is off: what does its store claim?
  void on_crashed(SimMachine& machine);
  /// The store of a machine that stopped claims every piece.
  void expect_all_claimed(SimMachine& machine);
  /// Why a run did not end.
  void tell_unfinished();
  void expect_all_pieces(SimMachine& machine);
  void complain(const SimMachine& machine, const std::string& text);
  void complain(const std::string& text);

  /// Whether it has claimed something of its disk: from then on a missing disk must be noticed.
  static bool knows_its_root(SimMachine& machine);
  /// Whether a machine has all of it and says so.
  bool is_complete(SimMachine& machine);
  bool all_complete();
  const std::vector<std::string>& complaints() const { return complaints_; }
  std::string text() const;

 private:
  struct Seen {
    Bitfield verified;  ///< pieces whose octets were compared since boot `boots`
    std::uint64_t boots = 0;
    bool complete_at_boot = false;  ///< claimed whole when it went down
    std::uint64_t claimed = 0;
    std::uint64_t turns = 0;
  };
  void judge_pieces(SimMachine& machine, const session::TorrentSnapshot& facts);
  void judge_bounds(SimMachine& machine, const session::TorrentSnapshot& facts);
  void judge_sleep(SimMachine& machine);
  void judge_recheck(SimMachine& machine, const session::TorrentSnapshot& facts);

  SimWorld& world_;
  const KnownContent& content_;
  std::map<const SimMachine*, Seen> seen_;
  std::vector<std::string> complaints_;
};

}  // namespace seed::sim
