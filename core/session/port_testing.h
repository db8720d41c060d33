// PortTesting: asks the checker that the setting port_test_url names whether peers can reach our
// port. Nobody is asked while it names none. Who asks while a test of the same kind is under way
// hears of that one. Bound: limits::port_tests_waiting_max.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/io/http.h"
#include "core/session/fetching.h"
#include "core/session/session.h"

namespace seed::session {

/// `url` with the port where it says {port} or %p; where it says neither, behind a slash.
std::string port_test_url(std::string url, std::uint16_t port);

class PortTesting {
 public:
  /// `http` is gone first, or this outlives its exchanges.
  explicit PortTesting(io::Http& http) : http_(http) {}

  void configure(std::string url, FetchRules rules) {
    url_ = std::move(url);
    rules_ = std::move(rules);
  }
  /// `port`: the one we listen at; 0 for none. The checker is connected to over `protocol`, so that
  /// it sees that address of ours.
  void ask(std::uint16_t port, std::optional<IpProtocol> protocol,
           OrderAnswer<PortTestReply> answer);

 private:
  struct Test {
    std::uint64_t number = 0;
    std::string url;
    std::optional<IpProtocol> protocol;
    std::vector<OrderAnswer<PortTestReply>> waiting;
  };
  void begin(std::string url, std::optional<IpProtocol> protocol,
             OrderAnswer<PortTestReply> answer);
  void on_reply(std::uint64_t number, const Result<io::HttpReply>& reply);
  std::size_t waiting() const;

  io::Http& http_;
  std::vector<Test> tests_;  ///< under way
  std::uint64_t last_number_ = 0;
  std::string url_;
  FetchRules rules_;
};

}  // namespace seed::session
