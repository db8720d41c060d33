#include "core/uv/gateway.h"

namespace seed::uv {

void Gateway::map(const io::PortMapping&, Answer<io::PortMapping> answer) {
  waiting_.push_back(std::move(answer));
  task_.schedule();
}

void Gateway::on_turn(void* self) {
  auto waiting = std::exchange(static_cast<Gateway*>(self)->waiting_, {});
  for (auto& answer : waiting)
    answer(fail(FaultCode::unsupported, "port mapping is not part of this build"));
}

}  // namespace seed::uv
