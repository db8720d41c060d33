// FakeUplink: io::Uplink whose interface comes and goes as a test says.
#pragma once

#include <string>
#include <utility>

#include "core/io/uplink.h"

namespace seed::test {

class FakeUplink final : public io::Uplink {
 public:
  void set_owner(io::UplinkOwner* owner) override { owner_ = owner; }
  void bind(const io::UplinkWish& wish) override {
    if (wish == wish_) return;
    wish_ = wish;
    ++facts_.life;
    refresh();
  }
  const io::UplinkFacts& facts() const override { return facts_; }
  const io::UplinkWish& wish() const { return wish_; }

  /// The interface, or the address that is named, goes.
  void take(std::string trouble) {
    trouble_ = std::move(trouble);
    ++facts_.life;
    refresh();
    tell();
  }
  void give() {
    trouble_.clear();
    ++facts_.life;
    refresh();
    tell();
  }
  /// It has an address of IPv6 from now on, or none.
  void set_v6(bool there) {
    has_v6_ = there;
    refresh();
    tell();
  }

 private:
  void refresh() {
    facts_.interface = wish_.interface;
    facts_.trouble = trouble_;
    const bool there = trouble_.empty();
    facts_.v4 = there ? wish_.v4 : std::nullopt;
    facts_.v6 = there && has_v6_ ? wish_.v6 : std::nullopt;
  }
  void tell() {
    if (owner_ != nullptr) owner_->on_uplink();
  }

  io::UplinkOwner* owner_ = nullptr;
  io::UplinkWish wish_;
  io::UplinkFacts facts_;
  std::string trouble_;
  bool has_v6_ = true;
};

}  // namespace seed::test
