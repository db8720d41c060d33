// torrent_get (rpc-contract, section 6.2): facts about torrents, as objects or as a table; with
// `since` only what changed after a number.
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "rpc/fields/torrent.h"
#include "rpc/methods/all.h"
#include "rpc/methods/list_bounds.h"
#include "rpc/methods/selection.h"

namespace seed::rpc {

namespace {

constexpr Parameter fields =
    required({"fields", "", ValueType::texts, "Names of the fields; unknown ones are left out."},
             Need::own_words);
constexpr Parameter format{
    "format", "", ValueType::text,
    "\"objects\", or \"table\": a row of names, then a row of values a torrent."};
constexpr Parameter since{"since", "", ValueType::integer,
                          "A `sequence` from an answer before: only torrents and fields that "
                          "changed after it, as objects "
                          "with their id. 0 for all of them and the number to go on with. What "
                          "runs with the clock alone, "
                          "such as seconds_seeding of a torrent at rest, is no change."};
constexpr std::array parameters{fields, ids_parameter, format, since};
constexpr Parameter torrents{"torrents",
                             "",
                             ValueType::objects_or_rows,
                             "The torrents, each with the fields asked for; with \"table\" rows.",
                             {},
                             "torrents"};
constexpr Parameter removed{
    "removed", "", ValueType::integers,
    "With \"recently_active\": ids removed in the last 60 s; with since: since."};
constexpr Parameter sequence{"sequence", "", ValueType::integer,
                             "With since: the number to ask with next."};
constexpr Parameter full{"full", "", ValueType::boolean,
                         "With since: whether these are all there are, so that what is not among "
                         "them is gone; so for 0 and a number too old or of another run."};
constexpr std::array results{torrents, removed, sequence, full};

struct TorrentGet {
  struct Plan {
    session::ListQuery order;
    Columns<session::TorrentSnapshot> columns;
    bool table = false;
    bool with_removed = false;
    bool changes = false;  ///< told as such
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
    const auto after = params.integer(since);
    const bool table = params.text(format) == "table";
    if (!after && params.find(since) != nullptr)
      return refuse(invalid_params, "since: not an integer");
    if (after && *after < 0) return refuse(invalid_params, "since: not below 0");
    // The one tells what is recent by its own time, and might leave out what the other wants.
    if (after && chosen.selection.kind == session::Selection::Kind::recently_active)
      return refuse(invalid_params, "since: not with recently_active");
    if (after && table) return refuse(invalid_params, "since: changes are told as objects");
    Plan plan{{std::move(chosen.selection), to_groups(columns.groups()),
               static_cast<std::uint64_t>(after.value_or(0))},
              std::move(columns),
              table,
              chosen.only_recent,
              after.has_value()};
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

  /// Lists of all torrents are asked for again and again, and nearly nothing of them is another.
  static std::optional<Outcome> answer_from_here(const Plan& plan, CallContext context) {
    const session::ListQuery& query = plan.order;
    if (query.which.kind != session::Selection::Kind::all || !Mirror::holds(query.groups))
      return std::nullopt;
    const auto ask = [&context](session::ListQuery order) {
      return context.bridge.ask<Reply>(
          [order = std::move(order), &loop = context.loop,
           on_loop = context.on_loop](Responder<Reply> responder) {
            const Stopwatch watch(on_loop);
            run(loop, order, std::move(responder));
          },
          Wait::prompt);
    };
    // The copy is of what all may see, and what is not known of a number is answered as for 0.
    const bool from_mirror = query.which.only_labels.empty();
    if (query.since != 0 || !from_mirror) {
      auto listed = list_in_steps(ask, query);
      if (listed && listed->full && query.since != 0 && !from_mirror) {
        session::ListQuery all = query;
        all.since = 0;
        listed = list_in_steps(ask, std::move(all));
      }
      if (!listed) return std::unexpected(std::move(listed).error());
      if (!listed->full || !from_mirror)
        return encode(plan, *listed, plan.columns.dialect(), context);
    }
    return from_copy(plan, context, ask);
  }

  static Outcome from_copy(const Plan& plan, CallContext context, const AskList& ask) {
    if (auto refreshed = context.mirror.refresh(ask); !refreshed)
      return std::unexpected(std::move(refreshed).error());
    const auto now = Mirror::Clock::now();
    JsonWriter out;
    out.begin_object();
    out.key(torrents.name);
    out.begin_array();
    std::uint64_t as_of = 0;
    const auto each = [&](auto&& write) {
      as_of = context.mirror.each(now, plan.columns.by_clock(), write);
    };
    if (plan.changes) {
      Changes::Telling telling(context.changes, plan.columns, 0, false, now, out);
      each([&](const auto& torrent) { telling.tell(torrent); });
    } else {
      if (plan.table) plan.columns.write_names(out);
      each([&](const auto& torrent) { write(plan, torrent, out); });
    }
    out.end_array();
    if (plan.changes) write_changes_end(true, as_of, {}, out);
    out.end_object();
    return out.take();
  }

  static Outcome encode(const Plan& plan, const Reply& reply, Dialect, CallContext context) {
    JsonWriter out;
    out.begin_object();
    out.key(torrents.name);
    if (plan.changes) {
      context.changes.write(reply.torrents, plan.columns, reply.full ? 0 : plan.order.since,
                            !plan.order.which.only_labels.empty(), Mirror::Clock::now(), out);
      context.changes.forget(reply.removed);
      write_changes_end(reply.full, reply.sequence, reply.removed, out);
    } else {
      out.begin_array();
      if (plan.table) plan.columns.write_names(out);
      for (const auto& torrent : reply.torrents) write(plan, torrent, out);
      out.end_array();
      if (plan.with_removed) write_removed(reply.removed, out);
    }
    out.end_object();
    return out.take();
  }

 private:
  static void write(const Plan& plan, const session::TorrentSnapshot& torrent, JsonWriter& out) {
    if (plan.table)
      plan.columns.write_row(torrent, out);
    else
      plan.columns.write_object(torrent, out);
  }
  static void write_removed(const std::vector<session::TorrentNumber>& gone, JsonWriter& out) {
    out.key(removed.name);
    out.begin_array();
    for (const auto number : gone) out.integer(number);
    out.end_array();
  }
  static void write_changes_end(bool is_full, std::uint64_t as_of,
                                const std::vector<session::TorrentNumber>& gone, JsonWriter& out) {
    write_removed(gone, out);
    out.key(full.name);
    out.boolean(is_full);
    out.key(sequence.name);
    out.integer(as_of);
  }
};

}  // namespace

const Method torrent_get =
    make_method<TorrentGet>("torrent_get", "torrent-get", Scope::read, Notified::ignored,
                            parameters, results, "Facts about torrents.");

}  // namespace seed::rpc
