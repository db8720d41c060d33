// RoutedResolver: io::Resolver that is now one, now another. Who has asked is answered by the one
// that was asked.
#pragma once

#include <string>
#include <vector>

#include "core/io/resolver.h"

namespace seed::proxy {

class RoutedResolver final : public io::Resolver {
 public:
  /// Whatever it is set to outlives it.
  explicit RoutedResolver(io::Resolver& first) : resolver_(&first) {}
  ~RoutedResolver() override;

  /// For what is asked from now on.
  void set(io::Resolver& resolver) { resolver_ = &resolver; }

  LookupId resolve(const std::string& host, Answer<std::vector<IpAddress>> answer) override;
  void cancel(LookupId id) override;

 private:
  struct Lookup {
    io::Resolver* asked = nullptr;
    LookupId there;  ///< as that one knows it
    Answer<std::vector<IpAddress>> answer;
  };

  io::Resolver* resolver_;
  SlotMap<Lookup, LookupTag> lookups_;
};

}  // namespace seed::proxy
