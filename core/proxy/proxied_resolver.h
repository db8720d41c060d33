// ProxiedResolver: io::Resolver that asks nobody: the proxy resolves names when it is used, and
// until then an address of HostNames stands for each. No name goes out by another way.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "core/io/alarm.h"
#include "core/io/resolver.h"
#include "core/proxy/host_names.h"

namespace seed::proxy {

class ProxiedResolver final : public io::Resolver {
 public:
  /// Both outlive it; `names` is the ProxiedNet's.
  ProxiedResolver(io::Alarm& alarm, HostNames& names) : alarm_(alarm), names_(names) {}

  /// The literal, or the address that stands for the name; at the end of this turn or the next.
  /// Fault unsupported: a name that no proxy can be told.
  LookupId resolve(const std::string& host, Answer<std::vector<IpAddress>> answer) override;
  void cancel(LookupId id) override { lookups_.erase(id); }

  /// To be called at the end of each turn: gives the answers that are due. They may do anything but
  /// destroy this.
  void on_turn_end();

 private:
  struct Lookup {
    std::string host;
    Answer<std::vector<IpAddress>> answer;
  };
  Result<std::vector<IpAddress>> look_up(const std::string& host);

  io::Alarm& alarm_;
  HostNames& names_;
  SlotMap<Lookup, LookupTag> lookups_;
  std::deque<LookupId> waiting_;
};

}  // namespace seed::proxy
