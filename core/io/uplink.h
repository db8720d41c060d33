// Uplink: the network interface that everything goes over, if the user names one.
//
// While it is bound, each socket of the World (of Net, Resolver, Http and Gateway) goes over that
// interface and comes from one of its addresses, or is not made: Fault cut_off. When the interface
// or its address goes, what was open ends with that fault, and nothing goes out until it is back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/endpoint.h"

namespace seed::io {

struct UplinkWish {
  std::string interface{};  ///< "": any
  /// The address of each family that everything comes from. Unspecified: any that there is; none:
  /// that family is not used.
  std::optional<IpAddress> v4 = IpAddress::any_v4();
  std::optional<IpAddress> v6 = IpAddress::any_v6();
  /// Who is asked for names while an interface is named; empty: whom the system asks.
  std::vector<IpAddress> name_servers{};
  bool operator==(const UplinkWish&) const = default;
};

struct UplinkFacts {
  std::string interface{};  ///< as it was wished for
  /// What may go out over each family, and from where. Unspecified: the system chooses.
  std::optional<IpAddress> v4 = IpAddress::any_v4();
  std::optional<IpAddress> v6 = IpAddress::any_v6();
  /// Why nothing can go out, for the user; empty: it can.
  std::string trouble{};
  /// The system holds no socket to an interface for us: sources and routes are looked at instead.
  bool by_source_only = false;
  /// Another one: what there was before has ended, and who was told of us is to be told again.
  std::uint64_t life = 0;

  bool there() const { return trouble.empty(); }
  bool has(const IpAddress& of) const { return (of.is_v4() ? v4 : v6).has_value(); }
  bool operator==(const UplinkFacts&) const = default;
};

class UplinkOwner {
 public:
  virtual ~UplinkOwner() = default;
  /// The facts are others. What has ended by that is told to its owners after this.
  virtual void on_uplink() = 0;
};

class Uplink {
 public:
  virtual ~Uplink() = default;
  /// Whom to tell; nullptr tells nobody.
  virtual void set_owner(UplinkOwner* owner) = 0;
  /// From now on everything goes over this; the facts are those of it when the call returns, and
  /// the owner is not told. Open sockets that are not so end.
  virtual void bind(const UplinkWish& wish) = 0;
  virtual const UplinkFacts& facts() const = 0;
};

}  // namespace seed::io
