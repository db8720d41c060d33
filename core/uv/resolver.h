// Resolver: names to addresses by getaddrinfo on libuv's pool, a few at a time; while the uplink
// names an interface by BoundLookup on the loop, all at once. While nothing can go out none is
// looked up: Fault cut_off.
#pragma once

#include <deque>
#include <map>
#include <memory>

#include "core/io/resolver.h"
#include "core/uv/bound_lookup.h"
#include "core/uv/loop.h"
#include "core/uv/uplink.h"

namespace seed::uv {

/// Lookups under way at once, and on the loop. Beyond: queued.
inline constexpr std::size_t lookups_at_once_max = 8;
inline constexpr std::size_t bound_lookups_max = 64;
/// Lookups waiting. Beyond: Fault busy.
inline constexpr std::size_t lookups_waiting_max = 10'000;

class Resolver final : public io::Resolver {
 public:
  /// `uplink`: as Net has it.
  explicit Resolver(Loop& loop, Uplink* uplink = nullptr);
  ~Resolver() override;

  LookupId resolve(const std::string& host, Answer<std::vector<IpAddress>> answer) override;
  void cancel(LookupId id) override;
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
  static void on_cut(void* self);
  static void on_found(uv_getaddrinfo_t* request, int status, addrinfo* found) noexcept;
  void start_some();
  void start(LookupId id, const std::string& host);
  void start_bound(LookupId id, const std::string& host);
  bool bound() const { return uplink_ != nullptr && uplink_->names_interface(); }
  void tie();
  void answer(LookupId id, Result<std::vector<IpAddress>> result);

  Loop& loop_;
  Uplink* uplink_;
  TurnTask start_;
  SlotMap<Lookup, LookupTag> lookups_;
  std::deque<LookupId> waiting_;
  std::vector<Running*> running_;
  std::map<LookupId, std::unique_ptr<BoundLookup>> bound_lookups_;
  std::vector<std::unique_ptr<BoundLookup>> ended_;  ///< until the end of the turn
  UplinkTie tie_v4_;
  UplinkTie tie_v6_;
  std::vector<LookupId> cut_;  ///< to be told
};

}  // namespace seed::uv
