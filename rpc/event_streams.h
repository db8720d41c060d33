// EventStreams: GET /events, server-sent events (WHATWG HTML, "Server-sent events") of what changes
// and of what happens. rpc/fields/event.h has the table of them.
//
// The id of an event is a session's number, and not every event has one; a stream that begins with
// Last-Event-ID, or `since` in the query, goes on after that. `since=0` begins with all torrents.
// `fields` names what is told of torrents; without it all that is cheap is.
//
// A stream ends when the token does that let it in.
//
// Nothing is kept for a stream but its number. Who reads slowly is not waited for by anybody: what
// is forgotten meanwhile it is told of by `reset`.
//
// Bounds: limits::http_streams_max at once, beyond 503; a batch in `gap` at most.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/base/instant.h"
#include "rpc/caller.h"
#include "rpc/changes.h"
#include "rpc/http_exchange.h"
#include "rpc/method.h"

namespace seed::rpc {

class EventStreams {
 public:
  /// So that what moves all the time costs what it costs twice a second.
  static constexpr Duration gap = 500ms;
  /// A line that says nothing, so that proxies keep the connection and a client that is gone shows.
  static constexpr Duration quiet_max = 15s;

  /// All outlive it.
  EventStreams(Bridge& bridge, LoopSide& loop, Changes& changes)
      : bridge_(bridge), loop_(loop), changes_(changes) {}
  EventStreams(const EventStreams&) = delete;
  EventStreams& operator=(const EventStreams&) = delete;

  /// On an HTTP thread: the answer to GET /events.
  HttpAnswer serve(const HttpExchange& exchange, const Caller& caller);
  /// On the loop: something may have happened.
  void on_change();
  /// Those that are open now.
  std::size_t open() const { return open_; }

 private:
  using Torrents = Changes::Torrents;
  struct Watch {
    Torrents columns{Dialect::modern};
    std::vector<std::string> labels;  ///< not empty: only torrents that have one of these
    std::optional<Sha256> token;      ///< that lets it in
    std::uint64_t after = 0;          ///< all up to this number is told; 0: nothing yet
  };
  /// What the loop says of what came after a number.
  struct Batch {
    session::ListReply list;
    session::EventList events;
    std::uint64_t sequence = 0;
  };
  class Place;

  void run(AnswerStream& stream, Watch watch);
  /// Nothing: the loop does not answer.
  std::optional<std::uint64_t> sequence_now();
  bool tell(AnswerStream& stream, Watch& watch);
  std::string changed_text(const Batch& batch, const Watch& watch, std::uint64_t before, bool last);
  std::expected<Batch, CallError> ask(const Watch& watch);
  /// Not any more when its token was revoked or has expired.
  bool is_let_in(const Watch& watch) const;
  /// False: the stream, what lets it in or the server ends.
  bool wait(AnswerStream& stream, const Watch& watch);

  Bridge& bridge_;
  LoopSide& loop_;
  Changes& changes_;
  std::atomic<std::size_t> open_ = 0;
  std::mutex mutex_;  ///< guards what follows
  std::condition_variable changed_;
  std::uint64_t newest_ = 0;  ///< the session's number when it was last told
};

}  // namespace seed::rpc
