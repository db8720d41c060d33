#include "core/uv/entropy.h"

#include <sys/random.h>

#include <cerrno>

#include "core/base/check.h"

namespace seed::uv {

void Entropy::fill(MutableBytes out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    SEED_CHECK(got > 0);
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace seed::uv
