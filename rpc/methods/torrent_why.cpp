// torrent_why: why torrents do not move. seedd's own.
#include <array>
#include <utility>

#include "rpc/fields/reason.h"
#include "rpc/methods/all.h"
#include "rpc/methods/selection.h"

namespace seed::rpc {

namespace {

constexpr std::array parameters{ids_parameter};

struct WhyOf {
  struct Plan {
    session::Selection order;
  };
  using Reply = std::vector<session::TorrentWhy>;

  static std::expected<Plan, CallError> parse(const Params& params) {
    return Plan{parse_ids(params).selection};
  }
  static Wait waits_for(const Plan&) { return Wait::prompt; }
  static void run(LoopSide& loop, const session::Selection& which, Responder<Reply> responder) {
    responder.answer(loop.session.why(which));
  }
  static Outcome encode(const Plan&, const Reply& reply, Dialect dialect) {
    JsonWriter out;
    out.begin_object();
    out.key("torrents");
    out.begin_array();
    for (const auto& torrent : reply) write_torrent(torrent, out, dialect);
    out.end_array();
    out.end_object();
    return out.take();
  }

 private:
  static void write_torrent(const session::TorrentWhy& torrent, JsonWriter& out, Dialect dialect) {
    out.begin_object();
    out.key("id");
    out.integer(torrent.number);
    out.key(spelt("hash_string", "hashString", dialect));
    out.text(torrent.hashes.short_hash().hex());
    out.key("name");
    out.text(torrent.name);
    out.key("status");
    out.integer(static_cast<int>(torrent.status));
    out.key("reason");
    write_reason(torrent.reasons.front(), out);
    out.key("contributing");
    out.begin_array();
    for (std::size_t i = 1; i < torrent.reasons.size(); ++i) write_reason(torrent.reasons[i], out);
    out.end_array();
    out.end_object();
  }
};

}  // namespace

const Method torrent_why = make_method<WhyOf>(
    "torrent_why", "torrent-why", Scope::read, Notified::ignored, parameters,
    "Why torrents do not move, or what they are doing: `torrents`, each with id, hash_string, "
    "name, "
    "status, `reason` and `contributing`, a list of what adds to it. A reason has a `code`, a "
    "`text` for people, and `detail`, `number`, `of`, `share` and `when` where it speaks of "
    "them. At most 1,000 torrents at once.");

}  // namespace seed::rpc
