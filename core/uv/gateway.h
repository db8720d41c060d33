// Gateway: answers that no router can be asked. Port mapping takes its place with miniupnpc and
// libnatpmp.
#pragma once

#include <vector>

#include "core/io/gateway.h"
#include "core/uv/loop.h"

namespace seed::uv {

class Gateway final : public io::Gateway {
 public:
  explicit Gateway(Loop& loop) : task_(loop, this, &Gateway::on_turn) {}
  void map(const io::PortMapping& wanted, Answer<io::PortMapping> answer) override;
  void unmap(const io::PortMapping&) override {}

 private:
  static void on_turn(void* self);
  std::vector<Answer<io::PortMapping>> waiting_;
  TurnTask task_;
};

}  // namespace seed::uv
