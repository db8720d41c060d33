#include "core/uv/mailbox.h"

#include "core/base/check.h"
#include "core/base/limits.h"

namespace seed::uv {

Mailbox::Mailbox(Loop& loop) : loop_(loop) {
  SEED_CHECK(async_.open(*this, [&](uv_async_t* async) {
    return uv_async_init(loop.uv(), async, &on_wake);
  }) == 0);
}

Mailbox::~Mailbox() { close(); }

bool Mailbox::post(Letter&& letter) {
  const std::lock_guard lock(mutex_);
  if (closed_ || waiting_ >= limits::mailbox_max) return false;
  ++waiting_;
  letters_.push_back(std::move(letter));
  // Under the lock, so that close() cannot free the handle in between.
  if (letters_.size() == 1) uv_async_send(async_.uv());
  return true;
}

void Mailbox::close() {
  std::deque<Letter> dropped;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(letters_);
    waiting_ = 0;
  }
  // Out of the lock: a letter's destructor may answer somebody.
  opening_.clear();
  async_.close();
}

void Mailbox::on_wake(uv_async_t* async) noexcept {
  auto* owner = Handle<Mailbox, uv_async_t>::box_of(async).owner;
  if (owner == nullptr) return;
  const Loop::Entry entry(owner->loop_, Work::letter);
  owner->open_letters();
}

void Mailbox::open_letters() {
  const auto& box = async_.box();
  {
    const std::lock_guard lock(mutex_);
    opening_.swap(letters_);
  }
  while (!opening_.empty()) {
    Letter letter = std::move(opening_.front());
    opening_.pop_front();
    {
      const std::lock_guard lock(mutex_);
      --waiting_;
    }
    letter();
    // A letter may close or even destroy the box.
    if (box.owner == nullptr) return;
  }
}

}  // namespace seed::uv
