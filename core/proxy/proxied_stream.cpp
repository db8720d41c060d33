#include "core/proxy/proxied_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace seed::proxy {

Result<std::unique_ptr<io::Stream>> ProxiedStream::dial(
    io::Net& net, const Proxy& proxy, ServerWatch& watch, const socks::Address& to,
    const Endpoint& remote, const io::DialOptions& options, io::StreamOwner& owner) {
  std::unique_ptr<ProxiedStream> stream(new ProxiedStream(proxy, watch, to, remote, owner));
  if (const auto event = stream->negotiation_->next_event())
    return std::unexpected(std::get<socks::Negotiation::Refused>(*event).fault);
  io::DialOptions towards_proxy = options;
  towards_proxy.source = proxy.source_towards(proxy.server.address);
  SEED_TRY(stream->inner_, net.dial(proxy.server, towards_proxy, *stream));
  return stream;
}

ProxiedStream::ProxiedStream(const Proxy& proxy, ServerWatch& watch, const socks::Address& to,
                             const Endpoint& remote, io::StreamOwner& owner)
    : server_(proxy.server), watch_(watch), remote_(remote), owner_(&owner) {
  negotiation_.emplace(socks::Command::connect, to, proxy.login);
}

void ProxiedStream::set_owner(io::StreamOwner* owner) {
  owner_ = owner;
  if (owner != nullptr) inner_->resume_reading();
}

void ProxiedStream::write(ByteQueue&& bytes) {
  if (over_) return;
  if (negotiation_)
    held_.append(std::move(bytes));
  else
    inner_->write(std::move(bytes));
}

std::size_t ProxiedStream::unsent() const {
  const std::size_t given = inner_->unsent();
  return held_.size() + given - std::min(given, negotiation_unsent_);
}

// --- heard of the connection to the proxy -------------------------------------------------------

void ProxiedStream::on_connected() { send_negotiation(); }

std::size_t ProxiedStream::may_read() {
  if (over_) return 0;
  if (negotiation_) return negotiation_->wanted();
  return owner_ != nullptr ? owner_->may_read() : 0;
}

void ProxiedStream::on_bytes(MutableBytes received) {
  if (over_) return;
  if (!negotiation_) {
    if (owner_ != nullptr) owner_->on_bytes(received);
    return;
  }
  const std::size_t taken = negotiation_->on_bytes(received);
  SEED_CHECK(taken == received.size());  // may_read() allowed no more
  send_negotiation();
  if (const auto event = negotiation_->next_event()) act(*event);
}

void ProxiedStream::on_sent(std::size_t sent) {
  const std::size_t ours = std::min(sent, negotiation_unsent_);
  negotiation_unsent_ -= ours;
  if (sent > ours && owner_ != nullptr && !over_) owner_->on_sent(sent - ours);
}

void ProxiedStream::on_end(const Fault& fault) {
  if (over_) return;
  if (!negotiation_) return end(fault);
  // Our own network went: that says nothing of the proxy.
  if (fault.code == FaultCode::cut_off) return end(fault);
  if (!negotiation_->asked()) return end_for_the_proxy(with_server(fault.text));
  watch_.on_answer();
  end({fault.code, fault.system_error, with_server(fault.text)});
}

void ProxiedStream::send_negotiation() {
  ByteQueue& out = negotiation_->outgoing();
  if (out.empty()) return;
  negotiation_unsent_ += out.size();
  inner_->write(std::move(out));
}

void ProxiedStream::act(const socks::Negotiation::Event& event) {
  const auto* refused = std::get_if<socks::Negotiation::Refused>(&event);
  if (refused != nullptr && !negotiation_->asked()) return end_for_the_proxy(refused->fault.text);
  watch_.on_answer();
  if (refused != nullptr) return end(refused->fault);
  negotiation_.reset();
  if (!held_.empty()) inner_->write(std::move(held_));
  // Last, because it may do anything.
  if (owner_ != nullptr) owner_->on_connected();
}

std::string ProxiedStream::with_server(std::string_view text) const {
  return fmt::format("the proxy {}: {}", server_.to_string(), text);
}

void ProxiedStream::end_for_the_proxy(std::string text) {
  const Fault fault{FaultCode::cancelled, 0, std::move(text)};
  watch_.on_fault(fault);
  end(fault);
}

void ProxiedStream::end(const Fault& fault) {
  over_ = true;
  held_.clear();
  if (owner_ != nullptr) owner_->on_end(fault);
}

}  // namespace seed::proxy
