// What was last measured of the space left in download_dir, so that session_get has an answer
// without waiting for a disk.
#pragma once

#include "rpc/method.h"

namespace seed::rpc {

/// On the loop: has the space measured, unless that is under way; the next session_get knows it.
void remember_free_space(LoopSide& loop);

}  // namespace seed::rpc
