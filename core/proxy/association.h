// Association: the connection to a SOCKS 5 proxy by which it relays datagrams (RFC 1928, "UDP
// ASSOCIATE"); made again whenever it is lost.
//
//   set_proxy() -> connecting -> negotiating -> up: relay() is there
//                     ^  +-----------+------------+--fault, Refused, silence--> waiting
//                     +----------------1 s, doubling up to 60 s----------------+
//
// The relay lasts as long as its connection (RFC 1928, 7). A proxy that is gone without a word is
// noticed when nothing was heard for 3 min after something was sent; the next time that is twice as
// long, up to an hour, until something is heard.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/base/instant.h"
#include "core/io/clock.h"
#include "core/io/net.h"
#include "core/proxy/proxy.h"
#include "core/socks/negotiation.h"

namespace seed::proxy {

class Association final : private io::StreamOwner {
 public:
  /// Both outlive it.
  Association(io::Net& net, const io::Clock& clock) : net_(net), clock_(clock) {}
  Association(const Association&) = delete;
  Association& operator=(const Association&) = delete;

  /// Begins anew with this proxy; nothing: there is none, for that reason.
  void set_proxy(const std::optional<Proxy>& proxy,
                 const std::string& without = "there is no proxy");

  /// Where datagrams are to be sent, and come from; nothing while there is no relay.
  const std::optional<Endpoint>& relay() const { return relay_; }
  /// Why there is none: what went wrong last; FaultCode busy while the first try is under way.
  const Fault& trouble() const { return trouble_; }
  /// A datagram went to the relay, or came from it.
  void on_datagram_sent();
  void on_datagram_heard();

  void on_deadline(Instant now);
  /// `never` when nothing is waited for.
  Instant deadline() const;

 private:
  void on_connected() override;
  std::size_t may_read() override;
  void on_bytes(MutableBytes received) override;
  void on_sent(std::size_t) override {}
  void on_end(const Fault& fault) override;

  void connect();
  void send_negotiation();
  void act(const socks::Negotiation::Event& event);
  void lose(const Fault& fault);
  void drop();

  io::Net& net_;
  const io::Clock& clock_;
  std::optional<Proxy> proxy_;
  std::unique_ptr<io::Stream> stream_;
  std::optional<socks::Negotiation> negotiation_;
  std::optional<Endpoint> relay_;
  Fault trouble_;
  Instant give_up_ = never;       ///< while it is being made
  Instant retry_ = never;         ///< while it is not
  Duration retry_wait_{};         ///< before the last try
  Instant silent_since_ = never;  ///< sent, and nothing heard since
  Duration silence_max_{};
};

}  // namespace seed::proxy
