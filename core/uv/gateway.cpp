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

namespace {

constexpr const char* cannot_be_held = "UPnP cannot be held to one network interface";

}  // namespace

void Gateway::upnp_map(const io::UpnpMapping& wanted, Answer<io::UpnpMapping> answer) {
  if (bound())
    return reply_later([answer = std::move(answer)]() mutable {
      answer(fail(FaultCode::unsupported, cannot_be_held));
    });
  if (calls_.size() >= upnp_calls_max)
    return reply_later([answer = std::move(answer)]() mutable {
      answer(fail(FaultCode::busy, "the router is asked for too much at once"));
    });
  submit([wanted, answer = std::move(answer)](Upnp& upnp) mutable -> Reply {
    return [result = upnp.map(wanted), answer = std::move(answer)]() mutable {
      answer(std::move(result));
    };
  });
}

void Gateway::upnp_unmap(const io::UpnpMapping& mapping, Answer<void> answer) {
  if (bound())
    return reply_later([answer = std::move(answer)]() mutable {
      answer(fail(FaultCode::unsupported, cannot_be_held));
    });
  if (calls_.size() >= upnp_calls_max)
    return reply_later([answer = std::move(answer)]() mutable {
      answer(fail(FaultCode::busy, "the router is asked for too much at once"));
    });
  submit([mapping, answer = std::move(answer)](Upnp& upnp) mutable -> Reply {
    return [result = upnp.unmap(mapping), answer = std::move(answer)]() mutable {
      answer(std::move(result));
    };
  });
}

void Gateway::reply_later(Reply reply) {
  if (ending_) return;
  due_.push_back(std::move(reply));
  task_.schedule();
}

void Gateway::submit(Call call) {
  if (ending_) return;
  calls_.push_back(std::move(call));
  task_.schedule();
}

void Gateway::on_turn(void* context) {
  auto& self = *static_cast<Gateway*>(context);
  self.start();
  // Last, because each may do anything.
  auto due = std::exchange(self.due_, {});
  for (auto& reply : due) reply();
}

void Gateway::start() {
  if (running_ != nullptr || calls_.empty()) return;
  auto running = std::make_unique<Running>();
  running->owner = this;
  running->upnp = std::move(upnp_);
  running->call = std::move(calls_.front());
  calls_.pop_front();
  running->work.data = running.get();
  SEED_CHECK(uv_queue_work(loop_.uv(), &running->work, &on_work, &on_done) == 0);
  running_ = running.release();
}

void Gateway::on_work(uv_work_t* work) noexcept {
  auto& running = *static_cast<Running*>(work->data);
  running.reply = running.call(*running.upnp);
  running.finished.release();
}

void Gateway::on_done(uv_work_t* work, int) noexcept {
  const std::unique_ptr<Running> running(static_cast<Running*>(work->data));
  Gateway* self = running->owner;
  if (self == nullptr) return;
  const Loop::Entry entry(self->loop_, Work::job);
  self->running_ = nullptr;
  self->upnp_ = std::move(running->upnp);
  self->start();
  running->reply();
}

}  // namespace seed::uv
