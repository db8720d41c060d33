// torrent_get (rpc-contract, section 6.2): facts about torrents, as objects or as a table.
#include <array>
#include <utility>

#include "rpc/fields/torrent.h"
#include "rpc/methods/all.h"
#include "rpc/methods/list_bounds.h"
#include "rpc/methods/selection.h"

namespace seed::rpc {

namespace {

constexpr Parameter fields{"fields", "", ValueType::texts,
                           "Names of the fields; unknown ones are left out."};
constexpr Parameter format{
    "format", "", ValueType::text,
    "\"objects\", or \"table\": a row of names, then a row of values a torrent."};
constexpr std::array parameters{fields, ids_parameter, format};

struct TorrentGet {
  struct Plan {
    session::ListQuery order;
    Columns<session::TorrentSnapshot> columns;
    bool table = false;
    bool with_removed = false;
  };
  using Reply = session::ListReply;

  static std::expected<Plan, CallError> parse(const Params& params) {
    Columns<session::TorrentSnapshot> columns(params.dialect());
    const auto names = params.texts(fields).value_or(std::vector<std::string>());
    if (auto error = too_long(fields, names)) return std::unexpected(*std::move(error));
    for (const auto& name : names) {
      const auto* field = find_torrent_field(name, params.dialect());
      if (field != nullptr && !columns.has(*field)) columns.add(*field);
    }
    if (columns.empty()) return refuse(invalid_params, "no fields specified");
    Chosen chosen = parse_ids(params);
    Plan plan{{std::move(chosen.selection), to_groups(columns.groups()), 0},
              std::move(columns),
              params.text(format) == "table",
              chosen.only_recent};
    return plan;
  }

  /// Lists of files and the like may have to be loaded.
  static Wait waits_for(const Plan& plan) {
    const auto& groups = plan.order.groups;
    return groups.files || groups.pieces || groups.availability ? Wait::disk : Wait::prompt;
  }
  static void run(LoopSide& loop, const session::ListQuery& order, Responder<Reply> responder) {
    loop.session.list(order, answer_to(std::move(responder)));
  }

  static Outcome encode(const Plan& plan, const Reply& reply, Dialect) {
    JsonWriter out;
    out.begin_object();
    if (plan.with_removed) {
      out.key("removed");
      out.begin_array();
      for (const auto number : reply.removed) out.integer(number);
      out.end_array();
    }
    out.key("torrents");
    out.begin_array();
    if (plan.table) plan.columns.write_names(out);
    for (const auto& torrent : reply.torrents) {
      if (plan.table)
        plan.columns.write_row(torrent, out);
      else
        plan.columns.write_object(torrent, out);
    }
    out.end_array();
    out.end_object();
    return out.take();
  }
};

}  // namespace

const Method torrent_get = make_method<TorrentGet>(
    "torrent_get", "torrent-get", Scope::read, Notified::ignored, parameters,
    "Facts about torrents: `torrents`, and with \"recently_active\" `removed`, the ids removed in "
    "the last 60 s.");

}  // namespace seed::rpc
