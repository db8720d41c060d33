// torrent_remove (rpc-contract, section 6.5).
#include <array>
#include <utility>

#include "rpc/methods/all.h"
#include "rpc/methods/selection.h"

namespace seed::rpc {

namespace {

constexpr Parameter delete_local_data{"delete_local_data", "delete-local-data", ValueType::boolean,
                                      "Delete the downloaded files as well."};
constexpr std::array parameters{ids_parameter, delete_local_data};

struct TorrentRemove {
  struct Order {
    session::Selection which;
    bool delete_data = false;
  };
  struct Plan {
    Order order;
  };
  using Reply = std::monostate;

  static std::expected<Plan, CallError> parse(const Params& params) {
    return Plan{{parse_ids(params).selection, params.boolean(delete_local_data).value_or(false)}};
  }
  static void run(LoopSide& loop, const Order& order, Responder<Reply> responder) {
    loop.session.remove(order.which, order.delete_data, answer_to(std::move(responder)));
  }
  static Outcome encode(const Plan&, Reply, Dialect) { return nothing_to_say(); }
};

}  // namespace

const Method torrent_remove =
    make_method<TorrentRemove>("torrent_remove", "torrent-remove", Scope::control, Notified::run,
                               parameters, {}, "Removes torrents.");

}  // namespace seed::rpc
