// RacedStream: a stream dialled over one network and, if that does not connect soon, over another
// as well; the first that connects is the stream.
//
//   first --fails, or begin_second()--> first and second --one connects--> connected
//                                            \--both have failed--> the owner's on_end
//
// Once connected it only passes on what is written: what is read goes to the owner directly.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>

#include "core/io/net.h"

namespace seed::session {

class RacedStream;

/// Hears how races go.
class RaceJudge {
 public:
  virtual ~RaceJudge() = default;
  /// `won`: which connected, 0 or 1; nothing when none did. Not told of one that was given up.
  virtual void on_race_over(RacedStream& race, std::optional<std::size_t> won) = 0;
  virtual void on_race_gone(RacedStream& race) = 0;
};

class RacedStream final : public io::Stream {
 public:
  /// All of it outlives the race. Fault: neither could begin.
  static Result<std::unique_ptr<RacedStream>> dial(const std::array<io::Dialer*, 2>& dialers,
                                                   const Endpoint& to,
                                                   const io::DialOptions& options,
                                                   io::StreamOwner& owner, RaceJudge& judge);
  ~RacedStream() override;

  /// Does not wait for the first any longer. Nothing when the second has begun.
  void begin_second();

  void set_owner(io::StreamOwner* owner) override;
  void write(ByteQueue&& bytes) override;
  std::size_t unsent() const override { return winner_ ? winner_->unsent() : 0; }
  void resume_reading() override;
  Endpoint local() const override;
  Endpoint remote() const override { return to_; }
  bool is_utp() const override { return winner_ && winner_->is_utp(); }

 private:
  struct Attempt final : io::StreamOwner {
    Attempt(RacedStream& its, std::size_t number) : race(its), which(number) {}
    void on_connected() override { race.on_connected(which); }
    std::size_t may_read() override { return 0; }
    void on_bytes(MutableBytes) override {}
    void on_sent(std::size_t) override {}
    void on_end(const Fault& fault) override { race.on_end(which, fault); }
    RacedStream& race;
    std::size_t which;
    std::unique_ptr<io::Stream> stream;  ///< while it is under way
  };

  RacedStream(const std::array<io::Dialer*, 2>& dialers, const Endpoint& to,
              const io::DialOptions& options, io::StreamOwner& owner, RaceJudge& judge);
  Result<void> begin(std::size_t which);
  void on_connected(std::size_t which);
  void on_end(std::size_t which, const Fault& fault);

  std::array<io::Dialer*, 2> dialers_;
  Endpoint to_;
  io::DialOptions options_;
  io::StreamOwner* owner_;
  RaceJudge& judge_;
  std::array<Attempt, 2> attempts_;
  bool second_begun_ = false;
  std::unique_ptr<io::Stream> winner_;
};

}  // namespace seed::session
