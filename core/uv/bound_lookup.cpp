#include "core/uv/bound_lookup.h"

#include <ares.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/check.h"
#include "core/uv/sockets.h"
#include "core/uv/system_text.h"

namespace seed::uv {
namespace {

constexpr const char* system_conf = "/etc/resolv.conf";
/// Whom systemd-resolved asks, of all interfaces (systemd-resolved.service(8), "/etc/resolv.conf").
constexpr const char* upstream_conf = "/run/systemd/resolve/resolv.conf";

Fault fault_of(int status, const std::string& host) {
  return {status == ARES_ETIMEOUT ? FaultCode::timed_out : FaultCode::unreachable, 0,
          fmt::format("cannot look up {}: {}", host, ares_strerror(status))};
}

void add(std::vector<IpAddress>& out, const IpAddress& address) {
  if (std::ranges::find(out, address) == out.end()) out.push_back(address);
}

// --- sockets, as c-ares asks for them ------------------------------------------------------------

ares_socket_t open_socket(int family, int type, int protocol, void* uplink) {
  Descriptor out(::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
  if (!out.ok()) return -1;
  const IpAddress any = family == AF_INET ? IpAddress::any_v4() : IpAddress::any_v6();
  const auto source = static_cast<Uplink*>(uplink)->hold(out.get(), any);
  if (!source) {
    errno = ENETDOWN;
    return -1;
  }
  const SocketAddress own({*source, 0});
  if (!source->is_unspecified() && bind(out.get(), own.get(), own.size()) != 0) return -1;
  return out.release();
}

int connect_socket(ares_socket_t socket, const sockaddr* to, ares_socklen_t size, void* uplink) {
  if (!static_cast<Uplink*>(uplink)->check_way(endpoint_of(to).address)) {
    errno = ENETUNREACH;
    return -1;
  }
  return ::connect(socket, to, size);
}

int close_socket(ares_socket_t socket, void* uplink) {
  static_cast<Uplink*>(uplink)->silence(socket);
  const Descriptor closed(socket);
  return 0;
}

ares_ssize_t receive(ares_socket_t socket, void* room, std::size_t size, int flags, sockaddr* from,
                     ares_socklen_t* from_size, void*) {
  return ::recvfrom(socket, room, size, flags, from, from_size);
}

ares_ssize_t send(ares_socket_t socket, const iovec* parts, int count, void*) {
  return ::writev(socket, parts, count);
}

constexpr ares_socket_functions socket_functions{open_socket, close_socket, connect_socket, receive,
                                                 send};

}  // namespace

bool asks_this_host(std::string_view text) {
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    constexpr std::string_view word = "nameserver";
    if (!line.starts_with(word)) continue;
    line.remove_prefix(word.size());
    const auto begin = line.find_first_not_of(" \t");
    if (begin == 0 || begin == line.npos) continue;
    line = line.substr(begin, line.find_first_of(" \t\r", begin) - begin);
    const auto address = IpAddress::parse(line.substr(0, line.find('%')));
    if (address && !address->is_loopback() && !address->is_unspecified()) return false;
  }
  return true;
}

/// c-ares's, and what it was made of. Made on a thread, then the loop's alone.
struct BoundLookup::Channel {
  ares_channel ares = nullptr;

  Channel() = default;
  ~Channel() {
    if (ares != nullptr) ares_destroy(ares);
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
};

/// What libuv looks at; freed by on_have_read, which it calls even when the BoundLookup has gone.
struct BoundLookup::Reading {
  uv_work_t work{};
  BoundLookup* owner = nullptr;     ///< the loop's
  BoundLookup* listener = nullptr;  ///< the same, for c-ares, which calls it on the loop
  std::string host;
  std::string servers;  ///< of the wish
  std::unique_ptr<Channel> channel = std::make_unique<Channel>();
  int status = ARES_SUCCESS;
  std::vector<IpAddress> in_hosts;

  void open_channel();
  void look_in_hosts();
  static void on_socket_state(void* lookup, ares_socket_t socket, int readable, int writable) {
    static_cast<BoundLookup*>(lookup)->watch(socket, readable != 0, writable != 0);
  }
};

struct BoundLookup::Socket {
  BoundLookup& lookup;
  int descriptor;
  Handle<Socket, uv_poll_t> poll{};
};

void BoundLookup::Reading::open_channel() {
  std::string path = asks_this_host(content_of(system_conf)) ? upstream_conf : system_conf;
  std::string lookups = "b";
  ares_options options{};
  options.timeout = static_cast<int>(
      std::chrono::duration_cast<std::chrono::milliseconds>(query_timeout).count());
  options.tries = query_tries;
  options.lookups = lookups.data();
  options.resolvconf_path = path.data();
  options.sock_state_cb = &Reading::on_socket_state;
  options.sock_state_cb_data = listener;
  status = ares_init_options(&channel->ares, &options,
                             ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
                                 ARES_OPT_RESOLVCONF | ARES_OPT_SOCK_STATE_CB);
  if (status == ARES_SUCCESS && !servers.empty())
    status = ares_set_servers_csv(channel->ares, servers.c_str());
}

void BoundLookup::Reading::look_in_hosts() {
  for (const int family : {AF_INET, AF_INET6}) {
    hostent* found = nullptr;
    if (ares_gethostbyname_file(channel->ares, host.c_str(), family, &found) != ARES_SUCCESS)
      continue;
    for (char** each = found->h_addr_list; *each != nullptr; ++each)
      if (const auto address = IpAddress::from_octets({reinterpret_cast<const std::uint8_t*>(*each),
                                                       static_cast<std::size_t>(found->h_length)}))
        add(in_hosts, *address);
    ares_free_hostent(found);
  }
}

BoundLookup::BoundLookup(Loop& loop, Uplink& uplink, std::string host, Done done)
    : loop_(loop), uplink_(uplink), host_(std::move(host)), done_(std::move(done)) {
  static const int library = ares_library_init(ARES_LIB_INIT_ALL);
  SEED_CHECK(library == ARES_SUCCESS);
  SEED_CHECK(timer_.open(*this, [&](uv_timer_t* uv) { return uv_timer_init(loop.uv(), uv); }) == 0);
  auto reading = std::make_unique<Reading>();
  reading->owner = reading->listener = this;
  reading->host = host_;
  for (const auto& server : uplink.wish().name_servers)
    reading->servers += (reading->servers.empty() ? "" : ",") +
                        (server.is_v4() ? server.to_string() : "[" + server.to_string() + "]");
  reading->work.data = reading.get();
  SEED_CHECK(uv_queue_work(loop.uv(), &reading->work, &on_read, &on_have_read) == 0);
  reading_ = reading.release();
}

BoundLookup::~BoundLookup() {
  if (reading_ == nullptr) return;
  reading_->owner = nullptr;
  uv_cancel(reinterpret_cast<uv_req_t*>(&reading_->work));
}

void BoundLookup::on_read(uv_work_t* work) noexcept {
  auto& reading = *static_cast<Reading*>(work->data);
  reading.open_channel();
  if (reading.status == ARES_SUCCESS) reading.look_in_hosts();
}

void BoundLookup::on_have_read(uv_work_t* work, int) noexcept {
  const std::unique_ptr<Reading> reading(static_cast<Reading*>(work->data));
  BoundLookup* self = reading->owner;
  if (self == nullptr) return;
  const Loop::Entry entry(self->loop_, Work::name);
  self->reading_ = nullptr;
  if (reading->status != ARES_SUCCESS)
    return self->finish(std::unexpected(fault_of(reading->status, self->host_)));
  if (!reading->in_hosts.empty()) return self->finish(std::move(reading->in_hosts));
  self->channel_ = std::move(reading->channel);
  self->ask();
}

// --- on the loop ---------------------------------------------------------------------------------

void BoundLookup::ask() {
  const auto& facts = uplink_.facts();
  if (!facts.there()) return finish(std::unexpected(uplink_.cut_off(IpAddress::any_v4())));
  ares_set_socket_functions(channel_->ares, &socket_functions, &uplink_);
  ares_addrinfo_hints hints{};
  hints.ai_family = facts.v4 && facts.v6 ? AF_UNSPEC : facts.v4 ? AF_INET : AF_INET6;
  hints.ai_flags = ARES_AI_NOSORT;  // what sorts asks the system for its routes, by sockets
  ares_getaddrinfo(channel_->ares, host_.c_str(), nullptr, &hints, &on_found, this);
  arm();
}

void BoundLookup::on_found(void* context, int status, int, ares_addrinfo* found) {
  auto& self = *static_cast<BoundLookup*>(context);
  const std::unique_ptr<ares_addrinfo, void (*)(ares_addrinfo*)> list(found, &ares_freeaddrinfo);
  // The channel is being destroyed, and with it whoever asked.
  if (status == ARES_EDESTRUCTION) return;
  std::vector<IpAddress> addresses;
  if (status == ARES_SUCCESS)
    for (const auto* node = found->nodes; node != nullptr; node = node->ai_next)
      add(addresses, endpoint_of(node->ai_addr).address);
  if (!addresses.empty())
    self.found_.emplace(std::move(addresses));
  else
    self.found_.emplace(
        std::unexpected(fault_of(status == ARES_SUCCESS ? ARES_ENODATA : status, self.host_)));
}

void BoundLookup::watch(int descriptor, bool readable, bool writable) {
  const auto known = std::ranges::find(sockets_, descriptor, &Socket::descriptor);
  if (!readable && !writable) {
    if (known != sockets_.end()) sockets_.erase(known);
    return;
  }
  Socket* socket = known == sockets_.end() ? nullptr : known->get();
  if (socket == nullptr) {
    socket = sockets_.emplace_back(new Socket{*this, descriptor}).get();
    if (socket->poll.open(*socket, [&](uv_poll_t* poll) {
          return uv_poll_init(loop_.uv(), poll, descriptor);
        }) != 0) {
      sockets_.pop_back();  // its timeout will tell
      return;
    }
  }
  uv_poll_start(socket->poll.uv(), (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0),
                &on_ready);
}

void BoundLookup::on_ready(uv_poll_t* poll, int status, int events) noexcept {
  Socket* socket = Handle<Socket, uv_poll_t>::box_of(poll).owner;
  if (socket == nullptr) return;
  BoundLookup& self = socket->lookup;
  const Loop::Entry entry(self.loop_, Work::name);
  const int descriptor = socket->descriptor;
  const bool failed = status < 0;
  self.act(failed || (events & UV_READABLE) != 0 ? descriptor : ARES_SOCKET_BAD,
           failed || (events & UV_WRITABLE) != 0 ? descriptor : ARES_SOCKET_BAD);
}

void BoundLookup::on_timer(uv_timer_t* timer) noexcept {
  BoundLookup* self = Handle<BoundLookup, uv_timer_t>::box_of(timer).owner;
  if (self == nullptr) return;
  const Loop::Entry entry(self->loop_, Work::name);
  self->act(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

void BoundLookup::act(int readable, int writable) {
  if (channel_) ares_process_fd(channel_->ares, readable, writable);
  arm();
}

/// Waits for what comes next, or tells what has been found.
void BoundLookup::arm() {
  if (found_) return finish(*std::exchange(found_, std::nullopt));
  timeval room{};
  const timeval* next = ares_timeout(channel_->ares, nullptr, &room);
  if (next == nullptr) return;
  const auto wait = static_cast<std::uint64_t>(next->tv_sec) * 1000 +
                    static_cast<std::uint64_t>(next->tv_usec + 999) / 1000;
  uv_timer_start(timer_.uv(), &on_timer, wait, 0);
}

void BoundLookup::finish(Result<std::vector<IpAddress>> result) {
  auto done = std::exchange(done_, nullptr);
  if (done) done(std::move(result));
}

}  // namespace seed::uv
