#include "ctl/client.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include "tests/support/catch.h"

using namespace seed::ctl;

namespace {

/// Connections are made and never answered, as by a daemon that hangs.
class Deaf {
 public:
  Deaf() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool made = ::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                      ::listen(socket_, 8) == 0 &&
                      ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    REQUIRE(made);
    port_ = ntohs(address.sin_port);
  }
  ~Deaf() { ::close(socket_); }
  Deaf(const Deaf&) = delete;
  Deaf& operator=(const Deaf&) = delete;

  Target target() const { return *parse_target(fmt::format("127.0.0.1:{}", port_)); }

 private:
  int socket_;
  int port_ = 0;
};

/// Waits as the terminal does.
void wait_for(const EventStream& stream) {
  std::vector<pollfd> waits;
  for (const Descriptor& each : stream.descriptors())
    waits.push_back({each.number, static_cast<short>(each.writes ? POLLOUT : POLLIN), 0});
  ::poll(waits.data(), waits.size(), static_cast<int>(stream.patience().count()));
}

}  // namespace

TEST_CASE("a call that is not answered ends when somebody interrupts it") {
  const Deaf deaf;
  int asked = 0;
  Client client(deaf.target(), std::chrono::seconds(60), [&] { return ++asked > 1; });
  const auto begun = std::chrono::steady_clock::now();
  const auto answer = client.call("session_stats", Json::object());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().exit == Exit::unreachable);
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(20));
}

TEST_CASE("a stream of a daemon that hangs is given up, also before it has begun") {
  const Deaf deaf;
  Client client(deaf.target(), std::chrono::seconds(60), nullptr, std::chrono::milliseconds(300));
  const auto stream = client.listen({"id"}, "");
  const auto begun = std::chrono::steady_clock::now();
  int turns = 0;
  auto event = stream->next();
  while (event && !*event && std::chrono::steady_clock::now() - begun < std::chrono::seconds(20)) {
    ++turns;
    wait_for(*stream);
    event = stream->next();
  }
  REQUIRE_FALSE(event);
  CHECK(event.error().exit == Exit::unreachable);
  CHECK(event.error().text.find("nothing has come") != std::string::npos);
  CHECK(turns < 100);  // it waits, and does not ask all the time
}
