// ProxiedStream: io::Stream through a SOCKS 5 proxy, so that a link cannot tell.
//
//   dial() -> connecting to the proxy -> negotiating --Ready--> open: its owner hears on_connected
//                  +----------------------+--fault, Refused--> over: its owner hears on_end
//
// What the proxy itself does wrong (it is not there, it does not take the login) is FaultCode
// cancelled, for it is not the other side's fault, and `watch` hears of it.
//
// Nothing of the negotiation shows: octets written meanwhile wait, and those of the negotiation are
// in no count. It reads no more than the proxy's answer, so what the other side says first is not
// in the way. Time is its owner's, as with any dial.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/io/net.h"
#include "core/proxy/proxy.h"
#include "core/proxy/server_watch.h"
#include "core/socks/negotiation.h"

namespace seed::proxy {

class ProxiedStream final : public io::Stream, private io::StreamOwner {
 public:
  /// `to`: what the proxy is told; `remote`: what it is called here. Of `options` all but the
  /// source holds for the connection to the proxy. `net` and `watch` outlive it. Fault: as
  /// io::Net::dial; unsupported: what cannot be said to a proxy.
  static Result<std::unique_ptr<io::Stream>> dial(io::Net& net, const Proxy& proxy,
                                                  ServerWatch& watch, const socks::Address& to,
                                                  const Endpoint& remote,
                                                  const io::DialOptions& options,
                                                  io::StreamOwner& owner);

  void set_owner(io::StreamOwner* owner) override;
  void write(ByteQueue&& bytes) override;
  std::size_t unsent() const override;
  void resume_reading() override { inner_->resume_reading(); }
  Endpoint local() const override { return inner_->local(); }
  Endpoint remote() const override { return remote_; }

 private:
  ProxiedStream(const Proxy& proxy, ServerWatch& watch, const socks::Address& to,
                const Endpoint& remote, io::StreamOwner& owner);

  void on_connected() override;
  std::size_t may_read() override;
  void on_bytes(MutableBytes received) override;
  void on_sent(std::size_t sent) override;
  void on_end(const Fault& fault) override;

  void send_negotiation();
  void act(const socks::Negotiation::Event& event);
  void end(const Fault& fault);
  void end_for_the_proxy(std::string text);
  std::string with_server(std::string_view text) const;

  Endpoint server_;
  ServerWatch& watch_;
  Endpoint remote_;
  io::StreamOwner* owner_;
  std::optional<socks::Negotiation> negotiation_;  ///< until it is Ready
  ByteQueue held_;                                 ///< written before that
  std::size_t negotiation_unsent_ = 0;             ///< octets of it not yet reported as sent
  bool over_ = false;
  std::unique_ptr<io::Stream> inner_;
};

}  // namespace seed::proxy
