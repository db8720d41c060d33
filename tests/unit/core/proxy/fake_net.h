// FakeNet: a network of memory, whose other end the test is: what was dialled, sent and listened
// at.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/io/clock.h"
#include "core/io/net.h"
#include "tests/support/catch.h"

namespace seed::proxy::test {

/// The far end of a stream, which outlives it.
struct Wire {
  io::StreamOwner* owner = nullptr;  ///< nullptr when the stream is gone
  Endpoint to;
  io::DialOptions options;
  Buffer written;
  std::size_t unsent = 0;
  bool resumed = false;

  bool open() const { return owner != nullptr; }
  void connect() { owner->on_connected(); }
  /// As an adapter does: never more than may be read. Returns what was not.
  Buffer say(Buffer octets) {
    while (!octets.empty() && open()) {
      const std::size_t may = owner->may_read();
      if (may == 0) break;
      const auto part = std::min(may, octets.size());
      Buffer front(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(part));
      octets.erase(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(part));
      owner->on_bytes(front);
    }
    return octets;
  }
  Buffer say(std::string_view hex) { return say(*from_hex(hex)); }
  /// The system takes all that was written.
  void take() {
    const std::size_t all = std::exchange(unsent, 0);
    owner->on_sent(all);
  }
  void end(FaultCode code = FaultCode::closed) { owner->on_end({code, 0, "over"}); }
  std::string heard() { return to_hex(std::exchange(written, {})); }
};

class FakeStream final : public io::Stream {
 public:
  explicit FakeStream(std::shared_ptr<Wire> wire) : wire_(std::move(wire)) {}
  ~FakeStream() override { wire_->owner = nullptr; }
  void set_owner(io::StreamOwner* owner) override { wire_->owner = owner; }
  void write(ByteQueue&& bytes) override {
    wire_->unsent += bytes.size();
    while (!bytes.empty()) {
      std::array<Bytes, 1> front;
      bytes.front(front);
      wire_->written.insert(wire_->written.end(), front[0].begin(), front[0].end());
      bytes.consume(front[0].size());
    }
  }
  std::size_t unsent() const override { return wire_->unsent; }
  void resume_reading() override { wire_->resumed = true; }
  Endpoint local() const override { return *Endpoint::parse("192.168.1.2:40000"); }
  Endpoint remote() const override { return wire_->to; }

 private:
  std::shared_ptr<Wire> wire_;
};

/// A UDP socket, which it outlives.
struct Socket {
  io::UdpSocketOwner* owner = nullptr;  ///< nullptr when the socket is gone
  Endpoint at;
  std::vector<std::pair<std::string, Endpoint>> sent;  ///< as hexadecimal digits

  bool open() const { return owner != nullptr; }
  void receive(std::string_view hex, const Endpoint& from) {
    Buffer octets = *from_hex(hex);
    owner->on_datagram(octets, from);
  }
};

class FakeUdpSocket final : public io::UdpSocket {
 public:
  explicit FakeUdpSocket(std::shared_ptr<Socket> socket) : socket_(std::move(socket)) {}
  ~FakeUdpSocket() override { socket_->owner = nullptr; }
  Result<void> send(Bytes datagram, const Endpoint& to) override {
    socket_->sent.emplace_back(to_hex(datagram), to);
    return {};
  }
  Endpoint local() const override { return socket_->at; }

 private:
  std::shared_ptr<Socket> socket_;
};

class FakeListener final : public io::Listener {
 public:
  explicit FakeListener(const Endpoint& at) : at_(at) {}
  Endpoint local() const override { return at_; }

 private:
  Endpoint at_;
};

class FakeNet final : public io::Net {
 public:
  Result<std::unique_ptr<io::Stream>> dial(const Endpoint& to, const io::DialOptions& options,
                                           io::StreamOwner& owner) override {
    if (refuse) return std::unexpected(*refuse);
    auto wire = std::make_shared<Wire>();
    wire->owner = &owner;
    wire->to = to;
    wire->options = options;
    wires.push_back(wire);
    return std::make_unique<FakeStream>(std::move(wire));
  }
  Result<std::unique_ptr<io::Listener>> listen(const Endpoint& at, io::ListenerOwner&) override {
    listened.push_back(at);
    return std::make_unique<FakeListener>(at);
  }
  Result<std::unique_ptr<io::UdpSocket>> open_udp(const Endpoint& at,
                                                  io::UdpSocketOwner& owner) override {
    if (refuse) return std::unexpected(*refuse);
    auto socket = std::make_shared<Socket>();
    socket->owner = &owner;
    socket->at = at;
    sockets.push_back(socket);
    return std::make_unique<FakeUdpSocket>(std::move(socket));
  }

  std::optional<Fault> refuse;
  std::vector<std::shared_ptr<Wire>> wires;
  std::vector<std::shared_ptr<Socket>> sockets;
  std::vector<Endpoint> listened;
};

class ManualClock final : public io::Clock {
 public:
  Instant now() const override { return at; }
  WallTime wall() const override { return {}; }
  LocalTime local() const override { return {}; }
  Instant at{1h};
};

/// Records what a stream says; each call can be followed by something.
struct Listening final : io::StreamOwner {
  int connected = 0;
  std::size_t may = 1u << 20;
  Buffer received;
  std::size_t sent = 0;
  std::optional<Fault> ended;
  std::move_only_function<void()> after;

  void on_connected() override {
    ++connected;
    run();
  }
  std::size_t may_read() override { return may; }
  void on_bytes(MutableBytes bytes) override {
    received.insert(received.end(), bytes.begin(), bytes.end());
    run();
  }
  void on_sent(std::size_t octets) override { sent += octets; }
  void on_end(const Fault& fault) override {
    ended = fault;
    run();
  }
  void run() {
    if (after) after();
  }
};

struct Datagrams final : io::UdpSocketOwner {
  std::vector<std::pair<std::string, std::string>> received;
  void on_datagram(MutableBytes datagram, const Endpoint& from) override {
    received.emplace_back(to_hex(datagram), from.to_string());
  }
};

inline ByteQueue queue_of(std::string_view text) {
  ByteQueue out;
  out.append(as_bytes(text));
  return out;
}

}  // namespace seed::proxy::test
