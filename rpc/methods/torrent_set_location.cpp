// torrent_set_location (rpc-contract, section 6.5).
#include <array>
#include <utility>

#include "core/base/folder_fault.h"
#include "rpc/methods/all.h"
#include "rpc/methods/folder_limits.h"
#include "rpc/methods/selection.h"

namespace seed::rpc {

namespace {

constexpr Parameter location =
    required({"location", "", ValueType::text, "The new folder, absolute."}, Need::own_words);
constexpr Parameter move_data{"move", "", ValueType::boolean,
                              "Move the files there; else they are looked for there."};
constexpr std::array parameters{ids_parameter, location, move_data};
constexpr std::array errors{session::OrderErrorCode::path_not_absolute};

struct TorrentSetLocation {
  struct Order {
    session::Selection which;
    std::string location;
    bool move = false;
    bool admin = false;  ///< whether the caller is
  };
  struct Plan {
    Order order;
  };
  using Reply = std::monostate;

  static std::expected<Plan, CallError> parse(const Params& params) {
    auto folder = params.text(location);
    if (!folder) return refuse(invalid_params, "no location");
    if (auto fault = folder_fault(*folder))
      return refuse(session::OrderErrorCode::path_not_absolute,
                    "new location path " + *std::move(fault));
    return Plan{{parse_ids(params).selection, *std::move(folder),
                 params.boolean(move_data).value_or(false),
                 params.caller().scopes.allow(Scope::admin)}};
  }
  static void run(LoopSide& loop, const Order& order, Responder<Reply> responder) {
    if (auto refused =
            folder_refusal(folder_rules(loop), location.name, order.location, order.admin))
      return responder.answer(std::unexpected(*std::move(refused)));
    loop.session.set_location(order.which, order.location, order.move,
                              answer_to(std::move(responder)));
  }
  static Outcome encode(const Plan&, Reply, Dialect) { return nothing_to_say(); }
};

}  // namespace

const Method torrent_set_location = make_method<TorrentSetLocation>(
    "torrent_set_location", "torrent-set-location", Scope::control, Notified::run, parameters, {},
    "Changes the folder of torrents; download_dir shows it when that is done.", errors);

}  // namespace seed::rpc
