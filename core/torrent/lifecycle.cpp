#include "core/torrent/lifecycle.h"

#include <utility>

namespace seed::torrent {

// --- what it is at -------------------------------------------------------------------------------

Status Lifecycle::status(const Facts& facts, bool check_waits) const {
  if (phase_ == Phase::checking && !outdated_)
    return check_waits ? Status::check_wait : Status::checking;
  if (check_wanted_) return Status::check_wait;
  if (!runnable(facts)) return Status::stopped;
  if (facts.done) return allowed_ ? Status::seeding : Status::seed_wait;
  return allowed_ ? Status::downloading : Status::download_wait;
}

bool Lifecycle::needs_content(const Facts& facts) const {
  if (!facts.metadata) return false;
  if (facts.held) return true;
  if (error_ || leaving_) return false;
  return check_wanted_ || (facts.owed && !check_stopped_) || (active(facts) && !facts.done);
}

// --- orders --------------------------------------------------------------------------------------

bool Lifecycle::forget_error() {
  told_of_stranger_ = false;
  if (!error_) return false;
  error_.reset();
  retry_at_ = never;
  return true;
}

bool Lifecycle::start(bool by_name) {
  by_user_ = true;
  check_stopped_ = false;
  lost_data_accepted_ = lost_data_accepted_ || error_.has_value();
  may_overwrite_ = may_overwrite_ || (by_name && error_ && told_of_stranger_);
  return forget_error();
}

Lifecycle::Stopped Lifecycle::stop() {
  const bool checks = phase_ == Phase::checking;
  if (checks) {
    check_wanted_ = false;
    check_stopped_ = true;
  }
  return {.check = checks, .error = forget_error()};
}

bool Lifecycle::allow(bool allowed) { return std::exchange(allowed_, allowed) != allowed; }

bool Lifecycle::accept_loss() {
  lost_data_accepted_ = true;
  return forget_error();
}

void Lifecycle::relocate() {
  lost_data_accepted_ = true;
  may_overwrite_ = false;
  check_wanted_ = true;
  forget_error();
}

// --- what comes next -----------------------------------------------------------------------------

Lifecycle::Step Lifecycle::next_step(const Facts& facts, Instant now) {
  if (needs_content(facts)) {
    needed_at_ = now;
    if (phase_ == Phase::resting) {
      phase_ = Phase::loading;
      return Step::load;
    }
  }
  return phase_ == Phase::ready && check_wanted_ && !outdated_ ? Step::check : Step::none;
}

Lifecycle::Runs Lifecycle::runs(const Facts& facts) const {
  const bool meets = meets_peers(facts);
  Runs runs;
  runs.downloads = phase_ == Phase::ready && !outdated_ && active(facts) && !facts.done;
  runs.links = meets && phase_ != Phase::checking;
  // What is left to download is told when it is known.
  if (!meets)
    runs.announce = Announce::stop;
  else if (!facts.metadata || (!check_pending() && (facts.done || phase_ == Phase::ready)))
    runs.announce = Announce::start;
  return runs;
}

bool Lifecycle::tell(Status status) { return std::exchange(told_status_, status) != status; }

// --- what became of the content ------------------------------------------------------------------

Lifecycle::Resumed Lifecycle::on_resumed(bool lost, bool to_check) {
  if (lost && !lost_data_accepted_) return Resumed::lost;
  lost_data_accepted_ = false;
  if (check_wanted_) return Resumed::check_all;
  return to_check ? Resumed::check_some : Resumed::ready;
}

void Lifecycle::begin_check() {
  check_wanted_ = false;
  phase_ = Phase::checking;
}

Lifecycle::Checked Lifecycle::on_checked(const Result<void>& outcome, bool all) {
  const bool failed = !outcome && outcome.error().code != FaultCode::cancelled;
  if (failed) {
    phase_ = Phase::ready;
    return Checked::failed;
  }
  if (outcome || all) return Checked::done;
  if (!leaving_) return Checked::left;
  phase_ = Phase::ready;
  return Checked::leaving;
}

void Lifecycle::on_ready(Instant now) {
  phase_ = Phase::ready;
  needed_at_ = now;
}

// --- faults --------------------------------------------------------------------------------------

/// A full disk that has room, a root that is back, descriptors that are free again.
static bool mends_itself(FaultCode code) {
  return code == FaultCode::disk_full || code == FaultCode::root_missing ||
         code == FaultCode::out_of_resources;
}

bool Lifecycle::on_fault(const Fault& fault, Instant now) {
  // A disk that went away explains whatever went wrong before, and says when it can go on.
  if (error_ && (fault.code != FaultCode::root_missing || error_->code == fault.code)) return false;
  // Who was told of a stranger is told of something else now.
  if (error_) told_of_stranger_ = false;
  error_ = fault;
  if (mends_itself(fault.code)) retry_at_ = now + retry_after_fault;
  return true;
}

std::optional<FaultCode> Lifecycle::take_retry() {
  retry_at_ = never;
  return error_ ? std::optional(error_->code) : std::nullopt;
}

bool Lifecycle::on_fault_checked(bool mended, Instant now) {
  if (!error_) return false;
  if (!mended || error_->code == FaultCode::root_missing) {
    // A missing root is looked for by the session, see on_root_back(); the retry is its safety net.
    retry_at_ = now + retry_after_fault;
    return false;
  }
  return forget_error();
}

bool Lifecycle::on_root_reason(const Fault& reason) {
  if (!error_ || error_->code != FaultCode::root_missing || error_->code != reason.code ||
      error_->text == reason.text)
    return false;
  error_ = reason;
  return true;
}

bool Lifecycle::on_root_back() {
  if (!error_ || error_->code != FaultCode::root_missing) return false;
  return forget_error();
}

}  // namespace seed::torrent
