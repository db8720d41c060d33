#include "tests/sim/engine/sim_http.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/url.h"

namespace seed::sim {

HttpAnswer serve(const io::HttpRequest& request, Bytes content) {
  HttpAnswer out;
  io::HttpReply reply;
  const std::uint64_t size = content.size();
  if (!request.range) {
    reply.status = 200;
    reply.body = to_buffer(content);
  } else if (request.range->first >= size) {
    reply.status = 416;
    out.content_range = fmt::format("bytes */{}", size);
  } else {
    const std::uint64_t last = std::min(request.range->last, size - 1);
    reply.status = 206;
    reply.body = to_buffer(content.subspan(request.range->first, last - request.range->first + 1));
    out.content_range = fmt::format("bytes {}-{}/{}", request.range->first, last, size);
  }
  reply.final_url = request.url;
  out.reply = std::move(reply);
  return out;
}

HttpAnswer SimHttp::ask(const io::HttpRequest& request) {
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
  return out;
}

HttpCallId SimHttp::get(io::HttpRequest request, Answer<io::HttpReply> answer) {
  const HttpCallId id = calls_.insert({std::move(answer), std::nullopt});
  HttpAnswer out = ask(request);
  if (out.reply && out.reply->body.size() > request.body_bytes_max)
    out.reply = fail(FaultCode::too_large, "the answer is too large");
  host_.post_after(out.after, [this, alive = alive_, id, reply = std::move(out.reply)]() mutable {
    if (!*alive) return;
    auto call = calls_.take(id);
    if (!call) return;
    host_.digest().note("http", host_.now(), host_.config().number);
    if (reply) host_.digest().add(Bytes(reply->body));
    call->answer(std::move(reply));
  });
  return id;
}

HttpCallId SimHttp::open(io::HttpRequest request, io::HttpStreamOwner& owner) {
  Stream stream{.owner = &owner, .answer = ask(request)};
  const Duration after = stream.answer.after;
  if (stream.answer.reply && stream.answer.reply->body.size() > request.body_bytes_max)
    stream.answer.cut_after = request.body_bytes_max;
  const HttpCallId id = calls_.insert({{}, std::move(stream)});
  post(after, id, &SimHttp::tell_head);
  return id;
}

void SimHttp::post(Duration after, HttpCallId id, void (SimHttp::*then)(HttpCallId)) {
  host_.post_after(after, [this, alive = alive_, id, then] {
    if (*alive) (this->*then)(id);
  });
}

void SimHttp::tell_head(HttpCallId id) {
  const Call* call = calls_.find(id);
  if (call == nullptr) return;
  const HttpAnswer& answer = call->stream->answer;
  if (!answer.reply) return end(id, std::unexpected(answer.reply.error()));
  host_.digest().note("http head", host_.now(), host_.config().number);
  const io::HttpReply& reply = *answer.reply;
  call->stream->owner->on_head({.status = reply.status,
                                .content_length = reply.body.size(),
                                .content_range = answer.content_range,
                                .content_type = reply.content_type,
                                .retry_after = answer.retry_after,
                                .final_url = reply.final_url,
                                .remote = reply.remote});
  tell_body(id);
}

/// One part, and the next when the server has sent it.
void SimHttp::tell_body(HttpCallId id) {
  Call* call = calls_.find(id);
  if (call == nullptr) return;
  Stream& stream = *call->stream;
  io::HttpStreamOwner& owner = *stream.owner;
  const Bytes body = stream.answer.reply->body;
  const std::size_t end_at = std::min(body.size(), stream.answer.cut_after.value_or(body.size()));
  if (stream.given == end_at) {
    Result<void> result;
    if (end_at < body.size()) result = fail(FaultCode::closed, "cut off");
    return end(id, std::move(result));
  }
  const std::size_t room = owner.may_read();
  call = calls_.find(id);
  if (call == nullptr) return;
  if (room == 0) {
    call->stream->paused = true;
    return;
  }
  const std::size_t count = std::min({room, part_bytes, end_at - call->stream->given});
  const Buffer part = to_buffer(body.subspan(call->stream->given, count));
  call->stream->given += count;
  const std::uint64_t rate = call->stream->answer.bytes_per_second;
  host_.digest().add(Bytes(part));
  owner.on_body(part);
  post(rate == 0
           ? 0ns
           : Duration(1s) * static_cast<std::int64_t>(count) / static_cast<std::int64_t>(rate),
       id, &SimHttp::tell_body);
}

void SimHttp::resume(HttpCallId id) {
  Call* call = calls_.find(id);
  if (call == nullptr || !call->stream || !std::exchange(call->stream->paused, false)) return;
  post(0ns, id, &SimHttp::tell_body);
}

void SimHttp::end(HttpCallId id, Result<void> result) {
  const auto call = calls_.take(id);
  if (call) call->stream->owner->on_end(std::move(result));
}

void SimHttp::end_all() {
  std::vector<HttpCallId> open;
  calls_.each([&](HttpCallId id, Call&) { open.push_back(id); });
  for (const HttpCallId id : open) {
    auto call = calls_.take(id);
    if (!call) continue;
    if (call->stream)
      call->stream->owner->on_end(std::unexpected(Outage::fault()));
    else
      call->answer(std::unexpected(Outage::fault()));
  }
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
