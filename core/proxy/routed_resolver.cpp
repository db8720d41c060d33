#include "core/proxy/routed_resolver.h"

#include <utility>

namespace seed::proxy {

RoutedResolver::~RoutedResolver() {
  lookups_.each([this](LookupId, Lookup& lookup) { resolver_->cancel(lookup.there); });
}

void RoutedResolver::set(io::Resolver& resolver) {
  io::Resolver* const before = std::exchange(resolver_, &resolver);
  if (before == resolver_) return;
  lookups_.each([&](LookupId id, Lookup& lookup) {
    before->cancel(lookup.there);
    begin(id, lookup);
  });
}

LookupId RoutedResolver::resolve(const std::string& host, Answer<std::vector<IpAddress>> answer) {
  const LookupId id = lookups_.insert({host, std::move(answer), {}});
  begin(id, *lookups_.find(id));
  return id;
}

void RoutedResolver::begin(LookupId id, Lookup& lookup) {
  lookup.there = resolver_->resolve(lookup.host, [this, id](Result<std::vector<IpAddress>> found) {
    if (auto done = lookups_.take(id)) done->answer(std::move(found));
  });
}

void RoutedResolver::cancel(LookupId id) {
  if (const auto lookup = lookups_.take(id)) resolver_->cancel(lookup->there);
}

}  // namespace seed::proxy
