// Negotiation: a client asks a SOCKS 5 proxy for a connection, or for a relay of datagrams (RFC
// 1928; with user and password: RFC 1929).
//
//   choosing a method -> [logging in] -> asking -> Ready: what follows is the connection's
//        |                   |             |
//        +-------------------+-------------+--> Refused
//
// wanted() is never more than what is still to come of the proxy's answer, so a driver that reads
// no more leaves what follows in the socket. However the input is cut, the events are the same.
//
// Bounds: one answer, of 1 + address_bytes_max octets at most, is kept. Time is the driver's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "core/base/byte_queue.h"
#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/socks/address.h"

namespace seed::socks {

/// RFC 1929: the user has 1 to 255 octets, the password up to 255. Beyond: Refused.
struct Login {
  std::string user;
  std::string password;
  bool operator==(const Login&) const = default;
};
inline constexpr std::size_t login_bytes_max = 255;

/// RFC 1928, 4.
enum class Command : std::uint8_t {
  connect = 1,        ///< a TCP connection to the address
  udp_associate = 3,  ///< a relay for datagrams that come from the address, 0 for not known yet
};

class Negotiation {
 public:
  /// The proxy has done it. `bound`: from where it connected, or where its relay is.
  struct Ready {
    Address bound;
    bool operator==(const Ready&) const = default;
  };
  /// It has not, and nothing more comes. Fault: permission (the login, or the proxy's rules),
  /// unreachable, refused, timed_out, unsupported, malformed; the text begins with "the proxy".
  struct Refused {
    Fault fault;
    bool operator==(const Refused&) const = default;
  };
  using Event = std::variant<Ready, Refused>;

  /// outgoing() has the greeting, unless there is a Refused because `login` or `address` are too
  /// long to be said.
  Negotiation(Command command, Address address, std::optional<Login> login);

  /// How many octets are to be read next; 0 when it has ended.
  std::size_t wanted() const { return ended() ? 0 : need_ - answer_.size(); }
  /// Takes what it wants off the front, and returns how many octets that were; the rest is the
  /// connection's.
  std::size_t on_bytes(Bytes received);
  /// What is to be written to the proxy.
  ByteQueue& outgoing() { return outgoing_; }
  std::optional<Event> next_event();
  bool ended() const { return step_ == Step::ended; }
  /// The proxy has let us in and was told the address: what comes of it now is about that.
  bool asked() const { return asked_; }

 private:
  /// What is waited for.
  enum class Step : std::uint8_t { method, login, status, address_head, address, ended };

  void greet();
  void on_answer();
  void on_method();
  void on_login();
  void on_status();
  void on_address_head();
  void on_address();
  void ask();
  void log_in();
  void wait_for(Step step, std::size_t octets);
  void send(Bytes bytes);
  void refuse(FaultCode code, std::string text);

  Command command_;
  Address address_;
  std::optional<Login> login_;
  Step step_ = Step::method;
  std::size_t need_ = 0;  ///< octets of answer_ at which the step is done
  bool asked_ = false;
  Buffer answer_;
  ByteQueue outgoing_;
  std::optional<Event> event_;
};

}  // namespace seed::socks
