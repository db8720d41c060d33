// Resolver: names to addresses by getaddrinfo on libuv's pool, a few at a time.
#pragma once

#include <deque>

#include "core/io/resolver.h"
#include "core/uv/loop.h"

namespace seed::uv {

/// Lookups under way at once. Beyond: queued.
inline constexpr std::size_t lookups_at_once_max = 8;
/// Lookups waiting. Beyond: Fault busy.
inline constexpr std::size_t lookups_waiting_max = 10'000;

class Resolver final : public io::Resolver {
 public:
  explicit Resolver(Loop& loop) : loop_(loop), start_(loop, this, &Resolver::on_turn) {}
  ~Resolver() override;

  LookupId resolve(const std::string& host, Answer<std::vector<IpAddress>> answer) override;
  void cancel(LookupId id) override { lookups_.erase(id); }
  /// All answers are dropped: whoever asked is gone.
  void end();
  /// A name server is waited for, which no call can cut short.
  bool is_waiting() const { return !running_.empty(); }

 private:
  struct Lookup {
    std::string host;
    Answer<std::vector<IpAddress>> answer;
  };
  struct Running;

  static void on_turn(void* self);
  static void on_found(uv_getaddrinfo_t* request, int status, addrinfo* found) noexcept;
  void start_some();
  void start(LookupId id, const std::string& host);
  void answer(LookupId id, Result<std::vector<IpAddress>> result);

  Loop& loop_;
  TurnTask start_;
  SlotMap<Lookup, LookupTag> lookups_;
  std::deque<LookupId> waiting_;
  std::vector<Running*> running_;
};

}  // namespace seed::uv
