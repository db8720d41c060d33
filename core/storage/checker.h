// Checker: reads and hashes files that may hold a torrent's pieces, in the background, for all
// torrents.
//
// A check is cut into jobs of 8 to 32 MiB, so stopping is not submitting the next. At once run one
// job more on a device than it has lanes for transfers (DiskLanes), and one more than that in all:
// of five threads or more a disk that hangs leaves one to the others. One torrent a device at a
// time, and checks_max of them; the others wait in order. Octets that no file holds are not read:
// their piece is absent.
//
//   start --> waiting (learns its device) --> checking --> done, the answer
//                       \-------- stop --------/
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "core/base/bitfield.h"
#include "core/base/result.h"
#include "core/storage/open_files.h"

namespace seed::storage {

class Storage;
struct CheckResult;

class Checker {
 public:
  Checker(Storage& storage, std::size_t checks_max) : storage_(storage), checks_max_(checks_max) {}

  /// Those that run go on.
  void set_max(std::size_t checks_max) {
    checks_max_ = checks_max;
    pump();
  }

  /// Checks `pieces` of a store; each piece's outcome goes to PieceStore::on_checked, then the
  /// answer: a Fault when files could not be read (the rest was left unchecked). A check of the
  /// same store that runs already ends first, with Fault cancelled; the store still hears when its
  /// jobs end, without their pieces.
  void start(StoreId store, Bitfield pieces, Answer<void> answer);
  /// Ends a check with Fault cancelled; nothing when there is none.
  void stop(StoreId store);
  /// A store that might not be checked may be again.
  void go_on() { pump(); }
  /// 0 to 1; nothing when no check of that store waits or runs.
  std::optional<double> progress(StoreId store) const;
  /// True while the check waits for another on the same device.
  bool is_waiting(StoreId store) const;
  std::size_t checks() const { return checks_.size(); }

 private:
  struct Check {
    std::uint64_t number = 0;
    Bitfield pieces;
    Answer<void> answer;
    std::optional<std::uint64_t> device;
    bool running = false;
    std::uint32_t next = 0;  ///< the first piece not yet given to a job
    std::size_t jobs = 0;
    std::uint32_t done = 0;  ///< pieces
    std::optional<Fault> fault;
  };

  void on_device(StoreId store, std::uint64_t number, Result<std::uint64_t> device);
  void on_result(StoreId store, std::uint64_t number, std::uint64_t device, CheckResult result);
  void pump();
  bool has_turn(std::uint64_t device);
  bool submit_next(StoreId store, Check& check);
  void finish(StoreId store, Result<void> outcome);
  bool may_begin(std::uint64_t device) const;

  Storage& storage_;
  std::size_t checks_max_;
  std::map<StoreId, Check> checks_;
  std::deque<StoreId> order_;
  std::size_t jobs_ = 0;
  std::map<std::uint64_t, std::size_t> jobs_on_;  ///< by device; of checks that were stopped too
  std::uint64_t last_number_ = 0;
};

}  // namespace seed::storage
