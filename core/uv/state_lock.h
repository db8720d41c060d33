// StateLock: one state directory, one process.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/uv/sockets.h"

namespace seed::uv {

class StateLock {
 public:
  /// Locks `<folder>/seedd.lock` and writes our process id into it. The system lets go of the lock
  /// however the process ends. Fault exists: another process has it; the text names its id.
  static Result<StateLock> take(const std::string& folder);

 private:
  explicit StateLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}
  Descriptor descriptor_;
};

}  // namespace seed::uv
