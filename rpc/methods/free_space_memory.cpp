#include "rpc/methods/free_space_memory.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

namespace seed::rpc {

void remember_free_space(LoopSide& loop) {
  // Shared, because the session may answer when the RPC is gone already.
  const auto memory = loop.free_space;
  const std::string dir = loop.session.settings().download_dir;
  if (memory->under_way || !dir.starts_with('/')) return;
  memory->under_way = true;
  loop.session.free_space(dir, [memory, dir](session::OrderResult<session::Space> space) {
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    memory->under_way = false;
    memory->dir = dir;
    memory->bytes = space ? static_cast<std::int64_t>(std::min(space->free_bytes, most)) : -1;
  });
}

}  // namespace seed::rpc
