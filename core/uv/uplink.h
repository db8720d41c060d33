// Uplink: the interface that every socket of the World is held to, watched by rtnetlink.
//
// A socket is held by SO_BINDTODEVICE, which anybody may set since Linux 5.7. Where the system
// refuses it: by the source address, each time looked up on the interface, and connections go only
// where the system's routes lead from that address, which are watched. IPv6 is not used then: what
// keeps a farewell from going another way (SO_DONTROUTE) is of IPv4 alone. That is weaker: between
// a change and our hearing of it, milliseconds, the kernel may send for an open connection by
// another way.
//
// Sockets tie themselves to it by an UplinkTie, and are cut when their family's address or the
// interface goes. An interface that is made anew has another index: what was held to the old one is
// cut too. While nothing is wished for nothing is watched or asked.
//
// When the kernel cannot be asked, as without file descriptors, it is asked again after
// `ask_again_after`. Until then sockets that are held to the interface may stay, for they go over
// it or nowhere; where sources alone are looked at all is cut.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/io/uplink.h"
#include "core/uv/handle.h"
#include "core/uv/interfaces.h"
#include "core/uv/loop.h"

namespace seed::uv {

class UplinkTie;

inline constexpr Duration ask_again_after = 1s;

class Uplink final : public io::Uplink {
 public:
  enum class Devices : std::uint8_t { held, refused };
  /// `devices`: refused is for tests, as on a system that holds no socket to a device for us.
  explicit Uplink(Loop& loop, Devices devices = Devices::held);
  ~Uplink() override;
  Uplink(const Uplink&) = delete;
  Uplink& operator=(const Uplink&) = delete;

  void set_owner(io::UplinkOwner* owner) override { owner_ = owner; }
  void bind(const io::UplinkWish& wish) override;
  const io::UplinkFacts& facts() const override { return facts_; }
  const io::UplinkWish& wish() const { return wish_; }
  /// Sockets are held to an interface.
  bool names_interface() const { return !wish_.interface.empty(); }

  /// For a socket just made, before it is bound or connected: holds it, and returns the address to
  /// bind it to: `source`, or where that would not hold it the interface's. Fault cut_off: nothing
  /// may go out now; unreachable: nothing may over that family.
  Result<IpAddress> hold(int descriptor, const IpAddress& source);
  /// Before a held socket is connected, or a connection taken. `to` unspecified: before one
  /// listens, which answers whoever comes. Fault unreachable: the system would go another way.
  Result<void> check_way(const IpAddress& to) const;
  /// For a connection that is cut: nothing of it goes out any more, neither what waits in the
  /// kernel nor a farewell when it is closed, whatever it was held to.
  void silence(int descriptor) const;
  /// Why what went over that family was cut, or is not made.
  Fault cut_off(const IpAddress& of) const;

 private:
  friend class UplinkTie;
  /// What the kernel says.
  struct Seen {
    io::UplinkFacts facts;
    int index = 0;
    bool to_world = true;
  };

  static void on_news(uv_poll_t* poll, int status, int events) noexcept;
  static void on_retry(uv_timer_t* timer) noexcept;
  Result<void> watch();
  void stop_watching();
  void update();
  void take(Seen seen);
  bool is_bound() const;
  /// Fault: the kernel could not be asked.
  Result<Seen> look();
  Result<void> try_devices();
  Result<std::string> find(int& index) const;
  Result<void> choose(io::UplinkFacts& next, int index) const;
  Result<bool> leads_to_world(const io::UplinkFacts& facts) const;
  std::string nothing_usable() const;
  void cut(std::vector<UplinkTie*> ties);
  void cut_other_ways();
  bool by_source_only() const { return refused_ && names_interface(); }
  std::string no_address(const IpAddress& of) const;
  Result<IpAddress> hold_to_source(int descriptor, const IpAddress& source) const;

  Loop& loop_;
  const Devices devices_;
  io::UplinkOwner* owner_ = nullptr;
  io::UplinkWish wish_;
  io::UplinkFacts facts_;
  int index_ = 0;
  bool refused_ = false;  ///< sockets held to a device
  bool known_ = false;    ///< the facts are what the kernel said of this wish
  /// By sources alone: the system's routes lead to all the world over the interface.
  bool to_world_ = true;
  bool watches_routes_ = false;
  // In this order: the socket is closed after the handle has let go of it.
  Descriptor news_;
  Handle<Uplink, uv_poll_t> poll_;
  Handle<Uplink, uv_timer_t> retry_;
  std::array<std::vector<UplinkTie*>, 2> ties_;  ///< of IPv4, of IPv6
};

/// Hears when what it stands for is to end. `cut` calls nobody from within.
class UplinkTie {
 public:
  using Cut = void (*)(void* context);
  UplinkTie(void* context, Cut cut) : context_(context), cut_(cut) {}
  ~UplinkTie() { untie(); }
  UplinkTie(const UplinkTie&) = delete;
  UplinkTie& operator=(const UplinkTie&) = delete;

  /// `uplink` outlives it; nullptr ties it to nothing. `of`: an address of its family.
  void tie(Uplink* uplink, const IpAddress& of);
  /// It is cut too when the way to there is another, as Uplink::check_way has it.
  void tie_way(Uplink* uplink, const IpAddress& to);
  void untie();

 private:
  friend class Uplink;
  void* context_;
  Cut cut_;
  Uplink* uplink_ = nullptr;
  std::size_t family_ = 0;
  std::size_t slot_ = 0;  ///< where it stands in the uplink's list
  std::optional<IpAddress> way_;
};

/// As Uplink::hold; without an uplink every socket is as it should be.
Result<IpAddress> hold(Uplink* uplink, int descriptor, const IpAddress& source);

}  // namespace seed::uv
