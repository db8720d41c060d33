#include "core/uv/http.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/uv/http_call.h"

namespace seed::uv {

/// A socket that libcurl wants to hear of.
struct Http::Socket {
  Http& http;
  curl_socket_t descriptor;
  Handle<Socket, uv_poll_t> poll{};
};

Http::Http(Loop& loop, std::string ca_bundle, AddressFilter filter, HttpUplink uplink)
    : loop_(loop),
      task_(loop, this, &Http::on_turn),
      ca_bundle_(std::move(ca_bundle)),
      filter_(filter),
      uplink_(uplink),
      made_(std::make_unique<HttpSockets>(uplink.uplink, this, &Http::on_cut)),
      tie_v4_(this, &Http::on_cut),
      tie_v6_(this, &Http::on_cut) {
  // Counted by libcurl, and safe from any thread since 7.84.
  SEED_CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
  SEED_CHECK(timer_.open(*this, [&](uv_timer_t* uv) { return uv_timer_init(loop.uv(), uv); }) == 0);
  open_multi();
  tie();
}

void Http::open_multi() {
  multi_ = curl_multi_init();
  SEED_CHECK(multi_ != nullptr);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Http::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Http::on_timeout);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, http_connections_kept);
}

Http::~Http() {
  exchanges_.each([&](HttpCallId, Exchange& exchange) {
    if (exchange.lookup) uplink_.resolver->cancel(*exchange.lookup);
  });
  close_multi();
  exchanges_ = {};
  curl_global_cleanup();
}

void Http::close_multi() {
  exchanges_.each([&](HttpCallId, Exchange& exchange) {
    if (std::exchange(exchange.running, false))
      curl_multi_remove_handle(multi_, exchange.call->easy());
  });
  // Closes the kept connections, and calls on_socket for them.
  curl_multi_cleanup(multi_);
}

void Http::tie() {
  tie_v4_.tie(uplink_.uplink, IpAddress::any_v4());
  tie_v6_.tie(uplink_.uplink, IpAddress::any_v6());
}

void Http::on_cut(void* context) {
  auto& self = *static_cast<Http*>(context);
  self.was_cut_ = true;
  self.task_.schedule();
}

/// Exchanges under way end, and connections that are kept for later; what waits goes on.
void Http::drop_all() {
  std::vector<HttpCallId> over;
  exchanges_.each([&](HttpCallId id, Exchange& exchange) {
    if (!exchange.running && !exchange.lookup) return;
    if (exchange.lookup) uplink_.resolver->cancel(*std::exchange(exchange.lookup, std::nullopt));
    over.push_back(id);
  });
  close_multi();
  whole_.running = 0;
  streamed_.running = 0;
  open_multi();
  for (const HttpCallId id : over)
    finish(id, std::unexpected(uplink_.uplink->cut_off(IpAddress::any_v4())));
}

HttpCallId Http::get(io::HttpRequest request, Answer<io::HttpReply> answer) {
  return add(std::move(request), {.line = &whole_, .answer = std::move(answer)});
}

HttpCallId Http::open(io::HttpRequest request, io::HttpStreamOwner& owner) {
  return add(std::move(request), {.line = &streamed_, .owner = &owner});
}

HttpCallId Http::add(io::HttpRequest request, Exchange exchange) {
  exchange.call = std::make_unique<HttpCall>(std::move(request), filter_);
  HttpCall& call = *exchange.call;
  call.uplink = uplink_.uplink;
  call.sockets = made_.get();
  if (exchange.owner != nullptr) call.stirred = &stirred_;
  Line& line = *exchange.line;
  call.id = exchanges_.insert(std::move(exchange));
  line.waiting.push_back(call.id);
  task_.schedule();
  return call.id;
}

void Http::resume(HttpCallId id) {
  stirred_.push_back(id);
  task_.schedule();
}

void Http::cancel(HttpCallId id) {
  auto exchange = exchanges_.take(id);
  if (!exchange || (!exchange->running && !exchange->lookup)) return;
  --exchange->line->running;
  if (exchange->running) curl_multi_remove_handle(multi_, exchange->call->easy());
  if (exchange->lookup) uplink_.resolver->cancel(*exchange->lookup);
  if (!exchange->line->waiting.empty()) task_.schedule();
}

void Http::on_turn(void* self) {
  auto& http = *static_cast<Http*>(self);
  if (std::exchange(http.was_cut_, false)) {
    http.tie();
    http.drop_all();
  }
  http.start_some(http.whole_);
  http.start_some(http.streamed_);
  http.answer_finished();
  http.hand_over_all();
}

void Http::start_some(Line& line) {
  while (!line.waiting.empty() && line.running < line.places) {
    const HttpCallId id = line.waiting.front();
    line.waiting.pop_front();
    Exchange* exchange = exchanges_.find(id);
    if (exchange == nullptr) continue;  // cancelled
    if (uplink_.uplink != nullptr && !uplink_.uplink->facts().there())
      finish(id, std::unexpected(uplink_.uplink->cut_off(IpAddress::any_v4())));
    else if (bound())
      look_up(id, *exchange);
    else
      start(id, nullptr);
  }
}

void Http::look_up(HttpCallId id, Exchange& exchange) {
  const auto host = exchange.call->host();
  if (!host) return finish(id, std::unexpected(host.error()));
  ++exchange.line->running;
  exchange.lookup =
      uplink_.resolver->resolve(*host, [this, id](Result<std::vector<IpAddress>> found) {
        Exchange* asked = exchanges_.find(id);
        if (asked == nullptr) return;
        asked->lookup.reset();
        --asked->line->running;
        if (found) return start(id, &*found);
        finish(id, std::unexpected(std::move(found).error()));
      });
}

void Http::start(HttpCallId id, const std::vector<IpAddress>* addresses) {
  Exchange& exchange = *exchanges_.find(id);
  if (auto ready = exchange.call->prepare(ca_bundle_, addresses); !ready)
    return finish(id, std::unexpected(std::move(ready).error()));
  exchange.running = true;
  ++exchange.line->running;
  const CURLMcode added = curl_multi_add_handle(multi_, exchange.call->easy());
  SEED_CHECK(added == CURLM_OK);
}

void Http::finish(HttpCallId id, Result<io::HttpReply> result) {
  Exchange& exchange = *exchanges_.find(id);
  exchange.result.emplace(std::move(result));
  (exchange.owner != nullptr ? stirred_ : finished_).push_back(id);
  task_.schedule();
}

void Http::answer_finished() {
  const auto finished = std::exchange(finished_, {});
  for (const HttpCallId id : finished) {
    // Not there when one of the answers before has cancelled it.
    auto exchange = exchanges_.take(id);
    if (exchange) exchange->answer(*std::move(exchange->result));
  }
}

// --- to owners of open()

void Http::hand_over_all() {
  // Those that come back meanwhile have their turn with the next.
  const auto stirred = std::exchange(stirred_, {});
  for (const HttpCallId id : stirred) hand_over(id);
  if (!stirred_.empty()) task_.schedule();
}

void Http::hand_over(HttpCallId id) {
  Exchange* exchange = exchanges_.find(id);
  if (exchange == nullptr || exchange->owner == nullptr) return;
  if (const auto head = exchange->call->take_head()) exchange->owner->on_head(*head);
  if (!hand_over_held(id)) return;
  exchange = exchanges_.find(id);
  if (exchange->running && exchange->call->read_on()) return stirred_.push_back(id);
  if (!exchange->result) return;
  const auto over = exchanges_.take(id);
  if (*over->result) return over->owner->on_end({});
  over->owner->on_end(std::unexpected(over->result->error()));
}

/// True when all of it was taken, and it was not cancelled.
bool Http::hand_over_held(HttpCallId id) {
  Exchange* exchange = exchanges_.find(id);
  if (exchange == nullptr) return false;
  io::HttpStreamOwner& owner = *exchange->owner;
  // Not the call's while its owner reads it: the owner may cancel the call.
  Buffer held = exchange->call->take_held();
  Bytes rest = held;
  while (!rest.empty()) {
    const std::size_t room = owner.may_read();
    exchange = exchanges_.find(id);
    if (exchange == nullptr) return false;
    if (room == 0) break;
    const Bytes part = rest.first(std::min(room, rest.size()));
    rest = rest.subspan(part.size());
    owner.on_body(part);
    exchange = exchanges_.find(id);
    if (exchange == nullptr) return false;
  }
  if (rest.empty()) return true;
  exchange->call->put_back(Buffer(rest.begin(), rest.end()));
  return false;
}

// --- libcurl and the loop

int Http::on_socket(CURL*, curl_socket_t descriptor, int what, void* self, void* socket) noexcept {
  static_cast<Http*>(self)->watch(descriptor, what, static_cast<Socket*>(socket));
  return 0;
}

void Http::watch(curl_socket_t descriptor, int what, Socket* socket) {
  if (what == CURL_POLL_REMOVE) {
    std::erase_if(sockets_, [&](const auto& each) { return each.get() == socket; });
    curl_multi_assign(multi_, descriptor, nullptr);
    return;
  }
  if (socket == nullptr) {
    socket = sockets_.emplace_back(new Socket{*this, descriptor}).get();
    const int status = socket->poll.open(
        *socket, [&](uv_poll_t* poll) { return uv_poll_init(loop_.uv(), poll, descriptor); });
    SEED_CHECK(status == 0);
    curl_multi_assign(multi_, descriptor, socket);
  }
  const int events = ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) |
                     ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
  uv_poll_start(socket->poll.uv(), events, &Http::on_ready);
}

int Http::on_timeout(CURLM*, long milliseconds, void* self) noexcept {
  auto& http = *static_cast<Http*>(self);
  if (milliseconds < 0) {
    uv_timer_stop(http.timer_.uv());
    return 0;
  }
  uv_update_time(http.loop_.uv());
  uv_timer_start(http.timer_.uv(), &Http::on_timer, static_cast<std::uint64_t>(milliseconds), 0);
  return 0;
}

void Http::on_timer(uv_timer_t* timer) noexcept {
  Http* self = Handle<Http, uv_timer_t>::box_of(timer).owner;
  if (self == nullptr) return;
  const Loop::Entry entry(self->loop_, Work::http);
  self->act(CURL_SOCKET_TIMEOUT, 0);
}

void Http::on_ready(uv_poll_t* poll, int status, int events) noexcept {
  Socket* socket = Handle<Socket, uv_poll_t>::box_of(poll).owner;
  if (socket == nullptr) return;
  Http& self = socket->http;
  const Loop::Entry entry(self.loop_, Work::http);
  const int what = status < 0 ? CURL_CSELECT_ERR
                              : ((events & UV_READABLE) != 0 ? CURL_CSELECT_IN : 0) |
                                    ((events & UV_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0);
  self.act(socket->descriptor, what);
}

void Http::act(curl_socket_t descriptor, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, descriptor, events, &running);
  collect();
  hand_over_all();
}

void Http::collect() {
  int rest = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &rest)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    CURL* const easy = message->easy_handle;
    curl_multi_remove_handle(multi_, easy);  // `message` is gone from here on
    const HttpCallId id = HttpCall::of(easy).id;
    Exchange* exchange = exchanges_.find(id);
    SEED_CHECK(exchange != nullptr);
    exchange->running = false;
    --exchange->line->running;
    auto result = exchange->call->finish(code);
    if (result && exchange->call->led_on()) {
      exchange->line->waiting.push_front(id);
      task_.schedule();
      continue;
    }
    finish(id, std::move(result));
  }
}

}  // namespace seed::uv
