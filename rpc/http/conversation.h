// HttpConversation: the protocol of one client's connection: octets in, one request after the other
// out; its answer in, octets out (RFC 9112). A machine: no sockets, no threads, no clock.
//
//   idle -octet-> head -empty line-> body -whole-> asked -answer()-> answering -sent-+-> idle
//                                     ^  |           |                               +-> draining
//                                     |  +-no room-> blocked                         +-> ending
//                                     +-- await_body() --+
//
// A body is taken of itself up to limits::http_unasked_body_bytes_max; of what is longer, or slow,
// the head is asked about first, and the rest taken when it is found to be wanted. What is refused
// without its body drains it, if it is short, or ends.
//
// Bounds: limits::http_head_bytes_max, http_body_bytes_max and what its rooms have;
// http_requests_max. A long answer for which there is no room is a 503.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/limits.h"
#include "rpc/http/body_room.h"
#include "rpc/http/exchange.h"
#include "rpc/http/request_body.h"
#include "rpc/http/request_head.h"

namespace seed::rpc {

/// What all conversations of a server share. Who waits for a tree's room has all of its body, so
/// that nobody waits for both.
struct HttpRooms {
  /// Octets of long answers that are not sent yet, and how many they may be.
  std::atomic<std::size_t> answers = 0;
  std::size_t answers_max = limits::http_answers_bytes_max;
  BodyRoom bodies{limits::http_bodies_bytes_max};
  BodyRoom trees{limits::json_trees_bytes_max};
  /// Clients that may ask, and take their time to send the rest of what was refused.
  std::atomic<std::size_t> refused = 0;
};

class HttpConversation {
 public:
  enum class Phase : std::uint8_t {
    idle,       ///< nothing of a request has come
    head,       ///< some of its head has
    body,       ///< some of its body has not
    blocked,    ///< there is no room for what comes
    asked,      ///< a request waits for its answer
    answering,  ///< the answer is not sent yet
    draining,   ///< what nobody wanted of a body still comes
    ending,     ///< nothing more will be sent; what comes is thrown away
    ended,
  };

  /// `rooms` outlives it.
  explicit HttpConversation(HttpRooms& rooms) : rooms_(rooms) {}
  ~HttpConversation();
  HttpConversation(const HttpConversation&) = delete;
  HttpConversation& operator=(const HttpConversation&) = delete;

  Phase phase() const { return phase_; }
  /// Octets are wanted in idle, head, body, draining and ending, in that order of things.
  void on_octets(std::string_view octets);
  void on_end_of_input();
  /// In `blocked`: perhaps there is room.
  void try_again();
  /// In `body` and `blocked`: the body is not waited for any longer. What was not asked for yet is
  /// asked now.
  void on_late_body();

  /// While `asked`.
  int fault() const { return fault_; }
  const RequestHead& head() const { return head_; }
  /// The body, once; not_yet makes await_body() due.
  std::expected<std::string, BodyFault> take_body();
  std::size_t body_bytes() const { return body_bytes_; }
  bool lacks_body() const { return lacks_body_; }
  /// Instead of an answer: it will be asked again with the body.
  void await_body();

  struct Circumstances {
    std::size_t come = 0;  ///< octets that have come and were not given yet
    bool last = false;     ///< the connection has to end after this
  };
  using Stream = std::move_only_function<void(AnswerStream&)>;
  /// The answer. When it is without an end, what writes the rest: on_stream_end() is due then.
  Stream answer(HttpAnswer answer, const Circumstances& circumstances);
  void on_stream_end();
  /// The connection ends after the answer to what was asked.
  void end_after_answer();

  /// In any phase: what is to be sent next.
  std::string_view unsent() const;
  /// Memory of what is to be sent; it is given back when all is sent.
  std::size_t held_bytes() const { return output_.capacity() + output_body_.capacity(); }
  void on_sent(std::size_t bytes);
  /// The status of the last answer, and whether its client may ask things.
  int status() const { return status_; }
  bool trusted() const { return trusted_; }

  /// Since the last head.
  std::uint64_t body_come() const { return body_come_; }
  /// Of what was refused, since then.
  std::uint64_t rest_come() const { return rest_come_; }
  /// The body is known to be wanted, so that there is time for it.
  bool wants_body() const { return wanted_; }
  /// The client may take its time to send what was refused.
  bool patient() const { return patient_; }
  /// What comes is thrown away.
  bool lingers() const { return phase_ == Phase::draining || phase_ == Phase::ending; }
  /// Something of a refused request has not come.
  bool owes() const { return body_left_; }

 private:
  std::string_view input() const { return std::string_view(input_).substr(input_read_); }
  void drop(std::size_t octets);
  void advance();
  void take_head();
  void begin_request(std::string_view head);
  void collect_body();
  bool make_room(std::size_t bytes);
  void drain();
  void ask();
  void look_at_rest(bool trusted, std::size_t come);
  void after_answer();
  void end_patience();
  void write_head(const HttpAnswer& answer, bool streams);
  bool hold(std::size_t bytes);
  void let_go_of_body();

  HttpRooms& rooms_;
  Phase phase_ = Phase::idle;
  std::string input_;
  std::size_t input_read_ = 0;
  std::size_t head_scanned_ = 0;  ///< of the input: whole lines
  bool empty_line_ = false;       ///< one was read over
  bool input_ended_ = false;

  int fault_ = 0;
  RequestHead head_;
  BodyFraming framing_;
  BodyDecoder decoder_;
  std::string body_;
  std::uint64_t body_come_ = 0;
  std::size_t body_bytes_ = 0;
  std::uint64_t rest_come_ = 0;
  std::optional<BodyFault> body_fault_;
  std::optional<BodyRoom::Share> body_share_;
  bool wanted_ = false;
  bool lacks_body_ = false;
  bool body_left_ = false;  ///< or what is left of a request that is none
  bool patient_ = false;    ///< one of the refused
  bool close_ = false;
  bool trusted_ = false;
  int status_ = 0;
  bool streams_ = false;  ///< the answer has no end
  std::size_t requests_ = 0;

  std::string output_;
  std::string output_body_;  ///< when it is long, and would be copied
  std::size_t held_ = 0;     ///< of the rooms' answers
  std::size_t sent_ = 0;     ///< of both
};

}  // namespace seed::rpc
