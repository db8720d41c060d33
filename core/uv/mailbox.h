// Mailbox: letters from any thread, opened on the loop thread in the order they were posted. Holds
// the only mutex of core.
#pragma once

#include <deque>
#include <mutex>

#include "core/io/mailbox.h"
#include "core/uv/handle.h"
#include "core/uv/loop.h"

namespace seed::uv {

class Mailbox final : public io::Mailbox {
 public:
  explicit Mailbox(Loop& loop);
  /// On the loop thread, when no other thread can post any more.
  ~Mailbox() override;

  bool post(Letter&& letter) override;
  /// On the loop thread: from here on nothing is taken; letters not yet opened are dropped.
  void close();

 private:
  static void on_wake(uv_async_t* async) noexcept;
  void open_letters();

  Loop& loop_;
  Handle<Mailbox, uv_async_t> async_;
  std::deque<Letter> opening_;  ///< the loop thread's own
  std::mutex mutex_;            ///< guards what follows
  std::deque<Letter> letters_;
  std::size_t waiting_ = 0;  ///< posted and not yet opened; those being opened count too
  bool closed_ = false;
};

}  // namespace seed::uv
