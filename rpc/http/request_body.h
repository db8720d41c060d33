// BodyDecoder: a request's body, taken out of a connection's octets by length or by chunks (RFC
// 9112, sections 6 and 7). Trailers are read over. Octets in, pieces of body out, in whatever bits
// they come. Knows no sockets.
//
// Bounds: `bytes_max` of body. Chunks may cost six times their octets, as those of one octet do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rpc/http/request_head.h"

namespace seed::rpc {

/// Why there is no body.
enum class BodyFault : std::uint8_t {
  broken,     ///< it broke off, or its chunks are none
  too_large,  ///< more than is allowed
  no_room,    ///< too many others are in memory
  not_yet,    ///< it has not come: the request will be served again when it has
};

class BodyDecoder {
 public:
  /// Of no body.
  BodyDecoder() = default;
  /// What is too large by its own account is at fault at once.
  BodyDecoder(const BodyFraming& framing, std::uint64_t bytes_max);

  struct Step {
    std::size_t taken = 0;  ///< of the octets that were given
    std::string_view body;  ///< among them
  };
  /// Takes some of the octets that come next; to be called with the others until all are taken, or
  /// it is done or at fault.
  Step take(std::string_view octets);
  /// No more octets will come.
  void end();

  bool done() const { return state_ == State::done; }
  /// Only broken or too_large.
  std::optional<BodyFault> fault() const { return fault_; }
  /// Octets of the body that are still to be taken; of one in chunks nobody knows.
  std::uint64_t left() const { return run_left_; }

 private:
  enum class State : std::uint8_t { done, octets, chunk_size, chunk_octets, chunk_end, trailer };

  Step take_octets(std::string_view octets);
  Step take_line(std::string_view octets);
  void on_line(std::string_view line);
  void begin_chunk(std::string_view line);
  void fail(BodyFault fault) { fault_ = fault; }

  State state_ = State::done;
  std::uint64_t run_left_ = 0;    ///< of the body, or of the chunk
  std::uint64_t bytes_left_ = 0;  ///< that the body may have beyond that
  std::uint64_t frame_left_ = 0;  ///< octets around its chunks
  std::string line_;              ///< begun
  std::optional<BodyFault> fault_;
};

}  // namespace seed::rpc
