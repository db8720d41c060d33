// Audit: one line in the log, by the logger "audit", for every call that changes something, and for
// what was refused for want of a scope: who, from where, which method, on what, and how it ended.
//
// Never a secret: no token, cookie, password or value of a setting; URLs without what looks like a
// key; of what callers make up only what seedd knows: "+2 others" stands for the rest. Foreign text
// is cut at `target_bytes_max` and escaped by the log. Failed logins are told too, one line in ten
// seconds. No level of the log switches it off. Safe from every thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/instant.h"
#include "core/log/logger.h"
#include "rpc/method.h"

namespace seed::rpc {

class Audit {
 public:
  /// Of what a call was about, in the log.
  static constexpr std::size_t target_bytes_max = 200;

  /// A silent one.
  Audit();
  explicit Audit(log::Logger log);

  void call(const Method& method, const Params& params, const Outcome& outcome) const;
  /// `by`: what was wrong, "password" or "token". `failures`: of that address.
  void failed_login(std::string_view address, std::string_view by, std::uint32_t failures,
                    Instant now) const;

 private:
  struct Limit;

  log::Logger log_;
  std::shared_ptr<Limit> limit_;
};

/// Whether a call of the method is told.
bool is_audited(const Method& method);
/// What the call is about: ids as given, "all" or "none", a name, where a torrent comes from.
std::string target_of(const Method& method, const Params& params);
/// The names of what else it says, without values: "paused,labels,+1 others".
std::string changes_of(const Method& method, const Params& params);

}  // namespace seed::rpc
