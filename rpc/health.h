// Health: GET /healthz: whether the loop turns; GET /readyz: whether the daemon does what it is
// for.
//
//   {"status":"ok"|"failing","reasons":[{"code":"root_missing","text":"/srv: ..."}]}, 200 or 503
//
// Both ask the loop by a letter and wait for probe_deadline at most. They need no
// login, so while one is asked for, the texts are "": paths are not for strangers.
#pragma once

#include <atomic>
#include <span>
#include <string>
#include <string_view>

#include "core/session/snapshot.h"
#include "rpc/bridge.h"
#include "rpc/http/exchange.h"
#include "rpc/method.h"

namespace seed::rpc {

/// A loop that does not answer a letter by then is held to be blocked: longer than any turn of a
/// daemon that is well, shorter than those who ask are patient.
inline constexpr Duration probe_deadline = 2s;

/// The answer for these; none: all is well.
HttpAnswer health_answer(std::span<const session::Trouble> troubles, bool with_texts);

class Health {
 public:
  /// Both outlive this. `probe`: with a short deadline.
  Health(Bridge& probe, LoopSide& loop) : probe_(probe), loop_(loop) {}

  /// On an HTTP thread.
  HttpAnswer serve_alive() const;
  HttpAnswer serve_ready() const;
  /// From any thread: whether a login is asked for of others.
  void hide_texts(bool hide) { hides_texts_ = hide; }

 private:
  HttpAnswer blocked(std::string_view why) const;

  Bridge& probe_;
  LoopSide& loop_;
  std::atomic<bool> hides_texts_{false};
};

}  // namespace seed::rpc
