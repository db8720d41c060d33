// The ends of a simulated network: a host with a uTP mux, and TCP Reno as a model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "core/utp/mux.h"
#include "tests/sim/utp/network.h"

namespace seed::sim {

/// Dials and sends without end, or takes and counts what comes.
class UtpHost : public Host {
 public:
  UtpHost(Network& network, const Endpoint& at, const utp::Limits& limits, bool left);

  void send_to(const Endpoint& to);
  std::uint64_t received() const { return received_; }
  /// Of what was received, octets that were not the next ones of the pattern.
  std::uint64_t wrong() const { return wrong_; }
  std::optional<utp::Facts> facts() const { return mux_.facts(id_); }

  Endpoint at() const override { return at_; }
  void on_parcel(Parcel& parcel, Instant now) override;
  Instant deadline() const override { return mux_.deadline().value_or(never); }
  void on_deadline(Instant now) override;

 private:
  void fill(Instant now);
  void take(Instant now);
  void turn(Instant now);

  Network& network_;
  Endpoint at_;
  utp::Mux mux_;
  utp::SocketId id_{};
  bool sends_ = false;
  std::uint64_t written_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t wrong_ = 0;
};

/// A sender of TCP Reno with selective acknowledgements, and no end of data; the other end answers
/// each of its parcels. No delayed acknowledgements: as eager as it gets.
class RenoHost : public Host {
 public:
  static constexpr std::size_t segment_bytes = 1448;
  static constexpr std::size_t wire_bytes = 1500;

  RenoHost(Network& network, const Endpoint& at, const Endpoint& to)
      : network_(network), at_(at), to_(to) {}
  void start();
  std::uint64_t delivered() const { return acked_ * segment_bytes; }

  Endpoint at() const override { return at_; }
  void on_parcel(Parcel& parcel, Instant now) override;
  Instant deadline() const override { return timeout_at_; }
  void on_deadline(Instant now) override;

 private:
  struct Sent {
    std::uint64_t number = 0;
    Instant at;
  };
  void fill(Instant now);

  Network& network_;
  Endpoint at_, to_;
  double window_ = 10;  ///< RFC 6928
  double threshold_ = 1e9;
  std::uint64_t next_ = 1;
  std::uint64_t recovered_ = 0;  ///< losses of what was sent before are the same one
  std::uint64_t acked_ = 0;
  std::deque<Sent> flight_;
  Duration rtt_ = 1s;
  Instant timeout_at_ = never;
};

/// Where a RenoHost's parcels go.
class RenoSink : public Host {
 public:
  RenoSink(Network& network, const Endpoint& at) : network_(network), at_(at) {}
  Endpoint at() const override { return at_; }
  void on_parcel(Parcel& parcel, Instant) override {
    network_.send({at_, parcel.from, {}, 52, parcel.number, false});
  }
  Instant deadline() const override { return never; }
  void on_deadline(Instant) override {}

 private:
  Network& network_;
  Endpoint at_;
};

}  // namespace seed::sim
