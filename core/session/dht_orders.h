// DhtOrders: what the user asks of the DHT itself: items, to get and to put (BEP 44), and how large
// a swarm is (BEP 33).
//
//   get, scrape          searching on each node --all done--> answered
//   put, its seq known   storing on each node --all done--> answered
//   put, else            searching on each node --all done--> storing ... as above
//
// The families' networks know nothing of each other, so both are asked: of items the newest of both
// counts, stored is in both, and swarms are of different peers. It only says what is to be searched
// for; Dht, which has the nodes, does it. An immutable item cannot get any newer, so the first ends
// the order.
//
// Bounds: limits::dht_orders_max orders, of which dht_asks_max only ask; each has
// dht_order_timeout, and then is answered with what is known.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/fifo.h"
#include "core/base/instant.h"
#include "core/dht/item_store.h"
#include "core/dht/krpc_message.h"
#include "core/dht/node_contact.h"
#include "core/dht/node_event.h"
#include "core/dht/search_goal.h"
#include "core/session/session.h"

namespace seed::session {

class DhtOrders {
 public:
  /// Whether there is a node of IPv4, and of IPv6.
  using Running = std::array<bool, 2>;
  /// Its searches have names from here on; those below are others'.
  static constexpr std::uint64_t first_search = std::uint64_t{1} << 63;
  static bool owns(dht::SearchId id) { return id.value >= first_search; }

  /// The answer comes at once when the order makes no sense or cannot be begun.
  void get(const DhtGetOrder& order, OrderAnswer<DhtItem> answer, Running running, Instant now);
  void put(DhtPutOrder order, OrderAnswer<DhtPutReply> answer, Running running, Instant now);
  void scrape(const Sha1& info_hash, OrderAnswer<DhtScrapeReply> answer, Running running,
              Instant now);

  struct Search {
    dht::Family family;
    dht::SearchId id;
    dht::SearchGoal goal;
  };
  /// One to begin: on_done(), on_refused() or on_node_gone() has to follow, unless it is ended.
  std::optional<Search> next_search();
  struct Ended {
    dht::Family family;
    dht::SearchId id;
  };
  /// One that is of no use any more.
  std::optional<Ended> next_ended();

  void on_found(const dht::ItemFound& found);
  void on_done(const dht::SearchDone& done);
  /// The node does not begin it.
  void on_refused(dht::SearchId id);
  void on_node_gone(dht::Family family);
  void on_deadline(Instant now);
  Instant deadline() const;

  std::size_t open() const { return orders_.size(); }

 private:
  struct Get {
    std::optional<dht::Item> best;
    OrderAnswer<DhtItem> answer;
  };
  struct Put {
    DhtPutOrder order;
    dht::Item item;  ///< signed when it is stored
    OrderAnswer<DhtPutReply> answer;
    bool storing = false;
    std::optional<std::int64_t> newest{};
    std::size_t stored_on = 0;
    std::optional<dht::krpc::Error> refusal{};
  };
  struct Scrape {
    DhtScrapeReply reply;
    OrderAnswer<DhtScrapeReply> answer;
  };
  struct Order {
    std::variant<Get, Put, Scrape> what;
    Running running{};
    std::array<std::optional<dht::SearchId>, 2> searches{};
    std::size_t answered = 0;  ///< nodes
    Instant until{};
    bool late = false;

    bool searching() const { return searches[0] || searches[1]; }
  };
  using Orders = std::map<std::uint64_t, Order>;

  std::optional<OrderError> cannot_begin(Running running, bool only_asks) const;
  void begin(Order order, const dht::SearchGoal& goal, Instant now);
  void search(std::uint64_t number, Order& order, const dht::SearchGoal& goal);
  void end_search(std::uint64_t number, dht::SearchId id);
  void finish(std::uint64_t number);
  static std::optional<OrderError> sign(const Order& order, Put& put);
  static void answer(const Order& order, Get& get);
  static void answer(const Order& order, Put& put);
  static void answer(const Order& order, Scrape& scrape);

  Orders orders_;  ///< by number, in the order they came
  std::map<dht::SearchId, std::uint64_t> searches_;
  Fifo<Search> to_begin_;
  Fifo<Ended> to_end_;
  std::uint64_t last_number_ = 0;
  std::uint64_t next_search_ = first_search;
};

}  // namespace seed::session
