#include "rpc/event_streams.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "core/base/limits.h"
#include "rpc/fields/event.h"
#include "rpc/fields/torrent.h"
#include "rpc/json_writer.h"

namespace seed::rpc {

namespace {

/// How often a stream that has nothing to tell asks whether its client is there.
constexpr Duration look_up_every = 250ms;

using Clock = std::chrono::steady_clock;

std::optional<std::uint64_t> number_in(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  std::uint64_t out = 0;
  const char* end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, out);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return out;
}

/// All that costs the loop a few strings at most.
bool is_cheap(const Field<session::TorrentSnapshot>& field) {
  return (field.groups & ~Needs::texts) == 0;
}

/// Nothing: none of the names is a field.
std::optional<Changes::Torrents> columns_of(const std::optional<std::string>& names) {
  Changes::Torrents out(Dialect::modern);
  if (!names) {
    for (const auto& field : torrent_fields())
      if (is_cheap(field)) out.add(field);
    return out;
  }
  std::string_view rest = *names;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(','), rest.size());
    const auto* field = find_torrent_field(rest.substr(0, end), Dialect::modern);
    if (field != nullptr && !out.has(*field)) out.add(*field);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (out.empty()) return std::nullopt;
  return out;
}

std::string framed(std::string_view name, std::optional<std::uint64_t> id, std::string_view data) {
  return (id ? fmt::format("id: {}\n", *id) : std::string()) +
         fmt::format("event: {}\ndata: {}\n\n", name, data);
}

std::string event_text(const session::Happening& happening) {
  JsonWriter out;
  write_event(happening.event, out);
  return framed(row_of(happening.event).name, happening.sequence, out.str());
}

/// Whether somebody who is kept to these labels may hear of it; of settings nobody is.
bool concerns(const session::Event& event, const std::vector<std::string>& labels) {
  if (labels.empty()) return true;
  const auto* torrent = session::torrent_of(event);
  return torrent != nullptr &&
         std::ranges::find_first_of(torrent->labels, labels) != torrent->labels.end();
}

HttpAnswer refusal(int status, std::string text) {
  HttpAnswer out;
  out.status = status;
  out.content_type = "text/plain; charset=UTF-8";
  out.body = std::move(text) + "\n";
  return out;
}

}  // namespace

/// One of the places for streams.
class EventStreams::Place {
 public:
  explicit Place(std::atomic<std::size_t>& open) : open_(&open) {}
  Place(Place&& other) noexcept : open_(std::exchange(other.open_, nullptr)) {}
  Place& operator=(Place&&) = delete;
  ~Place() {
    if (open_ != nullptr) --*open_;
  }

 private:
  std::atomic<std::size_t>* open_;
};

HttpAnswer EventStreams::serve(const HttpExchange& exchange, const Caller& caller) {
  auto columns = columns_of(exchange.query("fields"));
  if (!columns) return refusal(400, "fields: none of these is a field of torrent_get");
  Watch watch;
  watch.columns = *std::move(columns);
  watch.labels = caller.labels;
  watch.token = caller.token;
  auto after = number_in(exchange.header("Last-Event-ID"));
  if (!after) after = number_in(exchange.query("since"));
  // Without a number it begins with what happens from now on.
  if (!after) after = sequence_now();
  if (!after) return refusal(503, "the daemon is busy");
  watch.after = *after;
  if (open_.fetch_add(1) >= limits::http_streams_max) {
    --open_;
    auto out = refusal(503, fmt::format("{} event streams are open, and that is the most",
                                        limits::http_streams_max));
    out.headers.emplace_back("Retry-After", "10");
    return out;
  }
  HttpAnswer out;
  out.content_type = "text/event-stream; charset=UTF-8";
  out.headers.emplace_back("Cache-Control", "no-store");
  // A proxy that gathers answers would keep it back.
  out.headers.emplace_back("X-Accel-Buffering", "no");
  out.stream = [this, place = Place(open_), watch = std::move(watch)](
                   AnswerStream& stream) mutable { run(stream, std::move(watch)); };
  return out;
}

void EventStreams::on_change() {
  if (open_ == 0) return;
  const std::lock_guard lock(mutex_);
  newest_ = loop_.session.sequence();
  changed_.notify_all();
}

void EventStreams::run(AnswerStream& stream, Watch watch) {
  if (!stream.write(framed(open_event.name, watch.after, sequence_object(watch.after)))) return;
  bool due = true;
  while (due || wait(stream, watch)) {
    const auto began = Clock::now();
    if (!tell(stream, watch)) return;
    due = false;
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, began + gap, [] { return false; });
  }
}

std::optional<std::uint64_t> EventStreams::sequence_now() {
  const auto sequence = bridge_.ask<std::uint64_t>(
      [&loop = loop_](Responder<std::uint64_t> responder) {
        responder.answer(loop.session.sequence());
      },
      Wait::prompt);
  return sequence ? std::optional(*sequence) : std::nullopt;
}

bool EventStreams::is_let_in(const Watch& watch) const {
  return !watch.token || loop_.tokens->admits(*watch.token, loop_.wall());
}

bool EventStreams::wait(AnswerStream& stream, const Watch& watch) {
  const auto until = Clock::now() + quiet_max;
  while (stream.open() && is_let_in(watch)) {
    {
      std::unique_lock lock(mutex_);
      if (changed_.wait_for(lock, look_up_every, [&] { return newest_ > watch.after; }))
        return true;
    }
    if (Clock::now() >= until) return stream.write(": nothing\n\n") && stream.open();
  }
  return false;
}

std::expected<EventStreams::Batch, CallError> EventStreams::ask(const Watch& watch) {
  session::ListQuery query;
  query.which.only_labels = watch.labels;
  query.groups = to_groups(watch.columns.groups());
  query.since = watch.after;
  const auto& groups = query.groups;
  const Wait wait =
      groups.files || groups.pieces || groups.availability ? Wait::disk : Wait::prompt;
  return bridge_.ask<Batch>(
      [&loop = loop_, query = std::move(query)](Responder<Batch> responder) mutable {
        Batch batch{.list = {},
                    .events = loop.session.events_since(query.since),
                    .sequence = loop.session.sequence()};
        loop.session.list(query, [batch = std::move(batch), responder = std::move(responder)](
                                     session::OrderResult<session::ListReply> list) mutable {
          if (!list) return responder.answer(std::unexpected(std::move(list).error()));
          batch.list = *std::move(list);
          responder.answer(std::move(batch));
        });
      },
      wait);
}

bool EventStreams::tell(AnswerStream& stream, Watch& watch) {
  const auto batch = ask(watch);
  // The loop hangs or is busy: later.
  if (!batch) return stream.open();
  const std::uint64_t before = watch.after;
  watch.after = batch->sequence;
  if (before != 0 && (batch->list.full || !batch->events.complete))
    return stream.write(framed(reset_event.name, watch.after, sequence_object(watch.after)));
  std::string happened;
  for (const auto& happening : batch->events.events)
    if (before != 0 && concerns(happening.event, watch.labels)) happened += event_text(happening);
  // First, and without a number if more follows: who is cut off in between would go on after what
  // he was not told.
  std::string text = changed_text(*batch, watch, before, happened.empty()) + happened;
  return text.empty() || stream.write(text);
}

/// Nothing when nothing changed that is asked for.
std::string EventStreams::changed_text(const Batch& batch, const Watch& watch, std::uint64_t before,
                                       bool last) {
  bool any = before == 0 || !batch.list.removed.empty();
  const auto write = [&](JsonWriter& out) {
    const std::size_t empty = out.str().size();
    changes_.write(batch.list.torrents, watch.columns, before, !watch.labels.empty(), Clock::now(),
                   out);
    any = any || out.str().size() > empty + 2;
  };
  const auto text = torrents_object(before == 0, batch.list.removed, watch.after, write);
  changes_.forget(batch.list.removed);
  if (!any) return {};
  return framed(torrents_event.name, last ? std::optional(watch.after) : std::nullopt, text);
}

}  // namespace seed::rpc
