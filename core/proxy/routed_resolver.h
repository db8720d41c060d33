// RoutedResolver: io::Resolver that is now one, now another. What is being looked up when it
// changes begins anew with the other, so that the one before asks nobody any more.
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

  /// Holds for what is under way too.
  void set(io::Resolver& resolver);

  LookupId resolve(const std::string& host, Answer<std::vector<IpAddress>> answer) override;
  void cancel(LookupId id) override;

 private:
  struct Lookup {
    std::string host;
    Answer<std::vector<IpAddress>> answer;
    LookupId there;  ///< as resolver_ knows it
  };
  void begin(LookupId id, Lookup& lookup);

  io::Resolver* resolver_;
  SlotMap<Lookup, LookupTag> lookups_;
};

}  // namespace seed::proxy
