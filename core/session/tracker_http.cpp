#include "core/session/tracker_http.h"

#include <algorithm>
#include <utility>

#include "core/trackerd/http_response.h"

namespace seed::session {

class TrackerHttp::Link final : public io::StreamOwner {
 public:
  Link(TrackerHttp& its, std::unique_ptr<io::Stream> stream)
      : its_(its),
        stream_(std::move(stream)),
        source_(stream_->remote().address),
        since_(its.clock_.now()) {}

  void begin(Id id) {
    id_ = id;
    stream_->set_owner(this);
  }
  /// Its turn to be answered has come.
  void go_on() {
    waiting_ = false;
    work();
    read_on();
  }
  /// Nobody hears of it any more.
  void shut() { stream_.reset(); }
  const IpAddress& source() const { return source_; }
  Instant since() const { return since_; }
  bool is_over(Instant now) const {
    return now - since_ >= (step_ == Step::lingering ? linger : patience);
  }

 private:
  enum class Step : std::uint8_t {
    open,
    ending,     ///< when its answer is gone
    lingering,  ///< it was refused
  };

  // io::StreamOwner
  void on_connected() override {}
  std::size_t may_read() override {
    // One read is in flight at a time, so what was kept back is never more than that.
    held_ = step_ == Step::ending || (step_ == Step::open && (has_work() || is_full()));
    return held_ ? 0 : read_at_once_max;
  }
  void on_bytes(MutableBytes received) override {
    if (step_ != Step::open) return;
    pending_.insert(pending_.end(), received.begin(), received.end());
    work();
  }
  void on_sent(std::size_t) override {
    if (stream_->unsent() == 0) {
      if (step_ == Step::ending) return its_.end(id_);
      if (step_ == Step::open) since_ = its_.clock_.now();
    }
    if (step_ != Step::open || waiting_ || is_full()) return;
    work();
    read_on();
  }
  void on_end(const Fault&) override { its_.end(id_); }

  bool has_work() const {
    return !pending_.empty() || reader_.state() != trackerd::HttpRequestReader::State::reading;
  }
  bool is_full() const { return stream_->unsent() > unsent_max; }
  void read_on() {
    if (stream_ && std::exchange(held_, false)) stream_->resume_reading();
  }

  /// Answers what has come, as far as it may.
  void work() {
    using State = trackerd::HttpRequestReader::State;
    std::size_t at = 0;
    while (step_ == Step::open && stream_ && !is_full()) {
      at += reader_.on_bytes(Bytes(pending_).subspan(at));
      if (reader_.state() == State::reading) break;
      if (!its_.may_answer()) {
        its_.wait(id_);
        waiting_ = true;
        break;
      }
      ++its_.answered_;
      if (reader_.state() == State::complete)
        answer();
      else
        refuse();
    }
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(at));
    if (step_ == Step::ending && stream_ && stream_->unsent() == 0) its_.end(id_);
  }
  void answer() {
    const bool lasts = reader_.lasts();
    send(trackerd::encode_response(
        its_.owner_.answer_http(reader_.path(), reader_.query(), source_), lasts));
    reader_.next();
    if (!lasts) step_ = Step::ending;
  }
  void refuse() {
    its_.owner_.on_http_refused(source_);
    send(trackerd::encode_refusal(reader_.status(), reader_.reason()));
    step_ = Step::lingering;
  }
  void send(const Buffer& response) {
    ByteQueue out;
    out.append(response);
    stream_->write(std::move(out));
    since_ = its_.clock_.now();
  }

  TrackerHttp& its_;
  std::unique_ptr<io::Stream> stream_;
  IpAddress source_;
  Instant since_;  ///< that its patience counts from
  Id id_;
  trackerd::HttpRequestReader reader_;
  Buffer pending_;  ///< read, and not looked at
  Step step_ = Step::open;
  bool held_ = false;  ///< reading is
  bool waiting_ = false;
};

TrackerHttp::TrackerHttp(io::Clock& clock, TrackerHttpOwner& owner)
    : clock_(clock), owner_(owner) {}

TrackerHttp::~TrackerHttp() = default;

void TrackerHttp::accept(std::unique_ptr<io::Stream> stream) {
  make_place(stream->remote().address);
  if (links_.empty()) next_look_ = clock_.now() + look_every;
  auto link = std::make_unique<Link>(*this, std::move(stream));
  Link& placed = *link;
  placed.begin(links_.insert(std::move(link)));
}

void TrackerHttp::make_place(const IpAddress& source) {
  struct Idlest {
    std::size_t count = 0;
    Id id{};
    Instant since = never;
    void look(Id at, const Link& link) {
      ++count;
      if (link.since() >= since) return;
      id = at;
      since = link.since();
    }
  };
  Idlest of_source;
  Idlest of_all;
  links_.each([&](Id id, const std::unique_ptr<Link>& link) {
    of_all.look(id, *link);
    if (same_holder(link->source(), source)) of_source.look(id, *link);
  });
  const std::size_t most =
      source.is_private() ? links_per_private_source_max : links_per_source_max;
  if (of_source.count >= most)
    end(of_source.id);
  else if (of_all.count >= links_max)
    end(of_all.id);
}

/// Its stream goes at once; itself may be on the stack.
void TrackerHttp::end(Id id) {
  auto link = links_.take(id);
  if (!link) return;
  (*link)->shut();
  ended_.push_back(*std::move(link));
}

void TrackerHttp::close() {
  links_.each([&](Id id, const std::unique_ptr<Link>&) { end(id); });
  waiting_.clear();
  next_look_ = never;
}

void TrackerHttp::on_deadline(Instant now) {
  while (!waiting_.empty() && may_answer()) {
    auto* link = links_.find(waiting_.front());
    waiting_.pop_front();
    if (link != nullptr) (*link)->go_on();
  }
  if (next_look_ > now) return;
  links_.each([&](Id id, const std::unique_ptr<Link>& link) {
    if (link->is_over(now)) end(id);
  });
  next_look_ = links_.empty() ? never : now + look_every;
}

Instant TrackerHttp::deadline() const {
  return waiting_.empty() ? next_look_ : std::min(next_look_, go_on_at_);
}

void TrackerHttp::wait(Id id) {
  go_on_at_ = clock_.now();
  waiting_.push_back(id);
}

void TrackerHttp::on_turn_end() {
  ended_.clear();
  answered_ = 0;
}

}  // namespace seed::session
