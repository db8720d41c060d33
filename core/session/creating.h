// Creating: torrents that are made of files of this host.
//
//   listed and planned --> hashed, run by run --> encoded and written --> added, if wanted --> done
//                     at each step: failed, or cancelled
//
// All but the steps themselves is done by jobs in the background, which go behind transfers. A run
// is about run_bytes of pieces; all creations together have as many under way as workers that jobs
// may have, less one. One that is cancelled or has failed ends when its jobs have.
//
// Bounds: at_once_max are made at once, the next is refused; of those that have ended kept_max are
// kept, for kept_for, then the oldest is forgotten. The .torrent itself is kept up to
// torrent_bytes_max, and of all up to torrents_bytes_max: else only what was written is left.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/base/bytes.h"
#include "core/base/instant.h"
#include "core/base/limits.h"
#include "core/base/safe_path.h"
#include "core/io/clock.h"
#include "core/io/workers.h"
#include "core/log/logger.h"
#include "core/metainfo/creation.h"
#include "core/metainfo/torrent_encoder.h"
#include "core/session/session.h"
#include "core/storage/jobs/hash_files.h"

namespace seed::session {

class Creating {
 public:
  /// More would only be slower.
  static constexpr std::size_t at_once_max = 4;
  static constexpr std::size_t kept_max = 16;
  static constexpr Duration kept_for = 10min;
  /// A tenth of a second of hashing; and as many parts of files, so that a job of tiny files is
  /// put together within some milliseconds.
  static constexpr std::uint64_t run_bytes = 32u << 20;
  static constexpr std::size_t run_slices_max = 2048;
  /// Some 800,000 pieces.
  static constexpr std::size_t torrent_bytes_max = 16u << 20;
  static constexpr std::size_t torrents_bytes_max = 2 * torrent_bytes_max;
  using Add = std::function<void(AddOrder, OrderAnswer<AddReply>)>;

  /// This object outlives its jobs, or the workers are gone first.
  Creating(io::Clock& clock, io::Workers& workers, Add add, log::Logger log);

  OrderResult<CreationNumber> create(CreateOrder order);
  OrderResult<std::vector<CreationSnapshot>> list(std::optional<CreationNumber> which) const;
  OrderResult<void> cancel(CreationNumber number);
  /// Now and then: forgets those that ended long ago.
  void on_second() { forget_some(); }
  /// All that are made are cancelled.
  void shut_down();

 private:
  struct Creation {
    CreateOrder order;
    SafePath source;  ///< its root is the folder that it lies in
    SafePath output;
    metainfo::TorrentParts parts;
    std::shared_ptr<std::atomic<bool>> called_off = std::make_shared<std::atomic<bool>>(false);
    CreationSnapshot facts{};
    Buffer torrent{};
    metainfo::CreationPlan plan{};
    Buffer v1{};  ///< digests of the pieces, those hashed so far filled in
    Buffer v2{};
    std::uint32_t next_piece = 0;
    std::size_t jobs = 0;
    std::optional<Fault> fault{};  ///< it ends when its jobs have
    Instant ended{};

    bool running() const { return facts.state == CreationState::running; }
    bool wants_run() const { return running() && !fault && next_piece < plan.layout.piece_count(); }
  };
  struct Run {
    metainfo::PieceRange pieces;
    std::uint64_t bytes = 0;  ///< of files
  };
  struct Made {
    Buffer torrent;
    InfoHashes hashes;
    std::string magnet;
  };

  void survey(Creation& creation);
  void on_surveyed(CreationNumber number, Result<metainfo::CreationPlan> plan);
  void hash_more();
  static Run next_run(const Creation& creation);
  void submit_run(CreationNumber number, Creation& creation);
  void on_run(CreationNumber number, std::uint64_t bytes, const storage::HashResult& result);
  void finish(CreationNumber number, Creation& creation);
  void on_made(CreationNumber number, Result<Made> made);
  /// It ends with the fault, when its jobs have.
  void give_up(Creation& creation, Fault fault);
  void end(Creation& creation, CreationState state, std::string error);
  void forget_some();

  io::Clock& clock_;
  io::Workers& workers_;
  Add add_;
  log::Logger log_;
  std::map<CreationNumber, std::unique_ptr<Creation>> creations_;
  CreationNumber last_number_ = 0;
  std::size_t runs_ = 0;
  bool stopped_ = false;
};

}  // namespace seed::session
