#include "rpc/reactor.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <utility>

namespace seed::rpc {

namespace {

using namespace std::chrono_literals;
using Next = HttpLink::Next;

/// What an event says that is no connection's.
constexpr std::uint64_t listener_id = 0;
constexpr std::uint64_t wake_id = 1;
constexpr std::uint64_t first_id = 2;

/// Clients accepted in one go; the others' turn is next.
constexpr int accepts_max = 64;
/// How long accepting pauses when the system has nothing left to accept with.
constexpr auto pause = 100ms;
/// How often deadlines are looked at, at least; connections that are given back bring theirs with
/// them.
constexpr auto sweep_interval_max = 250ms;
/// How often there is looked for room for those that wait for it.
constexpr auto room_interval = 20ms;

}  // namespace

Reactor::Reactor(Callbacks callbacks, HttpRooms& rooms, const Bounds& bounds)
    : callbacks_(std::move(callbacks)), rooms_(rooms), bounds_(bounds), last_id_(first_id) {}

Reactor::~Reactor() {
  close();
  end(Clock::now());
}

Result<void> Reactor::start(const HttpBinding& binding) {
  SEED_TRY_VOID(acceptor_.listen(binding));
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  epoll_event waking{EPOLLIN, {.u64 = wake_id}};
  epoll_event listening{EPOLLIN, {.u64 = listener_id}};
  if (epoll_ < 0 || wake_ < 0 || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &waking) != 0 ||
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, acceptor_.socket(), &listening) != 0)
    return std::unexpected(fault_from_errno(errno, "cannot listen for RPC"));
  thread_ = std::thread([this] { run(); });
  return {};
}

void Reactor::close() {
  closing_ = true;
  wake();
}

void Reactor::end(Clock::time_point at_latest) {
  end_at_ = at_latest.time_since_epoch().count();
  ending_ = true;
  wake();
  if (thread_.joinable()) thread_.join();
  links_.clear();
  acceptor_.close();
  for (int* fd : {&epoll_, &wake_})
    if (const int closing = std::exchange(*fd, -1); closing >= 0) ::close(closing);
}

void Reactor::wake() const {
  if (wake_ >= 0) ::eventfd_write(wake_, 1);
}

void Reactor::give_back(HttpLink& link, Next next) {
  {
    const std::lock_guard lock(mutex_);
    link.kept.parked = true;
    link.kept.next = next;
    if (!closing_ && (next == Next::readable || next == Next::writable)) return arm(link);
    given_back_.push_back(link.kept.id);
  }
  wake();
}

/// Once. Under the mutex, or on the thread: it must not be closed in between.
void Reactor::arm(const HttpLink& link) const {
  epoll_event event{EPOLLONESHOT, {.u64 = link.kept.id}};
  event.events |= link.kept.next == Next::writable ? EPOLLOUT : EPOLLIN;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, link.socket(), &event);
}

bool Reactor::is_parked(const HttpLink& link) const {
  const std::lock_guard lock(mutex_);
  return link.kept.parked;
}

void Reactor::run() {
  std::array<epoll_event, 64> events;
  while (!ending_ || (!links_.empty() && Clock::now().time_since_epoch().count() < end_at_)) {
    const int count = ::epoll_wait(epoll_, events.data(), events.size(), timeout_ms(Clock::now()));
    for (int i = 0; i < count; ++i) {
      const auto id = events[static_cast<std::size_t>(i)].data.u64;
      if (id == listener_id)
        accept_clients();
      else if (id == wake_id)
        take_back();
      else
        on_event(id);
    }
    const auto now = Clock::now();
    if (paused_ && now >= accept_from_ && !closing_) listen_again(true);
    if (now >= sweep_at_) sweep(now);
    if (closing_) let_go();
  }
}

int Reactor::timeout_ms(Clock::time_point now) const {
  if (links_.empty() && !paused_) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(sweep_at_ - now).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1000));
}

void Reactor::listen_again(bool listens) {
  paused_ = !listens;
  epoll_event event{listens ? std::uint32_t{EPOLLIN} : 0u, {.u64 = listener_id}};
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, acceptor_.socket(), &event);
}

void Reactor::accept_clients() {
  for (int i = 0; i < accepts_max && !closing_; ++i) {
    auto client = acceptor_.accept();
    if (client) {
      try {
        take(std::move(*client));
      } catch (const std::exception&) {
        // There is no memory for another.
      }
      continue;
    }
    if (client.error() == EAGAIN) return;
    // A client that went away again is no reason to wait; all else may be one.
    if (client.error() == ECONNABORTED || client.error() == EINTR) continue;
    evict(nullptr);
    accept_from_ = Clock::now() + pause;
    sweep_at_ = std::min(sweep_at_, accept_from_);
    return listen_again(false);
  }
}

void Reactor::take(Accepted accepted) {
  const bool stranger = !callbacks_.knows(accepted.peer.address);
  // A unix socket's have none, and are all from this machine.
  const IpAddress address = IpAddress::parse(accepted.peer.address).value_or(IpAddress());
  if ((stranger && strangers_ >= limits::http_strangers_max) || !make_place(address)) {
    ::close(accepted.socket);
    return;
  }
  auto transport = callbacks_.transport(accepted.socket);
  auto link = std::make_unique<HttpLink>(accepted.socket, std::move(accepted.peer),
                                         std::move(transport), rooms_);
  const auto id = ++last_id_;
  link->kept.id = id;
  link->kept.stranger = stranger;
  link->kept.address = address;
  epoll_event event{EPOLLIN | EPOLLONESHOT, {.u64 = id}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, link->socket(), &event) != 0) return;
  strangers_ += stranger ? 1 : 0;
  sweep_at_ = std::min(sweep_at_, link->deadline());
  links_.emplace(id, std::move(link));
}

bool Reactor::make_place(const IpAddress& address) {
  const bool near = address.is_unspecified() || address.is_loopback();
  const auto same = std::ranges::count_if(
      links_, [&](const auto& entry) { return same_holder(entry.second->kept.address, address); });
  if (!near && static_cast<std::size_t>(same) >= bounds_.connections_per_address_max)
    return evict(&address);
  return links_.size() < bounds_.connections_max || evict(nullptr);
}

/// The one that is worth least, and of those the one that has been so for longest.
bool Reactor::evict(const IpAddress* address) {
  const HttpLink* least = nullptr;
  for (const auto& [id, link] : links_) {
    if (address != nullptr && !same_holder(link->kept.address, *address)) continue;
    if (!is_parked(*link) || link->worth() == HttpLink::Worth::served) continue;
    if (least == nullptr ||
        std::pair(link->worth(), link->since()) < std::pair(least->worth(), least->since()))
      least = link.get();
  }
  if (least == nullptr) return false;
  remove(least->kept.id);
  return true;
}

void Reactor::on_event(std::uint64_t id) {
  const auto found = links_.find(id);
  if (found == links_.end() || !is_parked(*found->second)) return;
  move_on(*found->second, go_on(*found->second, Clock::now(), false));
}

/// What it waits for next; `late`: its deadline is past. One for which there is no memory goes.
Next Reactor::go_on(HttpLink& link, Clock::time_point now, bool late) {
  try {
    if (late) return link.on_deadline(now);
    if (link.kept.next == Next::room) link.conversation().try_again();
    return link.advance(now);
  } catch (const std::exception&) {
    return Next::ended;
  }
}

void Reactor::take_back() {
  eventfd_t count = 0;
  ::eventfd_read(wake_, &count);
  std::vector<std::uint64_t> ids;
  {
    const std::lock_guard lock(mutex_);
    ids.swap(given_back_);
  }
  for (const auto id : ids) {
    const auto found = links_.find(id);
    if (found != links_.end() && is_parked(*found->second))
      move_on(*found->second, found->second->kept.next);
  }
}

void Reactor::move_on(HttpLink& link, Next next) {
  link.kept.next = next;
  if (next == Next::ended || (next == Next::asked && closing_)) return remove(link.kept.id);
  if (next == Next::asked) {
    {
      const std::lock_guard lock(mutex_);
      link.kept.parked = false;
    }
    try {
      return callbacks_.asked(link);
    } catch (const std::exception&) {
      return remove(link.kept.id);
    }
  }
  sweep_at_ =
      std::min(sweep_at_, next == Next::room ? Clock::now() + room_interval : link.deadline());
  if (next != Next::room) arm(link);
}

void Reactor::sweep(Clock::time_point now) {
  std::vector<HttpLink*> due;
  sweep_at_ = now + sweep_interval_max;
  if (paused_) sweep_at_ = std::min(sweep_at_, std::max(now, accept_from_));
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, link] : links_)
      if (link->kept.parked) due.push_back(link.get());
  }
  bound_unsent(due);
  for (HttpLink* link : due) {
    const auto deadline = link->deadline();
    if (deadline <= now || link->kept.next == Next::room)
      move_on(*link, go_on(*link, now, deadline <= now));
    else
      sweep_at_ = std::min(sweep_at_, deadline);
  }
}

/// Cuts off who takes longest to take its answer, and takes it out of the parked.
void Reactor::bound_unsent(std::vector<HttpLink*>& parked) {
  std::size_t unsent = 0;
  for (const HttpLink* link : parked) unsent += link->unsent_bytes();
  while (unsent > bounds_.unsent_bytes_max) {
    const auto longest = std::ranges::min_element(parked, {}, [](const HttpLink* link) {
      return std::pair(link->unsent_bytes() == 0, link->since());
    });
    unsent -= (*longest)->unsent_bytes();
    remove((*longest)->kept.id);
    parked.erase(longest);
  }
}

/// The server ends: who has asked nothing has nothing to wait for.
void Reactor::let_go() {
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, acceptor_.socket(), nullptr);
  std::vector<std::uint64_t> going;
  for (const auto& [id, link] : links_)
    if (is_parked(*link) && !link->finishing()) going.push_back(id);
  for (const auto id : going) remove(id);
}

void Reactor::remove(std::uint64_t id) {
  const auto found = links_.find(id);
  strangers_ -= found->second->kept.stranger ? 1 : 0;
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, found->second->socket(), nullptr);
  links_.erase(found);
}

}  // namespace seed::rpc
