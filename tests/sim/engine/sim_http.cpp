#include "tests/sim/engine/sim_http.h"

#include <algorithm>
#include <utility>

#include "core/base/url.h"

namespace seed::sim {

HttpCallId SimHttp::get(io::HttpRequest request, Answer<io::HttpReply> answer) {
  const HttpCallId id = calls_.insert(std::move(answer));
  HttpAnswer out{20ms, fail(FaultCode::unreachable, "cannot resolve host")};
  if (outage_.refuses()) {
    out = {0ms, std::unexpected(Outage::fault())};
  } else if (const auto url = Url::parse(request.url)) {
    const auto server = web_.servers.find(url->host + ":" + std::to_string(url->port));
    if (server != web_.servers.end()) {
      auto answered = server->second(request, host_.address());
      out = answered ? *std::move(answered)
                     : HttpAnswer{request.timeout, fail(FaultCode::timed_out, "no answer")};
    }
  }
  if (out.after >= request.timeout)
    out = {request.timeout, fail(FaultCode::timed_out, "no answer")};
  if (out.reply && out.reply->body.size() > request.body_bytes_max)
    out.reply = fail(FaultCode::too_large, "the answer is too large");
  host_.post_after(out.after, [this, alive = alive_, id, reply = std::move(out.reply)]() mutable {
    if (!*alive) return;
    auto call = calls_.take(id);
    if (!call) return;
    host_.digest().note("http", host_.now(), host_.config().number);
    if (reply) host_.digest().add(Bytes(reply->body));
    (*call)(std::move(reply));
  });
  return id;
}

void SimHttp::end_all() {
  std::vector<HttpCallId> open;
  calls_.each([&](HttpCallId id, Answer<io::HttpReply>&) { open.push_back(id); });
  for (const HttpCallId id : open)
    if (auto call = calls_.take(id)) (*call)(std::unexpected(Outage::fault()));
}

void SimResolver::end_all() {
  std::vector<LookupId> open;
  lookups_.each([&](LookupId id, Answer<std::vector<IpAddress>>&) { open.push_back(id); });
  for (const LookupId id : open)
    if (auto lookup = lookups_.take(id)) (*lookup)(std::unexpected(Outage::fault()));
}

LookupId SimResolver::resolve(const std::string& name, Answer<std::vector<IpAddress>> answer) {
  const LookupId id = lookups_.insert(std::move(answer));
  Result<std::vector<IpAddress>> found = fail(FaultCode::unreachable, "no such name: " + name);
  if (outage_.refuses())
    found = std::unexpected(Outage::fault());
  else if (const auto literal = IpAddress::parse(name))
    found = std::vector{*literal};
  else if (const auto known = web_.names.find(name); known != web_.names.end())
    found = known->second;
  host_.post_after(5ms, [this, alive = alive_, id, found = std::move(found)]() mutable {
    if (!*alive) return;
    if (auto lookup = lookups_.take(id)) (*lookup)(std::move(found));
  });
  return id;
}

template <typename T>
void SimGateway::answer_after(Duration delay, Answer<T> answer, Result<T> result) {
  host_.post_after(
      delay, [alive = alive_, answer = std::move(answer), result = std::move(result)]() mutable {
        if (*alive) answer(std::move(result));
      });
}

void SimGateway::default_gateway(const io::GatewayQuery& query, Answer<io::GatewayFacts> answer) {
  const auto& facts = query.v6 ? router_.facts_v6 : router_.facts_v4;
  const bool known = facts && (query.interface.empty() || facts->interface == query.interface);
  Result<io::GatewayFacts> result = fail(FaultCode::not_found, "no default route");
  if (known) result = *facts;
  answer_after(1ms, std::move(answer), std::move(result));
}

void SimGateway::upnp_map(const io::UpnpMapping& wanted, Answer<io::UpnpMapping> answer) {
  if (router_.maps) return answer_after(call_takes, std::move(answer), router_.maps(wanted));
  answer_after<io::UpnpMapping>(search_takes, std::move(answer),
                                fail(FaultCode::not_found, "no router answers by UPnP"));
}

void SimGateway::upnp_unmap(const io::UpnpMapping& mapping, Answer<void> answer) {
  if (router_.unmaps) router_.unmaps(mapping);
  Result<void> result;
  if (!router_.maps) result = fail(FaultCode::not_found, "no router answers by UPnP");
  answer_after(router_.maps ? call_takes : search_takes, std::move(answer), std::move(result));
}

}  // namespace seed::sim
