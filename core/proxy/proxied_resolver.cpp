#include "core/proxy/proxied_resolver.h"

#include <utility>

#include "core/socks/address.h"

namespace seed::proxy {

LookupId ProxiedResolver::resolve(const std::string& host, Answer<std::vector<IpAddress>> answer) {
  const LookupId id = lookups_.insert({host, std::move(answer)});
  waiting_.push_back(id);
  alarm_.again();
  return id;
}

void ProxiedResolver::on_turn_end() {
  // What is asked for by an answer is for the next turn.
  for (const LookupId id : std::exchange(waiting_, {}))
    if (auto lookup = lookups_.take(id)) lookup->answer(look_up(lookup->host));
}

Result<std::vector<IpAddress>> ProxiedResolver::look_up(const std::string& host) {
  if (const auto literal = IpAddress::parse(host)) return std::vector{*literal};
  if (!socks::is_encodable(socks::HostName{host, 0}))
    return fail(FaultCode::unsupported, "the proxy cannot be told of such a name");
  return std::vector{names_.address_of(host)};
}

}  // namespace seed::proxy
