// Gateway: the default route by /proc, at once; UPnP by miniupnpc on a thread of libuv's pool that
// is counted for it (gateway_threads), one call after the other.
//
//   upnp_map/unmap -> queue -> a thread: Upnp -> answer on the loop
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "core/io/gateway.h"
#include "core/uv/loop.h"
#include "core/uv/uplink.h"
#include "core/uv/upnp.h"

namespace seed::uv {

/// UPnP calls that wait. Ports are few; beyond: Fault busy.
inline constexpr std::size_t upnp_calls_max = 64;

class Gateway final : public io::Gateway {
 public:
  /// `uplink`: as Net has it. While it names an interface, only the router there is found, and none
  /// is asked by UPnP, Fault unsupported: miniupnpc's sockets cannot be held. Nor is one while
  /// nothing can go out, Fault cut_off. What no thread has begun with when that comes is not begun.
  explicit Gateway(Loop& loop, Uplink* uplink = nullptr);
  /// What waits is dropped; a call that runs is left to end, and its answer dropped.
  ~Gateway() override;

  void default_gateway(const io::GatewayQuery& query, Answer<io::GatewayFacts> answer) override;
  void upnp_map(const io::UpnpMapping& wanted, Answer<io::UpnpMapping> answer) override;
  void upnp_unmap(const io::UpnpMapping& mapping, Answer<void> answer) override;

  /// The end: calls that wait, and all answers, are dropped, and nothing is taken any more. Waits
  /// for the call that runs, while the loop stands still; false when it still does after `at_most`.
  bool end(Duration at_most);

 private:
  /// On the thread: does the call, and returns what is to be done on the loop. Given a fault, on
  /// the loop: asks nobody.
  using Reply = std::move_only_function<void()>;
  using Call = std::move_only_function<Reply(Result<Upnp*>)>;
  struct Running;

  template <typename T, typename Ask>
  static Call call_of(Ask ask, Answer<T> answer);
  static void on_cut(void* self);
  static void on_turn(void* self);
  static void on_work(uv_work_t* work) noexcept;
  static void on_done(uv_work_t* work, int status) noexcept;
  void submit(Call call);
  void start();
  void reply_later(Reply reply);

  bool bound() const { return uplink_ != nullptr && uplink_->names_interface(); }
  /// Why no router may be asked by UPnP now.
  std::optional<Fault> refusal() const;
  void tie();

  Loop& loop_;
  Uplink* uplink_;
  TurnTask task_;
  std::deque<Reply> due_;                                  ///< answers that need no thread
  std::deque<Call> calls_;                                 ///< that wait
  std::unique_ptr<Upnp> upnp_ = std::make_unique<Upnp>();  ///< while no call runs
  Running* running_ = nullptr;
  bool ending_ = false;
  UplinkTie tie_v4_;
  UplinkTie tie_v6_;
};

}  // namespace seed::uv
