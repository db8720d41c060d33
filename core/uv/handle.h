// Handle: the two-allocation pattern for libuv handles (design, section 9).
//
// The adapter object holds a Handle; the libuv handle lives in a Box of its own. Destroying the
// Handle clears the box's owner pointer and calls uv_close; libuv's close callback frees the box.
// **The owner dies now, its handle dies later, and no callback reaches a dead owner**: every
// callback starts with `owner_of(...)` and, after each call to the outside, looks at box.owner
// again before it touches the owner.
#pragma once

#include <uv.h>

#include <memory>

namespace seed::uv {

struct NothingMore {};

/// What lives as long as the libuv handle: the handle, who owns it, and whatever libuv may still
/// look at after the owner has gone (requests, octets under way).
template <typename Owner, typename Uv, typename Extra = NothingMore>
struct Box {
  Uv uv{};
  Owner* owner = nullptr;
  Extra extra{};
};

template <typename Owner, typename Uv, typename Extra = NothingMore>
class Handle {
 public:
  using BoxType = Box<Owner, Uv, Extra>;

  Handle() = default;
  ~Handle() { close(); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  /// `init(Uv*)` is one of the uv_..._init calls. Returns its status; below 0 nothing was made.
  template <typename Init>
  int open(Owner& owner, Init&& init) {
    auto box = std::make_unique<BoxType>();
    if (const int status = init(&box->uv); status < 0) return status;
    box->owner = &owner;
    box->uv.data = box.get();
    box_ = box.release();
    return 0;
  }

  /// From here on no callback reaches the owner. Harmless when not open.
  void close() noexcept {
    if (box_ == nullptr) return;
    box_->owner = nullptr;
    close_box(*box_);
    box_ = nullptr;
  }
  /// As close(), but leaves uv_close to a callback that libuv is sure to make next.
  void abandon() noexcept {
    box_->owner = nullptr;
    box_ = nullptr;
  }

  bool is_open() const { return box_ != nullptr; }
  BoxType& box() const { return *box_; }
  Uv* uv() const { return &box_->uv; }
  template <typename Base>
  Base* as() const {
    return reinterpret_cast<Base*>(&box_->uv);
  }

  template <typename Any>
  static BoxType& box_of(const Any* uv) {
    return *static_cast<BoxType*>(uv->data);
  }
  static void close_box(BoxType& box) noexcept {
    uv_close(reinterpret_cast<uv_handle_t*>(&box.uv),
             [](uv_handle_t* uv) noexcept { delete static_cast<BoxType*>(uv->data); });
  }

 private:
  BoxType* box_ = nullptr;
};

}  // namespace seed::uv
