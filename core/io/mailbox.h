// Mailbox: the one door through which other threads hand work to the loop.
#pragma once

#include <functional>

namespace seed::io {

class Mailbox {
 public:
  using Letter = std::move_only_function<void()>;

  virtual ~Mailbox() = default;
  /// From any thread. The loop calls `letter` soon, in order. False when the box is full
  /// (limits::mailbox_max) or closed: then the letter was not taken and `letter` is unchanged.
  virtual bool post(Letter&& letter) = 0;
};

}  // namespace seed::io
