#include "core/proxy/routed_resolver.h"

#include <utility>

namespace seed::proxy {

RoutedResolver::~RoutedResolver() {
  lookups_.each([](LookupId, Lookup& lookup) { lookup.asked->cancel(lookup.there); });
}

LookupId RoutedResolver::resolve(const std::string& host, Answer<std::vector<IpAddress>> answer) {
  const LookupId id = lookups_.insert({resolver_, {}, std::move(answer)});
  lookups_.find(id)->there =
      resolver_->resolve(host, [this, id](Result<std::vector<IpAddress>> found) {
        if (auto lookup = lookups_.take(id)) lookup->answer(std::move(found));
      });
  return id;
}

void RoutedResolver::cancel(LookupId id) {
  if (const auto lookup = lookups_.take(id)) lookup->asked->cancel(lookup->there);
}

}  // namespace seed::proxy
