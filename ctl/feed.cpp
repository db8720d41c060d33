#include "ctl/feed.h"

#include <algorithm>
#include <utility>

namespace seed::ctl {

namespace {

constexpr std::int64_t ask_interval_s = 1;
/// A daemon that starts again is there within seconds; one that stays away is not bothered.
constexpr std::int64_t wait_max_s = 5;
/// A stream that had no room: it costs a daemon less than the questions do, but is no hurry.
constexpr std::int64_t stream_interval_s = 10;
/// Whoever says to ask again next year is asked sooner.
constexpr std::int64_t retry_after_max_s = 60;
/// Without a stream there is nothing to wake up for before the next question.
constexpr std::chrono::milliseconds patience_max{1000};

}  // namespace

void Mirror::apply(const Json& changes) {
  if (boolean(changes, "full", true)) torrents_.clear();
  for (const Json& torrent : list(changes, "torrents")) {
    const std::int64_t id = integer(torrent, "id", -1);
    if (id < 0) continue;
    Json& known = torrents_[id];
    if (known.is_object())
      known.update(torrent);
    else
      known = torrent;
  }
  for (const Json& id : list(changes, "removed"))
    if (id.is_number_integer()) torrents_.erase(id.get<std::int64_t>());
  sequence_ = integer(changes, "sequence", sequence_);
}

Feed::Feed(Daemon& daemon, std::vector<std::string> fields)
    : daemon_(daemon), fields_(std::move(fields)) {
  // What changes of a torrent is told by it.
  if (std::ranges::find(fields_, "id") == fields_.end()) fields_.emplace_back("id");
}

Outcome<void> Feed::begin(std::int64_t now) {
  SEED_TRY(const Json answer, daemon_.call("torrent_get", {{"fields", fields_}, {"since", 0}}));
  mirror_ = Mirror();
  mirror_.apply(answer);
  trouble_.clear();
  wait_ = 1;
  next_try_ = now + ask_interval_s;
  if (now >= next_stream_) open_stream();
  return {};
}

Outcome<bool> Feed::advance(std::int64_t now) {
  if (stream_) return drain(now);
  if (now < next_try_) return false;
  return ask(now);
}

std::vector<Descriptor> Feed::descriptors() const {
  return stream_ ? stream_->descriptors() : std::vector<Descriptor>();
}

std::chrono::milliseconds Feed::patience() const {
  return stream_ ? stream_->patience() : patience_max;
}

Outcome<bool> Feed::drain(std::int64_t now) {
  bool changed = false;
  while (true) {
    auto event = stream_->next();
    if (!event) {
      SEED_TRY(const bool told, stream_failed(std::move(event).error(), now));
      return told || changed;
    }
    if (!*event) return changed;
    if ((*event)->name == "reset") {
      auto again = begin(now);
      if (!again) return call_failed(std::move(again).error(), now);
      return true;
    }
    if ((*event)->name != "torrents") continue;
    mirror_.apply(Json::parse((*event)->data, nullptr, false));
    changed = true;
  }
}

Outcome<bool> Feed::ask(std::int64_t now) {
  next_try_ = now + ask_interval_s;
  if (!trouble_.empty()) {
    auto again = begin(now);
    if (!again) return call_failed(std::move(again).error(), now);
    return true;
  }
  const std::int64_t since = std::max<std::int64_t>(0, mirror_.sequence());
  auto answer = daemon_.call("torrent_get", {{"fields", fields_}, {"since", since}});
  if (!answer) return call_failed(std::move(answer).error(), now);
  mirror_.apply(*answer);
  if (now >= next_stream_) open_stream();
  return true;
}

/// Without a stream there are questions; only who does not answer at all is waited for.
Outcome<bool> Feed::stream_failed(Failure failure, std::int64_t now) {
  stream_ = nullptr;
  if (failure.exit == Exit::unreachable) return call_failed(std::move(failure), now);
  if (!failure.passing) streams_ = false;
  next_stream_ = now + std::clamp(failure.retry_after_s, stream_interval_s, retry_after_max_s);
  next_try_ = now;
  return false;
}

/// Whatever the daemon says no to will not become right by asking again; who is away may return.
Outcome<bool> Feed::call_failed(Failure failure, std::int64_t now) {
  stream_ = nullptr;
  if (!may_pass(failure)) return std::unexpected(std::move(failure));
  const bool is_new = trouble_.empty();
  trouble_ = failure.text.substr(0, failure.text.find('\n'));
  const std::int64_t wait = std::exchange(wait_, std::min(wait_ + 1, wait_max_s));
  next_try_ = now + std::max(wait, std::min(failure.retry_after_s, retry_after_max_s));
  return is_new;
}

void Feed::open_stream() {
  // Without a number to go on from, what happens in between would be lost.
  if (!streams_ || mirror_.sequence() < 0) return;
  stream_ = daemon_.listen(fields_, std::to_string(mirror_.sequence()));
}

}  // namespace seed::ctl
