// torrent_why: why torrents do not move. seedd's own.
#include <array>
#include <utility>

#include "rpc/fields/reason.h"
#include "rpc/methods/all.h"
#include "rpc/methods/selection.h"

namespace seed::rpc {

namespace {

constexpr std::array parameters{ids_parameter};

constexpr std::array reason_members{
    Parameter{"code", "", ValueType::text, "What it is, for programs."},
    Parameter{"text", "", ValueType::text, "The same for people."},
    Parameter{"detail", "", ValueType::text, "A name or somebody's words, if it has any."},
    Parameter{"number", "", ValueType::integer, "The number it speaks of, if any."},
    Parameter{"of", "", ValueType::integer, "Out of how many, if it has such."},
    Parameter{"share", "", ValueType::number, "How far something is, 0 to 1, if it tells."},
    Parameter{"when", "", ValueType::integer,
              "When something happens next, Unix seconds, if known."},
};
constexpr std::array torrent_members{
    Parameter{"id", "", ValueType::integer, "Number of the torrent in this run."},
    Parameter{"hash_string", "hashString", ValueType::text, "Info-hash, 40 hexadecimal digits."},
    Parameter{"name", "", ValueType::text, "Its name."},
    Parameter{"status", "", ValueType::integer, "As torrent_get has it."},
    Parameter{"reason", "", ValueType::object, "The main reason.", {}, {}, reason_members},
    Parameter{"contributing", "", ValueType::objects, "What adds to it.", {}, {}, reason_members},
};
constexpr Parameter torrents{"torrents", "", ValueType::objects, "At most 1,000 of them.",
                             {},         {}, torrent_members};
constexpr std::array results{torrents};

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
    out.key(torrents.name);
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

const Method torrent_why =
    make_method<WhyOf>("torrent_why", "torrent-why", Scope::read, Notified::ignored, parameters,
                       results, "Why torrents do not move, or what they are doing.");

}  // namespace seed::rpc
