// Source: one web seed of one torrent: what it is asked for, and what its answers mean (BEP 19).
//
//   idle --fetch()--> asking --head--> receiving --octets, end--> asking ... --> idle
//     ^                 \--------- trouble ---------/
//     \---- deadline ---- backing_off <--/        (any) --absent, refused, wrong--> given_up
//
// A run of blocks is asked for file by file, one request at a time. What a failed run has given
// stays good. Files that the server does not have are not asked for again; when nothing is left
// that it has, it is given up.
//
// Bounds: a run of run_bytes_max(); zeros_turn_max octets of pad files in one go; the events of one
// input hold as many octets as came in, and that.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "core/base/bitfield.h"
#include "core/base/block.h"
#include "core/base/bytes.h"
#include "core/base/fifo.h"
#include "core/base/instant.h"
#include "core/base/piece.h"
#include "core/base/result.h"
#include "core/base/rng.h"
#include "core/metainfo/original_paths.h"
#include "core/webseed/answer_head.h"
#include "core/webseed/plan.h"
#include "core/webseed/redirects.h"

namespace seed::webseed {

/// Open an exchange for octets [first, last] of a file. There is none open.
struct OpenWanted {
  std::string url;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t body_bytes_max = 0;  ///< with what may come in front of it
  bool operator==(const OpenWanted&) const = default;
};
/// Cancel the exchange.
struct CloseWanted {
  bool operator==(const CloseWanted&) const = default;
};
/// A block of the run, in order.
struct BlockDone {
  BlockRef ref;
  Block block;
};
/// Nothing more comes of the run; not all of it has if it is not whole.
struct RunOver {
  bool whole = false;
  bool operator==(const RunOver&) const = default;
};
/// The server does not have this file as the torrent has it.
struct FileAbsent {
  FileIndex file;
  std::string why;
  bool operator==(const FileAbsent&) const = default;
};
struct BackedOff {
  Instant until{};
  std::string why;
  bool operator==(const BackedOff&) const = default;
};
/// For good.
struct GivenUp {
  std::string why;
  bool operator==(const GivenUp&) const = default;
};
using Event =
    std::variant<OpenWanted, CloseWanted, BlockDone, RunOver, FileAbsent, BackedOff, GivenUp>;

enum class State : std::uint8_t { idle, asking, receiving, backing_off, given_up };

struct Facts {
  State state = State::idle;
  std::uint64_t downloaded = 0;  ///< octets of the torrent that it sent
  std::uint32_t failures = 0;    ///< in a row
  std::uint32_t suspected = 0;   ///< pieces that failed, which others had a part in too
  Instant until = never;         ///< backing_off
  std::string trouble;           ///< the last; empty when there was none since all went well
};

class Source {
 public:
  /// After the first failure, and after many: a server that is started anew is back in seconds; an
  /// hour is nothing to one that is gone for days. Up to a quarter more, or all who saw a server
  /// fail would come back to it at once.
  static constexpr Duration back_off_min = 5s;
  static constexpr Duration back_off_max = 1h;
  /// A server's own wish is kept for as long as that.
  static constexpr Duration retry_after_max = 24h;
  /// A run is what comes in this time, so that the way there and back is a small part of it, and
  /// peers do not miss its pieces for long.
  static constexpr Duration run_takes = 10s;
  static constexpr std::uint64_t run_bytes_least = 1u << 20;
  static constexpr std::uint64_t run_bytes_first = 4u << 20;
  static constexpr std::uint64_t run_bytes_most = 256u << 20;
  static constexpr std::uint64_t zeros_turn_max = 1u << 20;

  /// `metainfo` and `paths`, which is its, outlive this.
  Source(std::string url, const metainfo::Metainfo& metainfo, const metainfo::OriginalPaths& paths,
         Rng rng)
      : url_(std::move(url)), metainfo_(&metainfo), paths_(&paths), rng_(rng) {}

  // --- orders
  /// idle. The run begins and ends at the borders of blocks, and is in pieces that it has().
  void fetch(const Run& run, Instant now);
  /// Calls the run off, without RunOver. What was given stays good.
  void stop();
  /// A piece that it had a part in failed its hash; `alone`: all of it.
  void on_bad_piece(bool alone);

  // --- inputs: of the exchange that OpenWanted asked for
  void on_head(const AnswerHead& head, Instant now);
  void on_body(Bytes part, Instant now);
  /// cut_off: nothing that the server can be blamed for; permission: it is not to be asked.
  void on_end(const Result<void>& result, Instant now);
  void on_deadline(Instant now);

  // --- outputs
  std::optional<Event> next_event();
  std::optional<Instant> deadline() const;

  const std::string& url() const { return url_; }
  /// It may be told to fetch().
  bool ready() const { return state_ == State::idle; }
  bool running() const { return state_ == State::asking || state_ == State::receiving; }
  State state() const { return state_; }
  /// As far as is known.
  bool has(PieceIndex piece) const { return lacks_.size() == 0 || !lacks_.test(piece); }
  /// The pieces it has not; of no size while it is thought to have all.
  const Bitfield& lacks() const { return lacks_; }
  /// How many octets the next run should have.
  std::uint64_t run_bytes() const { return run_bytes_; }
  Facts facts() const;

 private:
  void go_on(Instant now);
  void open(Instant now);
  void close();
  bool ask_elsewhere(Instant now);
  void take(Bytes bytes);
  void pour_zeros();
  void finish_run(Instant now);
  void end_run();
  void on_absent(const std::string& why);
  void on_trouble(const std::string& why, std::optional<Duration> wish, Instant now);
  void back_off(const std::string& why, Duration wait, Instant now);
  void give_up(const std::string& why);

  std::string url_;
  const metainfo::Metainfo* metainfo_;
  const metainfo::OriginalPaths* paths_;
  Rng rng_;
  State state_ = State::idle;
  Fifo<Event> events_;
  Bitfield lacks_;
  Redirects redirects_;
  std::uint64_t run_bytes_ = run_bytes_first;
  // Of the run:
  Run run_;
  Plan plan_;
  BlocksOf blocks_;
  std::optional<BlockRef> ref_;  ///< of block_
  Block block_;                  ///< that is being filled
  std::uint32_t filled_ = 0;
  Part part_;  ///< what of it is still to come
  Instant begun_at_{};
  Instant turn_at_{};  ///< of the last input
  // Of the exchange:
  bool exchange_ = false;
  bool redirected_ = false;  ///< asked where a redirect led before
  bool ends_there_ = false;
  std::uint64_t skip_ = 0;
  std::uint64_t taken_ = 0;
  // What became of it all:
  std::uint64_t downloaded_ = 0;
  std::uint32_t failures_ = 0;
  std::uint32_t suspected_ = 0;
  Instant until_ = never;
  std::string trouble_;
};

}  // namespace seed::webseed
