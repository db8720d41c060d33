// Pipe and SimStream: one TCP connection of the simulated network, and each side's hold on it.
//
//   dialling --accepted--> open --an end closes, a cut, a reset--> over (per side)
//
// What is written waits until there is room in the window, travels in segments, lies in the
// receiver's inbox until its owner may read, and gives its room back a delay later.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "core/base/byte_queue.h"
#include "core/io/net.h"
#include "tests/sim/engine/sim_host.h"

namespace seed::sim {

class SimNet;
class SimStream;

class Pipe : public std::enable_shared_from_this<Pipe> {
 public:
  /// Written and not yet read by the other side: buffers of both ends and what is under way.
  static constexpr std::size_t window_bytes = 256 * 1024;
  static constexpr std::size_t segment_bytes = 32 * 1024;
  /// A lost segment comes this much later (RFC 6298, the lowest RTO of Linux).
  static constexpr Duration retransmission = 200ms;

  enum class Side : std::uint8_t { dialler = 0, acceptor = 1 };

  Pipe(std::uint64_t number, SimNet& dialler, const Endpoint& from, const Endpoint& to);

  /// Under way to `to`; what becomes of it is told to the stream.
  void begin_dial(SimStream& stream);
  /// Cut from outside: both sides are told, or neither.
  void cut(bool silently);

 private:
  friend class SimStream;
  friend class SimNet;
  struct End {
    SimNet* net = nullptr;        ///< nullptr when its host is gone or the side is closed
    SimStream* stream = nullptr;  ///< nullptr when destroyed
    Endpoint at;
    bool connected = false;
    ByteQueue out;              ///< written, not taken
    std::size_t under_way = 0;  ///< taken, not yet read by the other side
    std::size_t sent_untold = 0;
    bool tell_due = false;
    Instant last_arrival{};  ///< of what this side sent
    std::deque<Buffer> inbox;
    bool reading = true;
    bool read_due = false;
    std::optional<Fault> ending;  ///< told once the inbox is read
  };

  static std::size_t index(Side side) { return static_cast<std::size_t>(side); }
  static Side other(Side side) { return side == Side::dialler ? Side::acceptor : Side::dialler; }
  End& end(Side side) { return ends_[index(side)]; }
  void on_syn();
  void on_answer(std::optional<Fault> fault);
  Duration delay() const;
  void pump(Side from);
  void tell_sent(Side side);
  void arrive(Side to, Buffer segment);
  void read_soon(Side side);
  void read(Side side);
  void give_room(Side from, std::size_t bytes);
  void closed_by(Side side);
  void finish(Side side, Fault fault);
  void reset(Side side, Fault fault);
  void leave(Side side);
  /// Runs on that side's host unless the side is gone by then.
  template <typename Action>
  void later(Side side, Instant when, Action action);

  std::uint64_t number_;
  std::array<End, 2> ends_;
  Duration delay_{};
  bool cut_silently_ = false;
};

class SimStream final : public io::Stream {
 public:
  SimStream(std::shared_ptr<Pipe> pipe, Pipe::Side side, io::StreamOwner* owner)
      : pipe_(std::move(pipe)), side_(side), owner_(owner) {}
  ~SimStream() override;

  void set_owner(io::StreamOwner* owner) override;
  void write(ByteQueue&& bytes) override;
  std::size_t unsent() const override { return pipe_->end(side_).out.size(); }
  void resume_reading() override;
  Endpoint local() const override { return pipe_->end(side_).at; }
  Endpoint remote() const override { return pipe_->end(Pipe::other(side_)).at; }

 private:
  friend class Pipe;
  std::shared_ptr<Pipe> pipe_;
  Pipe::Side side_;
  io::StreamOwner* owner_;
};

}  // namespace seed::sim
