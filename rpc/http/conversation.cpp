#include "rpc/http/conversation.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/base/check.h"
#include "core/base/http_status.h"
#include "rpc/http/pages.h"

namespace seed::rpc {

namespace {

/// What is taken of a body before there is looked for room again.
constexpr std::size_t body_step_bytes = 16 * 1024;
/// A body up to this size is sent with its head.
constexpr std::size_t joined_body_bytes_max = 64 * 1024;
/// Longer buffers are given back between requests: a thousand connections have four each.
constexpr std::size_t kept_buffer_bytes_max = 4 * 1024;
/// When an answer that found no room is to be asked for again.
constexpr const char* full_after_seconds = "10";

/// Statuses whose answers end with their head (RFC 9112, section 6.3).
bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

void give_back(std::string& buffer) {
  if (buffer.capacity() > kept_buffer_bytes_max)
    std::string().swap(buffer);
  else
    buffer.clear();
}

/// In place of an answer that there is no room for; with its headers, which are the server's.
HttpAnswer no_room_for(HttpAnswer answer) {
  HttpAnswer out =
      try_again("Too many answers wait for those who asked for them. What was asked was done.",
                full_after_seconds);
  out.trusted = answer.trusted;
  for (auto& header : answer.headers)
    if (header.first != "Content-Encoding") out.headers.push_back(std::move(header));
  return out;
}

}  // namespace

HttpConversation::~HttpConversation() {
  end_patience();
  let_go_of_body();
}

void HttpConversation::drop(std::size_t octets) {
  input_read_ += octets;
  if (input_read_ < input_.size()) return;
  give_back(input_);
  input_read_ = 0;
}

void HttpConversation::on_octets(std::string_view octets) {
  if (phase_ == Phase::ending) rest_come_ += octets.size();
  if (phase_ == Phase::ended || phase_ == Phase::ending) return;
  if (input_read_ > 0) {
    input_.erase(0, input_read_);
    input_read_ = 0;
  }
  input_ += octets;
  advance();
}

void HttpConversation::on_end_of_input() {
  input_ended_ = true;
  if (phase_ == Phase::body || phase_ == Phase::blocked) {
    decoder_.end();
    body_fault_ = BodyFault::broken;
    ask();
  } else if (phase_ != Phase::asked && phase_ != Phase::answering) {
    phase_ = Phase::ended;
  }
}

void HttpConversation::try_again() {
  if (phase_ != Phase::blocked) return;
  phase_ = Phase::body;
  advance();
}

void HttpConversation::on_late_body() {
  if (phase_ != Phase::body && phase_ != Phase::blocked) return;
  if (wanted_) body_fault_ = phase_ == Phase::blocked ? BodyFault::no_room : BodyFault::broken;
  ask();
}

void HttpConversation::advance() {
  if (phase_ == Phase::idle && !input().empty()) phase_ = Phase::head;
  if (phase_ == Phase::head) take_head();
  if (phase_ == Phase::body) collect_body();
  if (phase_ == Phase::draining) drain();
}

/// One head, or as much of it as says that it is none.
void HttpConversation::take_head() {
  while (true) {
    const auto text = input();
    const auto feed = text.find('\n', head_scanned_);
    if (feed == text.npos) {
      if (text.size() > limits::http_head_bytes_max) begin_request(text);
      return;
    }
    head_scanned_ = feed + 1;
    const auto head = text.substr(0, head_scanned_);
    if (head == "\r\n" && !std::exchange(empty_line_, true)) {
      // RFC 9112, section 2.2: old clients send an empty line after a body.
      drop(head.size());
      head_scanned_ = 0;
    } else if (head.ends_with("\r\n\r\n") || !head.ends_with("\r\n") || head == "\r\n" ||
               head.size() > limits::http_head_bytes_max) {
      return begin_request(head);
    }
  }
}

void HttpConversation::begin_request(std::string_view head) {
  const HeadVerdict verdict = judge_head(head);
  fault_ = verdict.fault;
  framing_ = verdict.body;
  // What is wrong with it nobody else need find out again, or otherwise.
  close_ = ++requests_ >= limits::http_requests_max || fault_ != 0;
  head_.assign(fault_ != 0 ? "GET / HTTP/1.1\r\n\r\n" : head);
  close_ = close_ || !head_.lasts();
  drop(head.size());
  head_scanned_ = 0;
  empty_line_ = false;
  body_.clear();
  body_come_ = body_bytes_ = 0;
  rest_come_ = 0;
  body_fault_.reset();
  wanted_ = lacks_body_ = false;
  body_left_ = framing_.any() || fault_ != 0;
  decoder_ = BodyDecoder(framing_, limits::http_body_bytes_max);
  body_fault_ = decoder_.fault();
  phase_ = Phase::body;
  // Who waits for word does not send it of himself.
  if (fault_ != 0 || body_fault_ || (head_.expects_continue() && framing_.any())) ask();
}

void HttpConversation::collect_body() {
  while (!decoder_.done() && !body_fault_) {
    auto octets = input().substr(0, body_step_bytes);
    if (octets.empty()) return;
    if (!wanted_) {
      octets = octets.substr(0, limits::http_unasked_body_bytes_max - body_.size());
      if (octets.empty()) return ask();
    } else if (!make_room(body_.size() + octets.size())) {
      return;
    }
    const auto step = decoder_.take(octets);
    body_ += step.body;
    body_come_ += step.taken;
    drop(step.taken);
    body_fault_ = decoder_.fault();
  }
  ask();
}

/// Small bodies take no room, so that large ones that come slowly keep no small one waiting.
bool HttpConversation::make_room(std::size_t bytes) {
  if (bytes <= limits::http_small_body_bytes_max) return true;
  // Nobody knows how long a body in chunks gets.
  const std::uint64_t most = framing_.chunked ? limits::http_body_bytes_max : framing_.length;
  if (!body_share_) body_share_.emplace(rooms_.bodies.begin(most));
  if (body_share_->try_grow_to(std::min<std::uint64_t>(bytes, most))) {
    // Costs nothing before it is written to; growing by copies would.
    body_.reserve(static_cast<std::size_t>(most));
    return true;
  }
  phase_ = Phase::blocked;
  if (body_share_->refused()) on_late_body();
  return false;
}

void HttpConversation::ask() {
  phase_ = Phase::asked;
  lacks_body_ = false;
  if (fault_ == 0) body_left_ = !decoder_.done();
}

std::expected<std::string, BodyFault> HttpConversation::take_body() {
  if (!body_fault_ && !decoder_.done()) {
    lacks_body_ = true;
    return std::unexpected(BodyFault::not_yet);
  }
  body_bytes_ = body_.size();
  if (!body_fault_ && fault_ == 0) return std::exchange(body_, {});
  close_ = true;
  return std::unexpected(body_fault_.value_or(BodyFault::broken));
}

void HttpConversation::await_body() {
  SEED_CHECK(phase_ == Phase::asked && lacks_body_);
  wanted_ = true;
  lacks_body_ = false;
  phase_ = Phase::body;
  if (head_.expects_continue() && body_come_ == 0 && input().empty())
    output_ += "HTTP/1.1 100 Continue\r\n\r\n";
  if (input_ended_) return on_end_of_input();
  advance();
}

/// Before the answer, which says whether the connection lasts.
void HttpConversation::look_at_rest(bool trusted, std::size_t come) {
  if (!body_left_) return;
  if (trusted && !patient_) {
    patient_ = rooms_.refused.fetch_add(1) < limits::http_refused_max;
    if (!patient_) --rooms_.refused;
  }
  const bool bounded = !framing_.chunked && framing_.length <= limits::http_drained_bytes_max;
  // Who was not told to send it does not, or has not waited for that: nobody knows which.
  const bool unasked = head_.expects_continue() && !wanted_;
  if (!bounded || unasked || (!patient_ && decoder_.left() > come + input().size())) close_ = true;
}

void HttpConversation::end_patience() {
  if (std::exchange(patient_, false)) --rooms_.refused;
}

void HttpConversation::write_head(const HttpAnswer& answer, bool streams) {
  auto out = std::back_inserter(output_);
  fmt::format_to(out, "HTTP/1.1 {} {}\r\n", answer.status, reason_of(answer.status));
  for (const auto& [name, value] : answer.headers) fmt::format_to(out, "{}: {}\r\n", name, value);
  if (!answer.content_type.empty())
    fmt::format_to(out, "Content-Type: {}\r\n", answer.content_type);
  if (streams && head_.http_1_1()) output_ += "Transfer-Encoding: chunked\r\n";
  if (!streams && !has_no_body(answer.status))
    fmt::format_to(out, "Content-Length: {}\r\n", answer.body.size());
  if (close_) {
    output_ += "Connection: close\r\n";
  } else {
    if (!head_.http_1_1()) output_ += "Connection: keep-alive\r\n";
    fmt::format_to(out, "Keep-Alive: timeout={}, max={}\r\n",
                   std::chrono::duration_cast<std::chrono::seconds>(limits::http_idle_max).count(),
                   limits::http_requests_max);
  }
  output_ += "\r\n";
}

HttpConversation::Stream HttpConversation::answer(HttpAnswer answer,
                                                  const Circumstances& circumstances) {
  SEED_CHECK(phase_ == Phase::asked);
  phase_ = Phase::answering;
  body_share_.reset();
  give_back(body_);
  look_at_rest(answer.trusted, circumstances.come);
  const bool has_body = head_.method() != "HEAD";
  if (answer.content_type.empty()) answer.body.clear();
  if (has_body && answer.body.size() > joined_body_bytes_max && !hold(answer.body.capacity()))
    answer = no_room_for(std::move(answer));
  trusted_ = answer.trusted;
  status_ = answer.status;
  const bool streams = answer.stream != nullptr && has_body;
  close_ = close_ || circumstances.last || streams || input_ended_;
  write_head(answer, streams);
  if (streams) {
    streams_ = true;
    return std::move(answer.stream);
  }
  if (has_body && !has_no_body(answer.status)) {
    if (answer.body.size() <= joined_body_bytes_max)
      output_ += answer.body;
    else
      output_body_ = std::move(answer.body);
  }
  return {};
}

void HttpConversation::end_after_answer() {
  close_ = true;
  lacks_body_ = false;
}

void HttpConversation::on_stream_end() { after_answer(); }

std::string_view HttpConversation::unsent() const {
  if (sent_ < output_.size()) return std::string_view(output_).substr(sent_);
  return std::string_view(output_body_).substr(sent_ - output_.size());
}

void HttpConversation::on_sent(std::size_t bytes) {
  sent_ += bytes;
  if (sent_ < output_.size() + output_body_.size()) return;
  give_back(output_);
  let_go_of_body();
  sent_ = 0;
  if (phase_ == Phase::answering && !streams_) after_answer();
}

/// False: those of others fill the memory for it. The only one has room however long it is.
bool HttpConversation::hold(std::size_t bytes) {
  const std::size_t others = rooms_.answers.fetch_add(bytes);
  held_ = bytes;
  if (others == 0 || others + bytes <= rooms_.answers_max) return true;
  let_go_of_body();
  return false;
}

void HttpConversation::let_go_of_body() {
  std::string().swap(output_body_);
  rooms_.answers -= std::exchange(held_, 0);
}

void HttpConversation::after_answer() {
  head_.forget();
  if (close_) {
    give_back(input_);
    input_read_ = 0;
    phase_ = input_ended_ ? Phase::ended : Phase::ending;
    return;
  }
  phase_ = body_left_ ? Phase::draining : Phase::idle;
  if (!body_left_) end_patience();
  advance();
}

/// A body that nobody read would be taken for the next request.
void HttpConversation::drain() {
  while (!decoder_.done() && !decoder_.fault()) {
    const auto step = decoder_.take(input());
    if (step.taken == 0) return;
    drop(step.taken);
    rest_come_ += step.taken;
    if (rest_come_ > limits::http_drained_bytes_max) break;
  }
  body_left_ = !decoder_.done();
  if (body_left_) {
    phase_ = Phase::ending;
    return;
  }
  end_patience();
  phase_ = Phase::idle;
  advance();
}

}  // namespace seed::rpc
