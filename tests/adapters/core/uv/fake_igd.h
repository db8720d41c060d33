// FakeIgd: a router on loopback that speaks UPnP as far as port mappings go, on a thread of its
// own.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/uv/sockets.h"
#include "tests/support/catch.h"

namespace seed::uv::test {

class FakeIgd {
 public:
  struct Manner {
    int version = 1;
    bool only_permanent = false;
    bool same_ports = false;
    bool connected = true;
    bool silent = false;         ///< answers no search
    int error = 0;               ///< to every mapping
    std::string control_host{};  ///< "": its own
    std::string announced_host = "127.0.0.1";
  };

  FakeIgd() : FakeIgd(Manner()) {}
  explicit FakeIgd(Manner manner) : manner_(std::move(manner)) {
    open_search();
    open_http();
    wake_ = Descriptor(eventfd(0, EFD_CLOEXEC));
    thread_ = std::thread([this] { run(); });
  }
  ~FakeIgd() {
    wake();
    thread_.join();
  }
  FakeIgd(const FakeIgd&) = delete;
  FakeIgd& operator=(const FakeIgd&) = delete;

  /// "TCP 6881" to "127.0.0.1:6881 for 3600".
  std::map<std::string, std::string> rows() {
    const std::lock_guard lock(mutex_);
    return rows_;
  }
  std::vector<std::string> actions() {
    const std::lock_guard lock(mutex_);
    return actions_;
  }
  void set(Manner manner) {
    const std::lock_guard lock(mutex_);
    manner_ = std::move(manner);
  }
  int searches() const { return searches_; }
  int fetches() const { return fetches_; }
  /// Goes on at another port, as after a restart.
  void move() {
    const std::uint16_t before = port_;
    moving_ = true;
    wake();
    port_.wait(before);
  }

 private:
  static constexpr std::uint16_t search_port = 1900;

  void wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
  }
  void open_search() {
    search_ = Descriptor(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    setsockopt(search_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const SocketAddress at({IpAddress::any_v4(), search_port});
    REQUIRE(::bind(search_.get(), at.get(), at.size()) == 0);
    ip_mreq group{};
    group.imr_multiaddr.s_addr = inet_addr("239.255.255.250");
    group.imr_interface.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(setsockopt(search_.get(), IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group) == 0);
  }
  void open_http() {
    http_ = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const SocketAddress at({IpAddress::v4(INADDR_LOOPBACK), 0});
    REQUIRE(::bind(http_.get(), at.get(), at.size()) == 0);
    REQUIRE(::listen(http_.get(), 8) == 0);
    port_ = local_endpoint(http_.get()).port;
    port_.notify_all();
  }
  void run() {
    for (;;) {
      pollfd waiting[] = {
          {search_.get(), POLLIN, 0}, {http_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
      ::poll(waiting, 3, -1);
      if (waiting[2].revents != 0) {
        std::uint64_t count = 0;
        [[maybe_unused]] const auto got = ::read(wake_.get(), &count, sizeof count);
        if (!moving_.exchange(false)) return;
        open_http();
        continue;
      }
      if (waiting[0].revents != 0) on_search();
      if (waiting[1].revents != 0) on_request();
    }
  }
  void on_search() {
    char text[2048];
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    const auto got =
        ::recvfrom(search_.get(), text, sizeof text, 0, reinterpret_cast<sockaddr*>(&from), &size);
    const std::string asked(text, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    ++searches_;
    const std::lock_guard lock(mutex_);
    const auto kind =
        fmt::format("urn:schemas-upnp-org:device:InternetGatewayDevice:{}", manner_.version);
    if (manner_.silent || asked.find(kind) == asked.npos) return;
    const auto answer = fmt::format(
        "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nST: {0}\r\nUSN: "
        "uuid:seed::{0}\r\nEXT:\r\n"
        "SERVER: fake\r\nLOCATION: http://{1}:{2}/description.xml\r\n\r\n",
        kind, manner_.announced_host, port_.load());
    ::sendto(search_.get(), answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from),
             size);
  }
  void on_request() {
    const Descriptor peer(::accept4(http_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    std::string asked;
    char text[4096];
    while (!is_whole(asked)) {
      const auto got = ::recv(peer.get(), text, sizeof text, 0);
      if (got <= 0) return;
      asked.append(text, static_cast<std::size_t>(got));
    }
    const std::lock_guard lock(mutex_);
    const auto [status, body] = answer_to(asked);
    const auto answer = fmt::format(
        "HTTP/1.1 {}\r\nContent-Type: text/xml\r\nContent-Length: {}\r\nConnection: "
        "close\r\n\r\n{}",
        status, body.size(), body);
    ::send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
  }
  static bool is_whole(const std::string& asked) {
    const auto head = asked.find("\r\n\r\n");
    if (head == asked.npos) return false;
    const auto length = asked.find("Content-Length: ");
    if (length == asked.npos || length > head) return true;
    return asked.size() >= head + 4 + std::strtoul(asked.c_str() + length + 16, nullptr, 10);
  }
  std::string service() const {
    return fmt::format("urn:schemas-upnp-org:service:WANIPConnection:{}", manner_.version);
  }
  std::pair<std::string, std::string> answer_to(const std::string& asked) {
    if (asked.starts_with("GET ")) {
      ++fetches_;
      return {"200 OK", description()};
    }
    const auto begin = asked.find('#') + 1;
    const auto action = asked.substr(begin, asked.find('"', begin) - begin);
    actions_.push_back(action);
    const auto text = [&](const std::string& name) {
      const auto at = asked.find("<" + name + ">");
      if (at == asked.npos) return std::string();
      const auto from = at + name.size() + 2;
      return asked.substr(from, asked.find('<', from) - from);
    };
    std::string out;
    int error = 0;
    if (action == "GetStatusInfo") {
      out = fmt::format(
          "<NewConnectionStatus>{}</NewConnectionStatus><NewLastConnectionError>"
          "ERROR_NONE</NewLastConnectionError><NewUptime>10</NewUptime>",
          manner_.connected ? "Connected" : "Disconnected");
    } else if (action == "GetExternalIPAddress") {
      out = "<NewExternalIPAddress>203.0.113.5</NewExternalIPAddress>";
    } else if (action == "DeletePortMapping") {
      error = rows_.erase(text("NewProtocol") + " " + text("NewExternalPort")) != 0 ? 0 : 714;
    } else {
      std::string port = text("NewExternalPort");
      const bool any = action == "AddAnyPortMapping";
      if (any) port = "50000";
      const auto inner = text("NewInternalPort");
      const auto lease = text("NewLeaseDuration");
      error = manner_.error;
      if (error == 0 && any && manner_.version == 1) error = 401;
      if (error == 0 && manner_.only_permanent && lease != "0") error = 725;
      if (error == 0 && manner_.same_ports && port != inner) error = 724;
      if (error == 0)
        rows_[text("NewProtocol") + " " + port] =
            fmt::format("{}:{} for {}", text("NewInternalClient"), inner, lease);
      if (any) out = fmt::format("<NewReservedPort>{}</NewReservedPort>", port);
    }
    const auto wrap = [](const std::string& inside) {
      return "<?xml version=\"1.0\"?><s:Envelope "
             "xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">"
             "<s:Body>" +
             inside + "</s:Body></s:Envelope>";
    };
    if (error != 0)
      return {"500 Internal Server Error",
              wrap(fmt::format("<s:Fault><faultcode>s:Client</faultcode><detail><UPnPError>"
                               "<errorCode>{}</errorCode></UPnPError></detail></s:Fault>",
                               error))};
    return {"200 OK", wrap(fmt::format("<u:{0}Response xmlns:u=\"{1}\">{2}</u:{0}Response>", action,
                                       service(), out))};
  }
  std::string description() const {
    const auto base =
        manner_.control_host.empty()
            ? std::string()
            : fmt::format("<URLBase>http://{}:{}/</URLBase>", manner_.control_host, port_.load());
    return fmt::format(
        "<?xml version=\"1.0\"?><root xmlns=\"urn:schemas-upnp-org:device-1-0\">{0}<device>"
        "<deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:{1}</deviceType><deviceList>"
        "<device><deviceType>urn:schemas-upnp-org:device:WANDevice:{1}</deviceType><serviceList>"
        "<service><serviceType>urn:schemas-upnp-org:service:WANCommonInterfaceConfig:1</"
        "serviceType>"
        "<controlURL>/common</controlURL><eventSubURL>/e</eventSubURL><SCPDURL>/s</SCPDURL></"
        "service>"
        "</serviceList><deviceList><device><deviceType>urn:schemas-upnp-org:device:"
        "WANConnectionDevice:{1}</deviceType><serviceList><service><serviceType>{2}</serviceType>"
        "<controlURL>/control</controlURL><eventSubURL>/e</eventSubURL><SCPDURL>/s</SCPDURL></"
        "service>"
        "</serviceList></device></deviceList></device></deviceList></device></root>",
        base, manner_.version, service());
  }

  std::mutex mutex_;  ///< guards what follows
  Manner manner_;
  std::map<std::string, std::string> rows_;
  std::vector<std::string> actions_;
  std::atomic<std::uint16_t> port_ = 0;
  std::atomic<int> searches_ = 0;
  std::atomic<int> fetches_ = 0;
  std::atomic<bool> moving_ = false;
  Descriptor search_;
  Descriptor http_;
  Descriptor wake_;
  std::thread thread_;
};

}  // namespace seed::uv::test
