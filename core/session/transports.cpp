#include "core/session/transports.h"

#include <utility>

namespace seed::session {

Transports::Transports(io::Clock& clock, io::Dialer& tcp, io::Dialer& utp)
    : clock_(clock), tcp_(tcp), utp_(utp), first_(&tcp) {}

void Transports::configure(const config::Settings& settings) {
  first_ = second_ = nullptr;
  for (const auto transport : settings.preferred_transports) {
    io::Dialer* const dialer = transport == config::Transport::utp ? &utp_ : &tcp_;
    if (first_ == nullptr)
      first_ = dialer;
    else if (dialer != first_)
      second_ = dialer;
  }
  first_failed_.clear();
  remembered_ = {};
}

Result<std::unique_ptr<io::Stream>> Transports::dial(const Endpoint& to,
                                                     const io::DialOptions& options,
                                                     io::StreamOwner& owner) {
  if (options.utp_only) return utp_.dial(to, options, owner);
  if (first_ == nullptr) return fail(FaultCode::unsupported, "no transport is allowed");
  if (second_ == nullptr) return first_->dial(to, options, owner);
  SEED_TRY(auto race, RacedStream::dial({first_, second_}, to, options, owner, *this));
  if (first_failed_.contains(to)) {
    race->begin_second();
  } else {
    const auto place = waiting_.emplace(clock_.now() + head_start, race.get());
    places_.emplace(race.get(), place);
  }
  return race;
}

void Transports::on_deadline(Instant now) {
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    RacedStream& race = *waiting_.begin()->second;
    stop_waiting(race);
    race.begin_second();
  }
}

void Transports::on_race_over(RacedStream& race, std::optional<std::size_t> won) {
  stop_waiting(race);
  if (won == std::size_t{1}) remember(race.remote());
  // It stays in `remembered_`, where forgetting it again does no harm.
  if (won == std::size_t{0}) first_failed_.erase(race.remote());
}

void Transports::stop_waiting(RacedStream& race) {
  const auto place = places_.find(&race);
  if (place == places_.end()) return;
  waiting_.erase(place->second);
  places_.erase(place);
}

void Transports::remember(const Endpoint& peer) {
  if (!first_failed_.insert(peer).second) return;
  remembered_.push_back(peer);
  if (remembered_.size() <= remembered_max) return;
  first_failed_.erase(remembered_.front());
  remembered_.pop_front();
}

}  // namespace seed::session
