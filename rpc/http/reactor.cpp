#include "rpc/http/reactor.h"

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
/// How often deadlines are looked at, at least. Links that are given back wake nobody: theirs may
/// be noticed that much later.
constexpr auto sweep_interval_max = 250ms;
/// How often there is looked for room for those that wait for it.
constexpr auto room_interval = 20ms;

}  // namespace

Reactor::Reactor(Callbacks callbacks, HttpRooms& rooms, const Bounds& bounds)
    : callbacks_(std::move(callbacks)), rooms_(rooms), bounds_(bounds), last_id_(first_id) {
  parked_.reserve(bounds_.connections_max);
}

Reactor::~Reactor() {
  close();
  end(Clock::now());
  links_.clear();
  for (int* fd : {&epoll_, &wake_})
    if (const int closing = std::exchange(*fd, -1); closing >= 0) ::close(closing);
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
  take_back();
  note_parked();
  for (const HttpLink* link : parked_) remove(link->kept.id);
  acceptor_.close();
}

void Reactor::wake() const {
  if (wake_ >= 0) ::eventfd_write(wake_, 1);
}

void Reactor::give_back(HttpLink& link, Next next) noexcept {
  {
    const std::lock_guard lock(mutex_);
    link.kept.parked = true;
    link.kept.next = next;
    if (!closing_ && (next == Next::readable || next == Next::writable)) return arm(link);
    list(link);
  }
  wake();
}

/// Under the mutex.
void Reactor::list(HttpLink& link) {
  if (std::exchange(link.kept.listed, true)) return;
  link.kept.given_back_next = std::exchange(given_back_, &link);
}

void Reactor::unlist(HttpLink& link) {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(link.kept.listed, false)) return;
  HttpLink** at = &given_back_;
  while (*at != &link) at = &(*at)->kept.given_back_next;
  *at = link.kept.given_back_next;
}

/// Once. Under the mutex, or on the thread: it must not be closed in between.
void Reactor::arm(HttpLink& link) const {
  epoll_event event{EPOLLONESHOT, {.u64 = link.kept.id}};
  event.events |= link.kept.next == Next::writable ? EPOLLOUT : EPOLLIN;
  link.kept.armed = true;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, link.socket(), &event);
}

/// On the thread, before the link is another's: an event would come when it is parked again, as of
/// something new.
void Reactor::disarm(HttpLink& link) const {
  if (!std::exchange(link.kept.armed, false)) return;
  // An error may still be told, once.
  epoll_event event{EPOLLONESHOT, {.u64 = link.kept.id}};
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, link.socket(), &event);
}

Reactor::State Reactor::state_of(HttpLink& link) const {
  const std::lock_guard lock(mutex_);
  return {link.kept.parked, link.kept.next};
}

bool Reactor::is_parked(const HttpLink& link) const {
  const std::lock_guard lock(mutex_);
  return link.kept.parked;
}

void Reactor::run() {
  std::array<epoll_event, 64> events;
  while (!ending_ || (!links_.empty() && Clock::now().time_since_epoch().count() < end_at_)) {
    const int timeout = handshakes_.empty() ? timeout_ms(Clock::now()) : 0;
    const int count = ::epoll_wait(epoll_, events.data(), events.size(), timeout);
    for (int i = 0; i < count; ++i) {
      const auto id = events[static_cast<std::size_t>(i)].data.u64;
      if (id == listener_id)
        accept_clients();
      else if (id == wake_id)
        take_back();
      else
        on_event(id);
    }
    shake_hands();
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
    auto client = accept_one();
    if (client) {
      try {
        take(std::move(*client));
      } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
        // There is no memory for another: it is closed.
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

/// Want of memory is one of the system's errors.
std::expected<Accepted, int> Reactor::accept_one() const {
  try {
    return acceptor_.accept();
  } catch (const std::exception&) {
    return std::unexpected(ENOMEM);
  }
}

void Reactor::take(Accepted accepted) {
  const bool stranger = !callbacks_.knows(accepted.peer.address);
  // A unix socket's have none, and are all from this machine.
  const IpAddress address = IpAddress::parse(accepted.peer.address).value_or(IpAddress());
  if ((stranger && strangers_ >= limits::http_strangers_max) || !make_place(address)) return;
  auto transport = callbacks_.transport(accepted.socket.get());
  auto link = std::make_unique<HttpLink>(std::move(accepted.socket), std::move(accepted.peer),
                                         std::move(transport), rooms_);
  const auto id = ++last_id_;
  link->kept.id = id;
  link->kept.stranger = stranger;
  link->kept.address = address;
  const HttpLink& kept = *links_.emplace(id, std::move(link)).first->second;
  strangers_ += stranger ? 1 : 0;
  epoll_event event{EPOLLIN | EPOLLONESHOT, {.u64 = id}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, kept.socket(), &event) != 0) return remove(id);
  sweep_at_ = std::min(sweep_at_, kept.deadline());
}

bool Reactor::make_place(const IpAddress& address) {
  const auto same = std::ranges::count_if(
      links_, [&](const auto& entry) { return same_holder(entry.second->kept.address, address); });
  if (static_cast<std::size_t>(same) >= bounds_.connections_per_address_max &&
      !callbacks_.near(address))
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
  if (found == links_.end()) return;
  HttpLink& link = *found->second;
  const State state = state_of(link);
  if (!state.parked) return;
  // It may have been of something that was there before the link was given back.
  if (state.next == Next::ended) return remove(id);
  link.kept.armed = false;
  if (!link.shaking_hands()) return move_on(link, go_on(link, Clock::now(), false));
  try {
    handshakes_.push_back(id);
  } catch (const std::exception&) {
    remove(id);
  }
}

/// What events have said that can go on, as long as there is time.
void Reactor::shake_hands() {
  if (handshakes_.empty()) return;
  const auto until = Clock::now() + limits::http_turn_handshakes_max;
  for (auto now = Clock::now(); !handshakes_.empty() && now < until; now = Clock::now()) {
    const auto found = links_.find(handshakes_.front());
    handshakes_.pop_front();
    if (found != links_.end()) move_on(*found->second, go_on(*found->second, now, false));
  }
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
  while (true) {
    HttpLink* link = nullptr;
    State state{};
    {
      const std::lock_guard lock(mutex_);
      link = given_back_;
      if (link == nullptr) return;
      given_back_ = link->kept.given_back_next;
      link->kept.listed = false;
      state = {link->kept.parked, link->kept.next};
    }
    if (state.parked) move_on(*link, state.next);
  }
}

void Reactor::move_on(HttpLink& link, Next next) {
  link.kept.next = next;
  if (next == Next::ended || (next == Next::asked && closing_)) return remove(link.kept.id);
  if (next == Next::asked) {
    disarm(link);
    {
      const std::lock_guard lock(mutex_);
      link.kept.parked = false;
    }
    const auto id = link.kept.id;
    try {
      if (callbacks_.asked(link)) return;
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
      // As if it had said so.
    }
    return remove(id);
  }
  sweep_at_ =
      std::min(sweep_at_, next == Next::room ? Clock::now() + room_interval : link.deadline());
  if (next != Next::room) arm(link);
}

void Reactor::sweep(Clock::time_point now) {
  sweep_at_ = now + sweep_interval_max;
  if (paused_) sweep_at_ = std::min(sweep_at_, std::max(now, accept_from_));
  note_parked();
  bound_unsent();
  for (HttpLink* link : parked_) {
    const auto deadline = link->deadline();
    if (deadline <= now || link->kept.next == Next::room)
      move_on(*link, go_on(*link, now, deadline <= now));
    else
      sweep_at_ = std::min(sweep_at_, deadline);
  }
}

/// Without those that take_back() is about to see. There are no more of them than connections may
/// be, so that it takes no memory.
void Reactor::note_parked() {
  parked_.clear();
  const std::lock_guard lock(mutex_);
  for (const auto& [id, link] : links_)
    if (link->kept.parked && !link->kept.listed) parked_.push_back(link.get());
}

/// Cuts off who takes longest to take its answer, and takes it out of the parked.
void Reactor::bound_unsent() {
  std::size_t held = 0;
  for (const HttpLink* link : parked_) held += link->held_bytes();
  while (held > bounds_.unsent_bytes_max) {
    const auto longest = std::ranges::min_element(parked_, {}, [](const HttpLink* link) {
      return std::pair(link->held_bytes() == 0, link->since());
    });
    held -= (*longest)->held_bytes();
    remove((*longest)->kept.id);
    parked_.erase(longest);
  }
}

/// The server ends: who has asked nothing has nothing to wait for.
void Reactor::let_go() {
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, acceptor_.socket(), nullptr);
  note_parked();
  for (const HttpLink* link : parked_)
    if (!link->finishing()) remove(link->kept.id);
}

void Reactor::remove(std::uint64_t id) {
  const auto found = links_.find(id);
  unlist(*found->second);
  strangers_ -= found->second->kept.stranger ? 1 : 0;
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, found->second->socket(), nullptr);
  links_.erase(found);
}

}  // namespace seed::rpc
