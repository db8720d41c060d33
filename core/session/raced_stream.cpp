#include "core/session/raced_stream.h"

#include <utility>

namespace seed::session {

Result<std::unique_ptr<RacedStream>> RacedStream::dial(const std::array<io::Dialer*, 2>& dialers,
                                                       const Endpoint& to,
                                                       const io::DialOptions& options,
                                                       io::StreamOwner& owner, RaceJudge& judge) {
  std::unique_ptr<RacedStream> race(new RacedStream(dialers, to, options, owner, judge));
  if (!race->begin(0)) {
    race->second_begun_ = true;
    SEED_TRY_VOID(race->begin(1));
  }
  return race;
}

RacedStream::RacedStream(const std::array<io::Dialer*, 2>& dialers, const Endpoint& to,
                         const io::DialOptions& options, io::StreamOwner& owner, RaceJudge& judge)
    : dialers_(dialers),
      to_(to),
      options_(options),
      owner_(&owner),
      judge_(judge),
      attempts_{Attempt(*this, 0), Attempt(*this, 1)} {}

RacedStream::~RacedStream() { judge_.on_race_gone(*this); }

Result<void> RacedStream::begin(std::size_t which) {
  SEED_TRY(attempts_[which].stream, dialers_[which]->dial(to_, options_, attempts_[which]));
  return {};
}

void RacedStream::begin_second() {
  if (winner_ || std::exchange(second_begun_, true)) return;
  // One that cannot begin is one that failed; the first is still under way.
  static_cast<void>(begin(1));
}

void RacedStream::on_connected(std::size_t which) {
  winner_ = std::move(attempts_[which].stream);
  attempts_[1 - which].stream.reset();
  second_begun_ = true;
  judge_.on_race_over(*this, which);
  winner_->set_owner(owner_);
  if (owner_ != nullptr) owner_->on_connected();
}

void RacedStream::on_end(std::size_t which, const Fault& fault) {
  attempts_[which].stream.reset();
  if (attempts_[1 - which].stream) return;
  if (!std::exchange(second_begun_, true) && begin(1)) return;
  judge_.on_race_over(*this, std::nullopt);
  if (owner_ != nullptr) owner_->on_end(fault);
}

void RacedStream::set_owner(io::StreamOwner* owner) {
  owner_ = owner;
  if (winner_) winner_->set_owner(owner);
}

void RacedStream::write(ByteQueue&& bytes) {
  if (winner_) winner_->write(std::move(bytes));
}

void RacedStream::resume_reading() {
  if (winner_) winner_->resume_reading();
}

Endpoint RacedStream::local() const { return winner_ ? winner_->local() : Endpoint{}; }

}  // namespace seed::session
