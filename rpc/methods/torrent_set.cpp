// torrent_set (rpc-contract, section 6.3).
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "rpc/methods/all.h"
#include "rpc/methods/label_limits.h"
#include "rpc/methods/list_bounds.h"
#include "rpc/methods/option_parameters.h"
#include "rpc/methods/selection.h"

namespace seed::rpc {

namespace {

constexpr Parameter queue_position{"queue_position", "queuePosition", ValueType::integer,
                                   "Place in the queue, from 0; the others shift."};
constexpr Parameter tracker_list{
    "tracker_list", "trackerList", ValueType::text,
    "All announce URLs, one a line, a blank line between tiers; at most 64 KiB."};
constexpr Parameter tracker_add{"tracker_add", "trackerAdd", ValueType::texts,
                                "Announce URLs to add, each in a tier of its own."};
constexpr Parameter tracker_remove{"tracker_remove", "trackerRemove", ValueType::integers,
                                   "Ids of trackers to remove."};
constexpr Parameter tracker_replace{"tracker_replace", "trackerReplace", ValueType::any,
                                    "Pairs of a tracker's id and its new announce URL."};
constexpr Parameter from_piece{"sequential_download_from_piece", "", ValueType::integer,
                               "Piece at which the sequential download begins."};

constexpr std::array errors{session::OrderErrorCode::tracker_list_unchanged,
                            session::OrderErrorCode::tracker_list_invalid,
                            session::OrderErrorCode::file_index_out_of_range,
                            session::OrderErrorCode::piece_index_out_of_range};

/// Its range depends on the torrent, so the session checks it.
constexpr std::array<std::string_view, 1> own_options{from_piece.name};

const std::vector<Parameter>& parameters() {
  static const auto rows = with_options(
      {ids_parameter, queue_position, tracker_list, tracker_add, tracker_remove, tracker_replace});
  return rows;
}

/// [id, url, id, url ...], or a list of such pairs.
std::vector<std::pair<std::int64_t, std::string>> parse_replacements(const Params& params) {
  std::vector<std::pair<std::int64_t, std::string>> out;
  const Json* list = params.find(tracker_replace);
  if (list == nullptr || !list->is_array()) return out;
  const auto add = [&](const Json& id, const Json& url) {
    const auto number = to_integer(id);
    auto text = to_text(url);
    if (number && text) out.emplace_back(*number, *std::move(text));
  };
  for (std::size_t i = 0; i < list->size(); ++i) {
    const Json& item = (*list)[i];
    if (item.is_array() && item.size() == 2)
      add(item[0], item[1]);
    else if (!item.is_array() && i + 1 < list->size())
      add(item, (*list)[i + 1]), ++i;
  }
  return out;
}

/// What is too long to be looked at for each of many torrents is refused with all else of the call.
std::optional<CallError> parse_trackers(const Params& params, session::SetOrder& order) {
  order.tracker_list = params.text(tracker_list);
  order.tracker_add = params.texts(tracker_add).value_or(std::vector<std::string>());
  order.tracker_remove = params.integers(tracker_remove).value_or(std::vector<std::int64_t>());
  order.tracker_replace = parse_replacements(params);
  std::size_t bytes = 0;
  for (const auto& [id, url] : order.tracker_replace) bytes += url.size();
  if (order.tracker_list)
    if (auto error = too_long(tracker_list, 1, order.tracker_list->size())) return error;
  if (auto error = too_long(tracker_add, order.tracker_add)) return error;
  if (auto error = too_long(tracker_remove, order.tracker_remove.size())) return error;
  return too_long(tracker_replace, order.tracker_replace.size(), bytes);
}

bool is_tracker_error(const CallError& error) { return error.code == 1 || error.code == 2; }

struct TorrentSet {
  struct Order {
    session::SetOrder set;
    NamedGroup group;
  };
  struct Plan {
    Order order;
    std::optional<CallError> error;  ///< of what was left out; the rest is still done
  };
  using Reply = std::monostate;

  static std::expected<Plan, CallError> parse(const Params& params) {
    OptionChanges options = parse_options(params, own_options);
    Plan plan;
    plan.error = std::move(options.error);
    plan.order.group = named_group(options, params.caller());
    session::SetOrder& order = plan.order.set;
    order.which = parse_ids(params).selection;
    order.files = parse_files(params, EmptyList::all_files);
    auto adjust = limit_labels(params.caller(), std::move(options));
    if (!adjust) return std::unexpected(std::move(adjust).error());
    order.adjust = *std::move(adjust);
    order.queue_position = params.integer(queue_position);
    if (auto error = parse_trackers(params, order)) return std::unexpected(*std::move(error));
    order.sequential_from_piece = params.integer(from_piece);
    return plan;
  }

  static void run(LoopSide& loop, Order order, Responder<Reply> responder) {
    if (auto refused = group_refusal(loop.session, order.group))
      return responder.answer(std::unexpected(*std::move(refused)));
    loop.session.set(std::move(order.set), answer_to(std::move(responder)));
  }

  static Outcome encode(const Plan& plan, Reply, Dialect) {
    if (plan.error) return std::unexpected(*plan.error);
    return nothing_to_say();
  }

  /// The error of a tracker wins, else the first.
  static CallError fail(const Plan& plan, CallError error, Dialect) {
    if (plan.error && !is_tracker_error(error) && !error.busy) return *plan.error;
    return error;
  }
};

}  // namespace

const Method torrent_set = make_method<TorrentSet>(
    "torrent_set", "torrent-set", Scope::control, Notified::run, parameters(), {},
    "Changes options, files, trackers and the place in the queue. An error leaves out what it is "
    "about; the rest is done.",
    errors);

}  // namespace seed::rpc
