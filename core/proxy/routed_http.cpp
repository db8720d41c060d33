#include "core/proxy/routed_http.h"

#include <utility>
#include <vector>

namespace seed::proxy {

RoutedHttp::~RoutedHttp() {
  calls_.each([this](HttpCallId, Call& call) { http_.cancel(call.there); });
}

void RoutedHttp::set(const std::optional<ProxyUrl>& proxy) {
  if (std::exchange(proxy_, proxy) == proxy) return;
  std::vector<HttpCallId> streams;
  calls_.each([&](HttpCallId id, Call& call) {
    http_.cancel(call.there);
    if (call.stream)
      streams.push_back(id);
    else
      begin(id, call);
  });
  // Their owners may do anything: open others, or cancel some of these.
  for (const HttpCallId id : streams)
    if (const auto call = calls_.take(id))
      call->stream->owner.on_end(fail(FaultCode::cut_off, "goes by another way now"));
}

HttpCallId RoutedHttp::get(io::HttpRequest request, Answer<io::HttpReply> answer) {
  const HttpCallId id = calls_.insert({std::move(request), std::move(answer), {}, nullptr});
  begin(id, *calls_.find(id));
  return id;
}

void RoutedHttp::begin(HttpCallId id, Call& call) {
  call.request.proxy = proxy_;
  call.there = http_.get(call.request, [this, id](Result<io::HttpReply> reply) {
    if (auto done = calls_.take(id)) done->answer(std::move(reply));
  });
}

HttpCallId RoutedHttp::open(io::HttpRequest request, io::HttpStreamOwner& owner) {
  const HttpCallId id = calls_.insert({{}, {}, {}, std::make_unique<Stream>(*this, owner)});
  Call& call = *calls_.find(id);
  call.stream->id = id;
  request.proxy = proxy_;
  call.there = http_.open(std::move(request), *call.stream);
  return id;
}

void RoutedHttp::Stream::on_end(Result<void> result) {
  // This is gone with the call, and the owner may end all of it.
  const auto call = all.calls_.take(id);
  call->stream->owner.on_end(std::move(result));
}

void RoutedHttp::resume(HttpCallId id) {
  if (const Call* call = calls_.find(id)) http_.resume(call->there);
}

void RoutedHttp::cancel(HttpCallId id) {
  if (const auto call = calls_.take(id)) http_.cancel(call->there);
}

}  // namespace seed::proxy
