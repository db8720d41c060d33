#include "core/uv/gateway.h"

#include <chrono>
#include <semaphore>
#include <utility>

#include "core/base/check.h"
#include "core/uv/routes.h"

namespace seed::uv {

/// What libuv looks at; freed by on_done, which it calls even when the Gateway has gone.
struct Gateway::Running {
  uv_work_t work{};
  Gateway* owner = nullptr;
  std::unique_ptr<Upnp> upnp;
  Call call;
  Reply reply;
  std::binary_semaphore finished{0};
};

Gateway::Gateway(Loop& loop, Uplink* uplink)
    : loop_(loop),
      uplink_(uplink),
      task_(loop, this, &Gateway::on_turn),
      tie_v4_(this, &Gateway::on_cut),
      tie_v6_(this, &Gateway::on_cut) {
  tie();
}

Gateway::~Gateway() { end(Duration(0)); }

bool Gateway::end(Duration at_most) {
  ending_ = true;
  due_.clear();
  calls_.clear();
  Running* running = std::exchange(running_, nullptr);
  if (running == nullptr) return true;
  running->owner = nullptr;
  return uv_cancel(reinterpret_cast<uv_req_t*>(&running->work)) == 0 ||
         running->finished.try_acquire_for(at_most);
}

void Gateway::default_gateway(const io::GatewayQuery& query, Answer<io::GatewayFacts> answer) {
  io::GatewayQuery asked = query;
  if (bound()) asked.interface = uplink_->facts().interface;
  reply_later([facts = find_gateway(asked), answer = std::move(answer)]() mutable {
    answer(std::move(facts));
  });
}

template <typename T, typename Ask>
Gateway::Call Gateway::call_of(Ask ask, Answer<T> answer) {
  return [ask = std::move(ask), answer = std::move(answer)](Result<Upnp*> upnp) mutable -> Reply {
    Result<T> result = upnp ? ask(**upnp) : Result<T>(std::unexpected(std::move(upnp).error()));
    return [result = std::move(result), answer = std::move(answer)]() mutable {
      answer(std::move(result));
    };
  };
}

void Gateway::upnp_map(const io::UpnpMapping& wanted, Answer<io::UpnpMapping> answer) {
  submit(call_of([wanted](Upnp& upnp) { return upnp.map(wanted); }, std::move(answer)));
}

void Gateway::upnp_unmap(const io::UpnpMapping& mapping, Answer<void> answer) {
  submit(call_of([mapping](Upnp& upnp) { return upnp.unmap(mapping); }, std::move(answer)));
}

void Gateway::reply_later(Reply reply) {
  if (ending_) return;
  due_.push_back(std::move(reply));
  task_.schedule();
}

void Gateway::submit(Call call) {
  if (ending_) return;
  if (calls_.size() >= upnp_calls_max)
    return reply_later(call(fail(FaultCode::busy, "the router is asked for too much at once")));
  calls_.push_back(std::move(call));
  task_.schedule();
}

std::optional<Fault> Gateway::refusal() const {
  if (bound())
    return Fault{FaultCode::unsupported, 0, "UPnP cannot be held to one network interface"};
  if (uplink_ != nullptr && !uplink_->facts().there()) return uplink_->cut_off(IpAddress::any_v4());
  return std::nullopt;
}

void Gateway::tie() {
  tie_v4_.tie(uplink_, IpAddress::any_v4());
  tie_v6_.tie(uplink_, IpAddress::any_v6());
}

void Gateway::on_cut(void* context) {
  auto& self = *static_cast<Gateway*>(context);
  if (self.running_ != nullptr) uv_cancel(reinterpret_cast<uv_req_t*>(&self.running_->work));
  self.task_.schedule();
}

void Gateway::on_turn(void* context) {
  auto& self = *static_cast<Gateway*>(context);
  self.tie();
  self.start();
  // Last, because each may do anything.
  auto due = std::exchange(self.due_, {});
  for (auto& reply : due) reply();
}

void Gateway::start() {
  while (running_ == nullptr && !calls_.empty()) {
    Call call = std::move(calls_.front());
    calls_.pop_front();
    if (auto why = refusal()) {
      reply_later(call(std::unexpected(*std::move(why))));
      continue;
    }
    auto running = std::make_unique<Running>();
    running->owner = this;
    running->upnp = std::move(upnp_);
    running->call = std::move(call);
    running->work.data = running.get();
    SEED_CHECK(uv_queue_work(loop_.uv(), &running->work, &on_work, &on_done) == 0);
    running_ = running.release();
  }
}

void Gateway::on_work(uv_work_t* work) noexcept {
  auto& running = *static_cast<Running*>(work->data);
  running.reply = running.call(running.upnp.get());
  running.finished.release();
}

void Gateway::on_done(uv_work_t* work, int status) noexcept {
  const std::unique_ptr<Running> running(static_cast<Running*>(work->data));
  Gateway* self = running->owner;
  if (self == nullptr) return;
  const Loop::Entry entry(self->loop_, Work::job);
  self->running_ = nullptr;
  self->upnp_ = std::move(running->upnp);
  // Cut before a thread began with it.
  if (status == UV_ECANCELED) self->calls_.push_front(std::move(running->call));
  self->start();
  if (running->reply) running->reply();
}

}  // namespace seed::uv
