// session_stats (rpc-contract, section 6.7).
#include <utility>

#include "rpc/json_writer.h"
#include "rpc/methods/all.h"

namespace seed::rpc {

namespace {

void write_totals(const session::Totals& totals, JsonWriter& out, Dialect dialect) {
  const auto put = [&](std::string_view name, std::string_view legacy, std::uint64_t value) {
    out.key(spelt(name, legacy, dialect));
    out.integer(value);
  };
  out.begin_object();
  put("uploaded_bytes", "uploadedBytes", totals.uploaded);
  put("downloaded_bytes", "downloadedBytes", totals.downloaded);
  put("files_added", "filesAdded", totals.files_added);
  put("seconds_active", "secondsActive", totals.seconds_active);
  put("session_count", "sessionCount", totals.session_count);
  out.end_object();
}

struct GetStats {
  struct Plan {
    std::monostate order;
  };
  using Reply = session::SessionStats;

  static std::expected<Plan, CallError> parse(const Params&) { return Plan{}; }
  static Wait waits_for(const Plan&) { return Wait::prompt; }
  static void run(LoopSide& loop, std::monostate, Responder<Reply> responder) {
    responder.answer(loop.session.stats());
  }
  static Outcome encode(const Plan&, const Reply& reply, Dialect dialect) {
    JsonWriter out;
    const auto put = [&](std::string_view name, std::string_view legacy, std::uint64_t value) {
      out.key(spelt(name, legacy, dialect));
      out.integer(value);
    };
    out.begin_object();
    put("active_torrent_count", "activeTorrentCount", reply.active);
    put("download_speed", "downloadSpeed", reply.rate_download);
    put("paused_torrent_count", "pausedTorrentCount", reply.paused);
    put("torrent_count", "torrentCount", reply.torrents);
    put("upload_speed", "uploadSpeed", reply.rate_upload);
    out.key(spelt("cumulative_stats", "cumulative-stats", dialect));
    write_totals(reply.cumulative, out, dialect);
    out.key(spelt("current_stats", "current-stats", dialect));
    write_totals(reply.current, out, dialect);
    out.end_object();
    return out.take();
  }
};

}  // namespace

const Method session_stats =
    make_method<GetStats>("session_stats", "session-stats", Scope::read, Notified::ignored, {},
                          "Speeds and totals, of this run and ever.");

}  // namespace seed::rpc
