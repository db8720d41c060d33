// Lifecycle: what a torrent is at, what it shall do next, and what has gone wrong with it. A plain
// state machine: facts and news in, decisions out.
//
//   (no metadata: only peers and trackers are spoken to)
//
//   resting --somebody needs it--> loading --> resuming --> ready --nobody needs it--> resting
//                                                  \--> checking --> ready
//
// Apart from the phases: an error keeps it from running until it is mended or the user starts it
// again; a check that is wanted waits for the content. Bounds: one error, the first one.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/instant.h"
#include "core/base/result.h"
#include "core/torrent/snapshot.h"

namespace seed::torrent {

/// What the machine is told with each question, and does not keep.
struct LifecycleFacts {
  bool wanted = false;   ///< the user wants it to run
  bool done = false;     ///< nothing wanted is missing
  bool held = false;     ///< somebody waits for the content or works with it, or there are links
  bool owed = false;     ///< something was begun that only the content can end
  bool metadata = true;  ///< it is there; without it there is no content
  bool fetches_paused = false;  ///< metadata is fetched also while the user does not want it to run
};

class Lifecycle {
 public:
  enum class Phase : std::uint8_t { resting, loading, resuming, checking, ready };
  using Facts = LifecycleFacts;

  /// Content that nobody needs goes after this long.
  static constexpr Duration rest_after = 60s;
  static constexpr Duration retry_after_fault = 10s;

  // --- what it is at
  Phase phase() const { return phase_; }
  /// There is content to look at, perhaps in the middle of a check.
  bool has_content() const { return phase_ == Phase::ready || phase_ == Phase::checking; }
  /// It runs.
  bool active(const Facts& facts) const { return facts.wanted && allowed_ && !error_ && !leaving_; }
  /// The user wants it to run, and nothing keeps it from running but its place in the queue.
  bool runnable(const Facts& facts) const { return facts.wanted && !error_ && !leaving_; }
  /// It wants peers for its metadata.
  bool fetches_metadata(const Facts& facts) const {
    return !facts.metadata && !error_ && !leaving_ &&
           ((facts.wanted && allowed_) || facts.fetches_paused);
  }
  /// It may have links and speak to trackers.
  bool meets_peers(const Facts& facts) const { return active(facts) || fetches_metadata(facts); }
  bool check_wanted() const { return check_wanted_; }
  bool check_pending() const { return phase_ == Phase::checking || check_wanted_; }
  /// `check_waits`: its check has not had its turn yet.
  Status status(const Facts& facts, bool check_waits) const;
  bool needs_content(const Facts& facts) const;
  bool may_rest(const Facts& facts, Instant now) const {
    return phase_ == Phase::ready && !needs_content(facts) && now - needed_at_ >= rest_after;
  }
  bool allowed() const { return allowed_; }
  bool leaving() const { return leaving_; }
  /// The user has started it in this run.
  bool by_user() const { return by_user_; }
  const std::optional<Fault>& error() const { return error_; }
  /// That is about files that are somebody else's.
  bool told_of_stranger() const { return error_ && told_of_stranger_; }
  /// When take_retry() is due; `never` while there is nothing that mends itself.
  Instant retry_at() const { return retry_at_; }

  // --- orders
  /// True: what is known of the content is not to be trusted, drop it.
  /// `by_name`: the user has named it, and so knows what its error says.
  bool start(bool by_name);
  struct Stopped {
    bool check = false;  ///< one goes on and is to be stopped
    bool error = false;  ///< one was forgotten: as for start()
  };
  Stopped stop();
  /// Queueing's decision; false when it was so already.
  bool allow(bool allowed);
  /// The user wants it looked at anew, whatever is missing. True as for start().
  bool accept_loss();
  /// All of it is to be checked. A check that goes on is stopped first, or it is the one.
  void want_check() { check_wanted_ = true; }
  /// Its data is elsewhere from now on, and to be checked there.
  void relocate();
  /// It never runs again.
  void leave() { leaving_ = true; }

  // --- what comes next
  enum class Step : std::uint8_t { none, load, check };
  /// `load`: the content is asked for, on_content comes. `check`: begin_check() all of it.
  Step next_step(const Facts& facts, Instant now);
  enum class Announce : std::uint8_t { as_it_is, start, stop };
  struct Runs {
    bool downloads = false;  ///< blocks are asked for
    bool links = false;      ///< else all of them end
    Announce announce = Announce::as_it_is;
  };
  Runs runs(const Facts& facts) const;
  /// Somebody looks at the content now.
  void touch(Instant now) { needed_at_ = now; }
  /// False when that was told last time.
  bool tell(Status status);

  // --- what became of the content
  /// False when nobody waits for it any more.
  bool expects_content() const { return phase_ == Phase::loading && !leaving_; }
  void on_loaded() { phase_ = Phase::resuming; }
  /// The content is not to be relied on, and goes when what works with it has ended: until then
  /// nothing else is done with it.
  void outdate() { outdated_ = true; }
  bool outdated() const { return outdated_; }
  /// The content is gone, or did not come.
  void rest() {
    phase_ = Phase::resting;
    outdated_ = false;
  }
  enum class Resumed : std::uint8_t {
    lost,  ///< pieces that were had are gone, and nobody said that this is fine
    check_all,
    check_some,  ///< only those that storage wants read
    ready,
  };
  /// `lost`: something that was had at the last save is gone. `to_check`: there is something to
  /// read.
  Resumed on_resumed(bool lost, bool to_check);
  void begin_check();
  enum class Checked : std::uint8_t {
    failed,
    left,     ///< stopped half way, with pieces nobody has looked at
    leaving,  ///< the same, and the torrent goes anyway
    done,
  };
  /// The user was told of files that are somebody else's, and started the torrent all the same.
  bool may_overwrite() const { return may_overwrite_; }
  /// More of them may be written over than he was told of.
  void forget_leave() { may_overwrite_ = false; }
  /// `all`: no piece was left out. Only while checking.
  Checked on_checked(const Result<void>& outcome, bool all);
  void on_ready(Instant now);

  // --- faults
  /// False when an earlier error explains this one.
  bool on_fault(const Fault& fault, Instant now);
  /// That fault was about files that are somebody else's: who starts it all the same wants them
  /// written over.
  void on_stranger() { told_of_stranger_ = true; }
  /// Only what mends itself is tried again: a full disk that has room, a root that is back, a want
  /// of descriptors. Calls the retry off; nothing when there is nothing to look at.
  std::optional<FaultCode> take_retry();
  /// What take_retry() wanted looked at. True: the error is gone.
  bool on_fault_checked(bool mended, Instant now);
  /// True: the error was that the root is missing, and it is for another reason by now.
  bool on_root_reason(const Fault& reason);
  /// True: the error was that the root is missing, and it is gone.
  bool on_root_back();

 private:
  bool forget_error();

  Phase phase_ = Phase::resting;
  bool allowed_ = false;
  bool by_user_ = false;
  bool leaving_ = false;
  bool outdated_ = false;
  bool check_wanted_ = false;
  bool check_stopped_ = false;       ///< by the user: what is owed waits until he starts it
  bool lost_data_accepted_ = false;  ///< files that vanished are had again
  bool told_of_stranger_ = false;    ///< that is what the error is about
  bool may_overwrite_ = false;       ///< files that are somebody else's too
  Status told_status_ = Status::stopped;
  std::optional<Fault> error_;
  Instant retry_at_ = never;
  Instant needed_at_{};  ///< when the content was last needed
};

}  // namespace seed::torrent
