#include "core/uv/resolver.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "core/uv/sockets.h"

namespace seed::uv {

/// What libuv looks at; freed by on_found, which it calls even when the Resolver has gone.
struct Resolver::Running {
  uv_getaddrinfo_t request{};
  Resolver* owner = nullptr;
  LookupId id;
  std::string host;
};

Resolver::Resolver(Loop& loop, Uplink* uplink)
    : loop_(loop),
      uplink_(uplink),
      start_(loop, this, &Resolver::on_turn),
      tie_v4_(this, &Resolver::on_cut),
      tie_v6_(this, &Resolver::on_cut) {
  tie();
}

Resolver::~Resolver() {
  for (auto* running : running_) {
    running->owner = nullptr;
    uv_cancel(reinterpret_cast<uv_req_t*>(&running->request));
  }
}

void Resolver::tie() {
  tie_v4_.tie(uplink_, IpAddress::any_v4());
  tie_v6_.tie(uplink_, IpAddress::any_v6());
}

/// What is under way goes over what is no more, or nobody knows where.
void Resolver::on_cut(void* context) {
  auto& self = *static_cast<Resolver*>(context);
  // Those that are asked for after this go over what is there then.
  self.lookups_.each([&](LookupId id, Lookup&) { self.cut_.push_back(id); });
  // What no thread has begun with asks nobody any more.
  for (auto* running : self.running_) uv_cancel(reinterpret_cast<uv_req_t*>(&running->request));
  self.start_.schedule();
}

void Resolver::cancel(LookupId id) {
  lookups_.erase(id);
  if (bound_lookups_.erase(id) > 0 && !waiting_.empty()) start_.schedule();
}

void Resolver::end() {
  waiting_.clear();
  bound_lookups_.clear();
  std::vector<LookupId> open;
  lookups_.each([&](LookupId id, Lookup&) { open.push_back(id); });
  for (const LookupId id : open) lookups_.erase(id);
}

LookupId Resolver::resolve(const std::string& host, Answer<std::vector<IpAddress>> answer) {
  const LookupId id = lookups_.insert({host, std::move(answer)});
  waiting_.push_back(id);
  start_.schedule();
  return id;
}

void Resolver::on_turn(void* self) { static_cast<Resolver*>(self)->start_some(); }

void Resolver::start_some() {
  ended_.clear();
  tie();
  const auto cut = std::exchange(cut_, {});
  for (const LookupId id : cut) bound_lookups_.erase(id);
  for (const LookupId id : cut) answer(id, std::unexpected(uplink_->cut_off(IpAddress())));
  const auto has_room = [this] {
    return bound() ? bound_lookups_.size() < bound_lookups_max
                   : running_.size() < lookups_at_once_max;
  };
  while (!waiting_.empty() && has_room()) {
    const LookupId id = waiting_.front();
    waiting_.pop_front();
    const Lookup* lookup = lookups_.find(id);
    if (lookup == nullptr) continue;  // cancelled
    if (const auto literal = IpAddress::parse(lookup->host))
      answer(id, std::vector{*literal});
    else if (uplink_ != nullptr && !uplink_->facts().there())
      answer(id, std::unexpected(uplink_->cut_off(IpAddress::any_v4())));
    else if (bound())
      start_bound(id, lookup->host);
    else
      start(id, lookup->host);
  }
  while (waiting_.size() > lookups_waiting_max) {
    const LookupId id = waiting_.back();
    waiting_.pop_back();
    answer(id, fail(FaultCode::busy, "too many names are being looked up"));
  }
}

void Resolver::start_bound(LookupId id, const std::string& host) {
  bound_lookups_[id] = std::make_unique<BoundLookup>(
      loop_, *uplink_, host, [this, id](Result<std::vector<IpAddress>> found) {
        // It may not go while it calls.
        const auto ended = bound_lookups_.find(id);
        ended_.push_back(std::move(ended->second));
        bound_lookups_.erase(ended);
        start_.schedule();
        answer(id, std::move(found));
      });
}

void Resolver::start(LookupId id, const std::string& host) {
  auto running = std::make_unique<Running>();
  running->owner = this;
  running->id = id;
  running->host = host;
  running->request.data = running.get();
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;  // or every address comes once for each type
  const int status = uv_getaddrinfo(loop_.uv(), &running->request, &on_found, running->host.c_str(),
                                    nullptr, &hints);
  if (status == 0) {
    running_.push_back(running.release());
    return;
  }
  answer(id, std::unexpected(fault_from_uv(status, fmt::format("cannot look up {}", host))));
}

void Resolver::on_found(uv_getaddrinfo_t* request, int status, addrinfo* found) noexcept {
  const std::unique_ptr<Running> running(static_cast<Running*>(request->data));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> list(found, &uv_freeaddrinfo);
  Resolver* self = running->owner;
  if (self == nullptr) return;
  const Loop::Entry entry(self->loop_, Work::name);
  std::erase(self->running_, running.get());
  if (!self->waiting_.empty()) self->start_.schedule();
  if (status == UV_ECANCELED) return;  // on_cut did that, and has it told
  const std::string doing = fmt::format("cannot look up {}", running->host);
  if (status != 0) return self->answer(running->id, std::unexpected(fault_from_uv(status, doing)));
  std::vector<IpAddress> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    const IpAddress address = endpoint_of(each->ai_addr).address;
    if (std::ranges::find(addresses, address) == addresses.end()) addresses.push_back(address);
  }
  if (addresses.empty())
    return self->answer(running->id, fail(FaultCode::unreachable, doing + ": no address"));
  self->answer(running->id, std::move(addresses));
}

void Resolver::answer(LookupId id, Result<std::vector<IpAddress>> result) {
  auto lookup = lookups_.take(id);
  if (lookup) lookup->answer(std::move(result));
}

}  // namespace seed::uv
