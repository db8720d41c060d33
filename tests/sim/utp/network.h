// A network of virtual time for streams over datagrams: links with a rate, a delay, a queue, loss,
// reordering and duplicates, and hosts at their ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <queue>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/instant.h"
#include "core/base/rng.h"

namespace seed::sim {

struct Parcel {
  Endpoint from, to;
  Buffer octets;               ///< of the UDP payload; empty for a flow that is only a model
  std::size_t wire_bytes = 0;  ///< with all headers
  std::uint64_t number = 0;    ///< a model's
  bool fragile = false;        ///< not to be fragmented
};

class Host {
 public:
  virtual ~Host() = default;
  virtual Endpoint at() const = 0;
  virtual void on_parcel(Parcel& parcel, Instant now) = 0;
  virtual Instant deadline() const = 0;
  virtual void on_deadline(Instant now) = 0;
};

struct LinkPlan {
  double bytes_per_second = 1.25e6;
  Duration delay = 50ms;   ///< one way
  Duration queue = 300ms;  ///< of parcels at that rate; longer: dropped
  double loss = 0;
  double duplicates = 0;
  double reorders = 0;  ///< of parcels, late by `late`
  Duration late = 5ms;
  std::size_t mtu = 1500;
};

/// One way from all hosts on one side to all on the other.
class Link {
 public:
  explicit Link(const LinkPlan& plan) : plan_(plan) {}
  const LinkPlan& plan() const { return plan_; }
  /// What waits, as the time that it takes.
  Duration waiting(Instant now) const { return free_at_ > now ? free_at_ - now : Duration(0); }
  Duration longest_waiting(Instant now) {
    return std::max(std::exchange(longest_, Duration(0)), waiting(now));
  }
  std::uint64_t dropped() const { return dropped_; }
  /// When it arrives; `never`: it does not.
  Instant carry(const Parcel& parcel, Instant now, Rng& dice);

 private:
  LinkPlan plan_;
  Instant free_at_{};
  Duration longest_{};
  std::uint64_t dropped_ = 0;
};

class Network {
 public:
  Network(const LinkPlan& forth, const LinkPlan& back, std::uint64_t seed)
      : forth_(forth), back_(back), dice_(seed) {}

  Instant now() const { return now_; }
  Link& forth() { return forth_; }
  Link& back() { return back_; }
  Rng& dice() { return dice_; }
  /// On the left side `forth` leads away, on the right `back`. It outlives the network's last run.
  void add(Host& host, bool left) { (left ? left_ : right_).push_back(&host); }
  void send(Parcel parcel);
  void run(Duration span);
  /// Of all that was ever sent, and when.
  std::uint64_t digest() const { return digest_; }

 private:
  struct Event {
    Instant at;
    std::uint64_t order;
    std::size_t place;
    bool operator>(const Event& other) const {
      return at != other.at ? at > other.at : order > other.order;
    }
  };
  Host* find(const Endpoint& at) const;
  void put(Parcel parcel, Instant at);
  void note(const Parcel& parcel);

  Link forth_, back_;
  Rng dice_;
  Instant now_{1h};
  std::vector<Host*> left_, right_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::vector<Parcel> parcels_;
  std::vector<std::size_t> free_;
  std::uint64_t order_ = 0;
  std::uint64_t digest_ = 0xcbf29ce484222325ULL;
};

}  // namespace seed::sim
