#include "core/webseed/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "core/base/check.h"
#include "core/webseed/file_url.h"

namespace seed::webseed {

// --- orders

void Source::fetch(const Run& run, Instant now) {
  SEED_CHECK(ready() && events_.empty());
  run_ = run;
  plan_ = Plan(metainfo_->layout, run);
  blocks_ = BlocksOf(metainfo_->layout, run);
  ref_ = blocks_.next();
  block_ = {};
  filled_ = 0;
  begun_at_ = now;
  state_ = State::asking;
  part_ = {};
  go_on(now);
}

void Source::stop() {
  if (!running()) return;
  close();
  state_ = State::idle;
}

void Source::on_bad_piece(bool alone) {
  if (state_ == State::given_up) return;
  // BEP 19, "HTTP and FTP Optimizations": such a URL is to be discarded.
  if (alone) return give_up("sent data that is not the torrent's");
  ++suspected_;
}

// --- inputs

void Source::on_head(const AnswerHead& head, Instant now) {
  if (!exchange_ || state_ != State::asking) return;
  const Asked asked{part_.offset, part_.length, metainfo_->layout.length(part_.file)};
  const Judgement judgement = judge(head, asked);
  if (judgement.verdict == Judgement::Verdict::take) {
    redirects_.learn(part_.file, file_url(url_, *metainfo_, *paths_, part_.file), head.final_url,
                     now);
    state_ = State::receiving;
    skip_ = judgement.skip;
    ends_there_ = judgement.ends_there;
    taken_ = 0;
    return;
  }
  close();
  if (ask_elsewhere(now)) return;
  if (judgement.verdict == Judgement::Verdict::absent) return on_absent(judgement.why);
  on_trouble(judgement.why, judgement.retry_after, now);
}

void Source::on_body(Bytes part, Instant now) {
  if (!exchange_ || state_ != State::receiving) return;
  const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, part.size()));
  skip_ -= skipped;
  part = part.subspan(skipped);
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(part_.length, part.size()));
  take(part.first(wanted));
  downloaded_ += wanted;
  taken_ += wanted;
  const bool more = wanted < part.size();
  if (part_.length > 0) return;
  // Where the body ends there, so does the exchange in a moment, and the connection is kept.
  if (ends_there_ && !more) return;
  close();
  go_on(now);
}

void Source::on_end(const Result<void>& result, Instant now) {
  if (!std::exchange(exchange_, false) || !running()) return;
  if (part_.length == 0) return go_on(now);
  // Part of a range: the rest of it is asked for, unless it is too little to go on like that.
  if (result && taken_ >= block_size) return open(now);
  if (taken_ == 0 && ask_elsewhere(now)) return;
  if (result) return on_trouble("ended its answer too soon", std::nullopt, now);
  const Fault& fault = result.error();
  if (fault.code == FaultCode::permission) return give_up(fault.text);
  if (fault.code != FaultCode::cut_off) return on_trouble(fault.text, std::nullopt, now);
  back_off(fault.text, back_off_min, now);
}

void Source::on_deadline(Instant now) {
  if (state_ == State::backing_off && until_ <= now) state_ = State::idle;
  if (running() && !exchange_) go_on(now);
}

// --- outputs

std::optional<Event> Source::next_event() {
  if (events_.empty()) return std::nullopt;
  return events_.take_front();
}

std::optional<Instant> Source::deadline() const {
  if (state_ == State::backing_off) return until_;
  if (running() && !exchange_) return turn_at_;
  return std::nullopt;
}

Facts Source::facts() const {
  return {.state = state_,
          .downloaded = downloaded_,
          .failures = failures_,
          .suspected = suspected_,
          .until = state_ == State::backing_off ? until_ : never,
          .trouble = trouble_};
}

// --- the run

/// The rest of this part, if it is zeros; then the next one.
void Source::go_on(Instant now) {
  turn_at_ = now;
  if (part_.length == 0) {
    const auto next = plan_.next();
    if (!next) return finish_run(now);
    part_ = *next;
  }
  if (!part_.zeros) return open(now);
  // What is left of it, and what follows, comes with the deadline, which is now.
  state_ = State::asking;
  pour_zeros();
}

void Source::open(Instant now) {
  const std::string_view known = redirects_.find(part_.file, now);
  redirected_ = !known.empty();
  std::string url =
      redirected_ ? std::string(known) : file_url(url_, *metainfo_, *paths_, part_.file);
  state_ = State::asking;
  exchange_ = true;
  taken_ = 0;
  events_.push_back(OpenWanted{std::move(url), part_.offset, part_.offset + part_.length - 1,
                               skip_bytes_max + part_.length});
}

void Source::close() {
  if (std::exchange(exchange_, false)) events_.push_back(CloseWanted{});
}

/// True when it was asked where a redirect had led: the way from the beginning is tried first.
bool Source::ask_elsewhere(Instant now) {
  if (!redirected_) return false;
  redirects_.forget(part_.file);
  open(now);
  return true;
}

void Source::take(Bytes bytes) {
  part_.offset += bytes.size();
  part_.length -= bytes.size();
  while (!bytes.empty() && ref_) {
    if (!block_) block_ = Block::of_size(ref_->length);
    const Bytes now = bytes.first(std::min<std::size_t>(bytes.size(), ref_->length - filled_));
    std::memcpy(block_.bytes().data() + filled_, now.data(), now.size());
    bytes = bytes.subspan(now.size());
    filled_ += static_cast<std::uint32_t>(now.size());
    if (filled_ < ref_->length) return;
    events_.push_back(BlockDone{*ref_, std::move(block_)});
    ref_ = blocks_.next();
    block_ = {};
    filled_ = 0;
    failures_ = 0;
  }
}

void Source::pour_zeros() {
  static constexpr std::array<std::uint8_t, block_size> zeros{};
  for (std::uint64_t poured = 0; poured < zeros_turn_max && part_.length > 0;) {
    const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(part_.length, block_size));
    take(Bytes(zeros).first(now));
    poured += now;
  }
}

void Source::finish_run(Instant now) {
  const double took = std::max(seconds_of(now - begun_at_), 0.001);
  const double speed = static_cast<double>(run_.length) / took;
  run_bytes_ = std::clamp(static_cast<std::uint64_t>(speed * seconds_of(run_takes)),
                          run_bytes_least, run_bytes_most);
  trouble_.clear();
  state_ = State::idle;
  events_.push_back(RunOver{true});
}

void Source::end_run() {
  close();
  if (!running()) return;
  state_ = State::idle;
  events_.push_back(RunOver{false});
}

void Source::on_absent(const std::string& why) {
  const auto pieces = metainfo_->layout.pieces_of(part_.file);
  if (lacks_.size() == 0) lacks_ = Bitfield(metainfo_->layout.piece_count());
  for (PieceIndex piece = pieces.first; piece < pieces.last; ++piece.value) lacks_.set(piece);
  if (lacks_.all()) return give_up(why);
  trouble_ = why;
  end_run();
  events_.push_back(FileAbsent{part_.file, why});
}

void Source::on_trouble(const std::string& why, std::optional<Duration> wish, Instant now) {
  constexpr std::uint32_t doublings_max = 10;  // 5 s times 1024 are more than back_off_max
  const auto doublings = std::min(failures_++, doublings_max);
  Duration wait = std::min(back_off_min * (1 << doublings), back_off_max);
  if (wish) wait = std::clamp(*wish, back_off_min, retry_after_max);
  run_bytes_ = std::max(run_bytes_ / 2, run_bytes_least);
  back_off(why, rng_.between(wait, wait + wait / 4), now);
}

void Source::back_off(const std::string& why, Duration wait, Instant now) {
  end_run();
  state_ = State::backing_off;
  until_ = later(now, wait);
  trouble_ = why;
  events_.push_back(BackedOff{until_, why});
}

void Source::give_up(const std::string& why) {
  end_run();
  state_ = State::given_up;
  trouble_ = why;
  events_.push_back(GivenUp{why});
}

}  // namespace seed::webseed
