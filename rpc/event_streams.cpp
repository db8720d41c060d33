#include "rpc/event_streams.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "rpc/fields/event.h"
#include "rpc/fields/torrent.h"
#include "rpc/http/pages.h"
#include "rpc/json_writer.h"

namespace seed::rpc {

namespace {

using Clock = std::chrono::steady_clock;

/// Sent at once, between looks at the time.
constexpr std::size_t part_bytes = 16 * 1024;

std::optional<std::uint64_t> number_in(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  std::uint64_t out = 0;
  const char* end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, out);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return out;
}

/// All that costs the loop a few strings and a walk over the links at most.
bool is_cheap(const Field<session::TorrentSnapshot>& field) {
  return (field.groups & ~(Needs::texts | Needs::swarm)) == 0;
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

/// Around `data`, which may be large.
std::string framed(std::string_view name, std::optional<std::uint64_t> id, std::string data) {
  data.insert(0, (id ? fmt::format("id: {}\n", *id) : std::string()) +
                     fmt::format("event: {}\ndata: ", name));
  data += "\n\n";
  return data;
}

std::string numbered(const EventRow& row, std::uint64_t sequence) {
  return framed(row.name, sequence, sequence_object(sequence));
}

std::string event_text(const session::Happening& happening) {
  JsonWriter out;
  write_event(happening.event, out);
  return framed(row_of(happening.event).name, happening.sequence, out.take());
}

/// Whether somebody who is kept to these labels may hear of it; of settings nobody is.
bool concerns(const session::Event& event, const std::vector<std::string>& labels) {
  if (labels.empty()) return true;
  const auto* torrent = session::torrent_of(event);
  return torrent != nullptr &&
         std::ranges::find_first_of(torrent->labels, labels) != torrent->labels.end();
}

}  // namespace

/// One of the places for streams.
class EventStreams::Place {
 public:
  Place(EventStreams& streams, std::string address)
      : streams_(&streams), address_(std::move(address)) {}
  Place(Place&& other) noexcept
      : streams_(std::exchange(other.streams_, nullptr)), address_(std::move(other.address_)) {}
  Place& operator=(Place&&) = delete;
  ~Place() {
    if (streams_ == nullptr) return;
    const std::lock_guard lock(streams_->places_);
    --streams_->open_;
    const auto found = streams_->by_address_.find(address_);
    if (--found->second == 0) streams_->by_address_.erase(found);
  }

 private:
  EventStreams* streams_;
  std::string address_;
};

std::optional<EventStreams::Place> EventStreams::take_place(const Caller& caller) {
  // What may fail for want of memory comes first: what is counted is given back.
  std::string address = caller.address;
  const std::lock_guard lock(places_);
  if (open_ >= limits::http_streams_max) return std::nullopt;
  // All who come through a proxy on this host have its address.
  const auto most = caller.local ? limits::http_streams_max : limits::http_streams_per_address_max;
  const auto own = by_address_.try_emplace(address, 0).first;
  if (own->second >= most) return std::nullopt;
  ++own->second;
  ++open_;
  return std::optional<Place>(std::in_place, *this, std::move(address));
}

HttpAnswer EventStreams::serve(const HttpExchange& exchange, const Caller& caller) {
  Watch watch;
  watch.rules = caller.rules;
  auto columns = columns_of(exchange.query("fields"));
  if (!columns) return refusal(400, "fields: none of these is a field of torrent_get.");
  watch.columns = *std::move(columns);
  watch.labels = caller.labels;
  watch.token = caller.token;
  auto after = number_in(exchange.header("Last-Event-ID"));
  if (!after) after = number_in(exchange.query("since"));
  // Without a number it begins with what happens from now on.
  if (!after) after = sequence_now();
  if (!after) return try_again("The daemon is busy.", "10");
  watch.after = *after;
  auto place = take_place(caller);
  if (!place)
    return try_again(fmt::format("{} event streams may be open, and {} of another host's address.",
                                 limits::http_streams_max, limits::http_streams_per_address_max),
                     "10");
  HttpAnswer out;
  out.content_type = "text/event-stream; charset=UTF-8";
  out.headers.emplace_back("Cache-Control", "no-store");
  // A proxy that gathers answers would keep it back.
  out.headers.emplace_back("X-Accel-Buffering", "no");
  out.stream = [this, place = *std::move(place), watch = std::move(watch)](
                   AnswerStream& stream) mutable { run(stream, std::move(watch)); };
  return out;
}

void EventStreams::on_change() {
  if (open_ == 0) return;
  newest_ = source_.sequence();
  // Who begins to wait after this has seen the number.
  if (waiting_ == 0) return;
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

void EventStreams::on_rules(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  rules_ = std::max<std::uint64_t>(rules_, number);
  changed_.notify_all();
}

void EventStreams::run(AnswerStream& stream, Watch watch) {
  if (!write(stream, watch, numbered(open_event, watch.after))) return;
  bool due = true;
  while (due || wait(stream, watch)) {
    const auto began = Clock::now();
    if (!tell(stream, watch) || !pause(stream, watch, began + pace_.gap)) return;
    due = false;
  }
}

std::optional<std::uint64_t> EventStreams::sequence_now() {
  const auto sequence = source_.bridge.ask<std::uint64_t>(
      [&source = source_](Responder<std::uint64_t> responder) {
        responder.answer(source.sequence());
      },
      Wait::prompt);
  return sequence ? std::optional(*sequence) : std::nullopt;
}

bool EventStreams::is_let_in(const Watch& watch) const {
  return watch.rules >= rules_ && (!watch.token || source_.admits(*watch.token));
}

bool EventStreams::wait(AnswerStream& stream, const Watch& watch) {
  const auto until = Clock::now() + pace_.quiet_max;
  while (stream.open() && is_let_in(watch)) {
    bool news = false;
    {
      std::unique_lock lock(mutex_);
      ++waiting_;
      changed_.wait_for(lock, pace_.look_up_every, [&] {
        news = newest_ > watch.after;
        return news || watch.rules < rules_;
      });
      --waiting_;
    }
    // What shuts it out may be the news.
    if (news) return is_let_in(watch);
    if (Clock::now() >= until) return stream.write(": nothing\n\n") && stream.open();
  }
  return false;
}

bool EventStreams::pause(AnswerStream& stream, const Watch& watch, Clock::time_point until) {
  while (true) {
    const auto look_up = std::min(until, Clock::now() + pace_.look_up_every);
    {
      std::unique_lock lock(mutex_);
      changed_.wait_until(lock, look_up, [&] { return watch.rules < rules_; });
    }
    if (!is_let_in(watch)) return false;
    if (look_up == until) return true;
    if (!stream.open()) return false;
  }
}

bool EventStreams::write(AnswerStream& stream, const Watch& watch, std::string_view text) const {
  // All torrents may be a lot for a slow line, and who is cut off in them has to begin anew.
  const auto at_least = std::chrono::seconds(text.size() / limits::event_bytes_per_second_min);
  const auto until = Clock::now() + pace_.batch_taken_within + at_least;
  while (true) {
    const auto part = text.substr(0, part_bytes);
    if (!stream.write(part)) return false;
    text.remove_prefix(part.size());
    if (text.empty()) return true;
    if (Clock::now() >= until || !is_let_in(watch)) return false;
  }
}

std::expected<session::ListReply, CallError> EventStreams::ask(session::ListQuery query,
                                                               std::uint64_t after,
                                                               session::EventList& events) {
  struct Batch {
    session::ListReply list;
    session::EventList events;
  };
  const auto& groups = query.groups;
  const Wait wait =
      groups.files || groups.pieces || groups.availability ? Wait::disk : Wait::prompt;
  auto got = source_.bridge.ask<Batch>(
      [&source = source_, query = std::move(query), after](Responder<Batch> responder) {
        Batch batch{.list = {}, .events = source.events_since(after)};
        source.list(query, [batch = std::move(batch), responder = std::move(responder)](
                               session::OrderResult<session::ListReply> list) mutable {
          if (!list) return responder.answer(std::unexpected(std::move(list).error()));
          batch.list = *std::move(list);
          responder.answer(std::move(batch));
        });
      },
      wait);
  if (!got) return std::unexpected(std::move(got).error());
  events = std::move(got->events);
  return std::move(got->list);
}

bool EventStreams::tell(AnswerStream& stream, Watch& watch) {
  const auto text = news(watch);
  // The loop hangs or is busy: later.
  if (!text) return stream.open();
  return text->empty() || write(stream, watch, *text);
}

std::optional<std::string> EventStreams::news(Watch& watch) {
  session::ListQuery query;
  query.which.only_labels = watch.labels;
  query.groups = to_groups(watch.columns.groups());
  query.since = watch.after;
  if (query.since == 0 && watch.labels.empty() && Mirror::holds(query.groups))
    return all_from_mirror(watch);
  session::EventList events;
  const std::uint64_t before = watch.after;
  const auto list =
      list_in_steps([&](session::ListQuery step) { return ask(std::move(step), before, events); },
                    std::move(query));
  if (!list) return std::nullopt;
  watch.after = list->sequence;
  if (before != 0 && (list->full || !events.complete)) return numbered(reset_event, watch.after);
  std::string happened;
  for (const auto& happening : events.events)
    if (before != 0 && happening.sequence <= watch.after && concerns(happening.event, watch.labels))
      happened += event_text(happening);
  // First, and without a number if more follows: who is cut off in between would go on after what
  // he was not told.
  return changed_text(*list, watch, before, happened.empty()) + happened;
}

std::optional<std::string> EventStreams::all_from_mirror(Watch& watch) {
  session::EventList unused;
  const auto ask_list = [&](session::ListQuery step) {
    return ask(std::move(step), ~0ULL, unused);
  };
  if (!source_.mirror.refresh(ask_list)) return std::nullopt;
  const auto now = Clock::now();
  auto text = torrents_object(true, {}, [&](JsonWriter& out) {
    Changes::Telling telling(source_.changes, watch.columns, 0, false, now, out);
    out.begin_array();
    watch.after = source_.mirror.each(now, watch.columns.by_clock(),
                                      [&](const auto& torrent) { telling.tell(torrent); });
    out.end_array();
    return watch.after;
  });
  return framed(torrents_event.name, watch.after, std::move(text));
}

/// Nothing when nothing changed that is asked for.
std::string EventStreams::changed_text(const session::ListReply& list, const Watch& watch,
                                       std::uint64_t before, bool last) {
  bool any = before == 0 || !list.removed.empty();
  auto text = torrents_object(before == 0, list.removed, [&](JsonWriter& out) {
    const std::size_t empty = out.str().size();
    source_.changes.write(list.torrents, watch.columns, before, !watch.labels.empty(), Clock::now(),
                          out);
    any = any || out.str().size() > empty + 2;
    return watch.after;
  });
  source_.changes.forget(list.removed);
  if (!any) return {};
  return framed(torrents_event.name, last ? std::optional(watch.after) : std::nullopt,
                std::move(text));
}

}  // namespace seed::rpc
