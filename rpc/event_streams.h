// EventStreams: GET /events, server-sent events (WHATWG HTML, "Server-sent events") of what changes
// and of what happens. rpc/fields/event.h has the table of them.
//
// The id of an event is a session's number, and not every event has one; a stream that begins with
// Last-Event-ID, or `since` in the query, goes on after that. `since=0` begins with all torrents.
// `fields` names what is told of torrents; without it all that is cheap is.
//
// A stream ends when the token does that let it in, and when the rules of access change.
//
// Nothing is kept for a stream but its number and what it is being sent. Who reads slowly is not
// waited for by anybody else: what is forgotten meanwhile it is told of by `reset`, and who does
// not take what was due within limits::event_batch_taken_within, and as long again as it lasts at
// limits::event_bytes_per_second_min, is cut off, to go on where it was.
//
// Bounds: limits::http_streams_max at once, limits::http_streams_per_address_max of one address
// that is not this host's own, beyond 503; a batch in `gap` at most.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/instant.h"
#include "core/base/limits.h"
#include "rpc/bridge.h"
#include "rpc/caller.h"
#include "rpc/changes.h"
#include "rpc/http/exchange.h"
#include "rpc/mirror.h"

namespace seed::rpc {

/// What streams ask; all that is referred to outlives them.
struct EventSource {
  Bridge& bridge;
  Changes& changes;
  Mirror& mirror;
  /// On the loop: the session's.
  std::function<std::uint64_t()> sequence;
  std::function<session::EventList(std::uint64_t after)> events_since;
  std::function<void(const session::ListQuery&, session::OrderAnswer<session::ListReply>)> list;
  /// From any thread: whether that token still lets in.
  std::function<bool(const Sha256& token)> admits;
};

class EventStreams {
 public:
  struct Pace {
    /// So that what moves all the time costs what it costs twice a second.
    Duration gap = 500ms;
    /// A line that says nothing, so that proxies keep the connection and a client that is gone
    /// shows.
    Duration quiet_max = 15s;
    /// How often a stream that has nothing to tell asks whether its client is there.
    Duration look_up_every = 250ms;
    Duration batch_taken_within = limits::event_batch_taken_within;
  };

  explicit EventStreams(EventSource source) : EventStreams(std::move(source), Pace()) {}
  EventStreams(EventSource source, Pace pace) : source_(std::move(source)), pace_(pace) {}
  EventStreams(const EventStreams&) = delete;
  EventStreams& operator=(const EventStreams&) = delete;

  /// On an HTTP thread: the answer to GET /events.
  HttpAnswer serve(const HttpExchange& exchange, const Caller& caller);
  /// On the loop: something may have happened.
  void on_change();
  /// The rules of access have that number now (Access::rules_number): who was let in by others
  /// comes again, to be judged by these. From any thread.
  void on_rules(std::uint64_t number);
  /// Those that are open now.
  std::size_t open() const { return open_; }

 private:
  using Torrents = Changes::Torrents;
  struct Watch {
    Torrents columns{Dialect::modern};
    std::vector<std::string> labels;  ///< not empty: only torrents that have one of these
    std::optional<Sha256> token;      ///< that lets it in
    std::uint64_t rules = 0;          ///< the number of those that let it in
    std::uint64_t after = 0;          ///< all up to this number is told; 0: nothing yet
  };
  class Place;

  std::optional<Place> take_place(const Caller& caller);
  void run(AnswerStream& stream, Watch watch);
  /// Nothing: the loop does not answer.
  std::optional<std::uint64_t> sequence_now();
  bool tell(AnswerStream& stream, Watch& watch);
  /// What came after the number of `watch`, as it is sent, and takes it there. Nothing: the loop
  /// does not answer.
  std::optional<std::string> news(Watch& watch);
  std::optional<std::string> all_from_mirror(Watch& watch);
  std::string changed_text(const session::ListReply& list, const Watch& watch, std::uint64_t before,
                           bool last);
  /// By the loop; `events` become those after `after`.
  std::expected<session::ListReply, CallError> ask(session::ListQuery query, std::uint64_t after,
                                                   session::EventList& events);
  bool is_let_in(const Watch& watch) const;
  /// Until there is news. False: the stream, what lets it in or the server ends.
  bool wait(AnswerStream& stream, const Watch& watch);
  /// Whatever comes meanwhile. False: as `wait`.
  bool pause(AnswerStream& stream, const Watch& watch, std::chrono::steady_clock::time_point until);
  /// False: the client is gone or too slow, or is not let in any more.
  bool write(AnswerStream& stream, const Watch& watch, std::string_view text) const;

  const EventSource source_;
  const Pace pace_;
  std::atomic<std::size_t> open_ = 0;
  std::atomic<std::uint64_t> rules_ = 0;  ///< the number of those that hold
  std::mutex places_;                     ///< guards by_address_
  std::map<std::string, std::size_t> by_address_;
  std::atomic<std::uint64_t> newest_ = 0;  ///< the session's number when it was last told
  std::atomic<std::size_t> waiting_ = 0;   ///< streams that are to be told of a newer one
  std::mutex mutex_;                       ///< so that nobody misses it, nor a change of rules_
  std::condition_variable changed_;
};

}  // namespace seed::rpc
