#include "core/proxy/routed_http.h"

#include <utility>

namespace seed::proxy {

RoutedHttp::~RoutedHttp() {
  calls_.each([this](HttpCallId, Call& call) { http_.cancel(call.there); });
}

void RoutedHttp::set(const std::optional<ProxyUrl>& proxy) {
  if (std::exchange(proxy_, proxy) == proxy) return;
  calls_.each([this](HttpCallId id, Call& call) {
    http_.cancel(call.there);
    begin(id, call);
  });
}

HttpCallId RoutedHttp::get(io::HttpRequest request, Answer<io::HttpReply> answer) {
  const HttpCallId id = calls_.insert({std::move(request), std::move(answer), {}});
  begin(id, *calls_.find(id));
  return id;
}

void RoutedHttp::begin(HttpCallId id, Call& call) {
  call.request.proxy = proxy_;
  call.there = http_.get(call.request, [this, id](Result<io::HttpReply> reply) {
    if (auto done = calls_.take(id)) done->answer(std::move(reply));
  });
}

void RoutedHttp::cancel(HttpCallId id) {
  if (const auto call = calls_.take(id)) http_.cancel(call->there);
}

}  // namespace seed::proxy
